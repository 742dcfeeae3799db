"""Lists as other programs write them: a manager gets through with what the report says."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.agency.importing import ImportReport, apply_import, plan_import, read_bytes
from acctflows.db.models.agency import Client, Contact
from tests.agency.workbooks import workbook
from tests.factories import NOW, make_client

LEXOFFICE = (
    "Kundennummer;Firmenname;Anrede;Vorname;Nachname;Umsatzsteuer ID;E-Mail 1;Telefon 1;Telefon 2;"
    "Straße 1;Adresszusatz 1;PLZ 1;Ort 1;Land 1;Zahlungsziel in Tagen;Notiz\r\n"
    "10001;Möwe Handel GmbH;Frau;Käthe;Brünning;DE136695976;kaethe@moewe.example;040 5550142;;"
    "Am Markt 3;;28195;Bremen;Deutschland;14;\r\n"
    "10002;Bäckerei Höft e.K.;Herr;Jörn;Höft;;joern@hoeft.example;;0171 5550142;"
    'Kai 7;Hinterhaus;1067;Dresden;Deutschland;30 Tage;"Zeile 1\nZeile 2"\r\n'
)
HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Contact owner,"
    "Associated Company,Job Title,Lead Status,Create Date\n"
    '151,Ada,Whitfield,ada@saltmarsh.example,,+44 20 5550142,Sam,"Saltmarsh Ltd",CEO,New,'
    "2026-11-02 09:14\n"
    "153,,,news@saltmarsh.example,,,,,,,2026-11-02 09:14\n"
)
DATEV = (
    '"EXTF";700;16;"Debitoren/Kreditoren";5;20261120120000000;;"RE";"";"";1001;1;20260101;4\r\n'
    "Konto;Name (Adressattyp Unternehmen);Name (Adressattyp natürl. Person);Adressattyp;EU-Land;"
    "EU-UStID;Straße;Postfach;Postleitzahl;Ort;Land;Zahlungsbedingung\r\n"
    '10000;"Möwe Handel GmbH";"";"2";"DE";"136695976";"Am Markt 3";"";"28195";"Bremen";"DE";sofort'
    "\r\n"
    '10001;"";"Hansen";"1";"";"";"Weg 1";"";"20457";"Hamburg";"DE";\r\n'
)
GOOGLE = (
    "Name,Given Name,Family Name,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,"
    "Phone 1 - Value,Phone 2 - Value,Organization Name,Organization Title\n"
    "Käthe Brünning,Käthe,Brünning,,* myContacts,Work,kaethe@moewe.example,Work,,+49 171 5550142,"
    "Möwe Handel GmbH,Geschäftsführerin\n"
    "Ole Hansen,Ole,Hansen,,* myContacts,Work,ole@moewe.example ::: o@moewe.example,,,,"
    "Möwe Handel GmbH,\n"
)


def planned(session: Session, data: bytes, file: str, kind: str = "") -> ImportReport:
    return plan_import(session, read_bytes(data, file=file, kind=kind), now=NOW)


def places(report: ImportReport) -> list[tuple[int, str]]:
    """Row and column of each problem, which is said in both languages."""
    for problem in report.problems:
        assert problem.problem.text("de") != problem.problem.text("en")
    return [(problem.row, problem.heading) for problem in report.problems]


def notes(report: ImportReport, language: str) -> str:
    return "\n".join(note.text(language) for _, note in report.notes)


def applied_twice(session: Session, data: bytes, file: str, kind: str = "") -> None:
    apply_import(session, read_bytes(data, file=file, kind=kind), now=NOW)
    assert "Nichts zu tun" in planned(session, data, file, kind).summary("de")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_clients_and_their_contacts_from_lexoffice(books: Session, encoding: str) -> None:
    file = "Kontakte.csv"
    first = planned(books, LEXOFFICE.encode(encoding), file)
    assert "auch Kunden; bitte noch einmal als solche einlesen („kind“: clients) für:" in notes(
        first, "de"
    )
    assert places(first) == [(2, "Kundennummer"), (3, "Kundennummer")]
    wrong = planned(books, LEXOFFICE.encode(encoding), file, "clients")
    assert places(wrong) == [(3, "PLZ 1")]
    right = LEXOFFICE.replace(";1067;", ";01067;").encode(encoding)
    applied_twice(books, right, file, "clients")
    applied_twice(books, right, file)
    client = books.scalars(select(Client).where(Client.number == "10002")).one()
    assert (client.street, client.payment_days, client.notes) == ("Kai 7", 30, "Zeile 1\nZeile 2")
    phones = books.scalars(select(Contact.phone).order_by(Contact.id))
    assert list(phones) == ["040 5550142", "0171 5550142"]


def test_contacts_from_hubspot_in_english(books: Session) -> None:
    make_client(books, legal_name="Saltmarsh Ltd", country="GB")
    file = "hubspot-crm-exports-all-contacts-2026-11-20.csv"
    report = planned(books, HUBSPOT.encode(), file)
    assert places(report) == [(3, "Associated Company"), (3, "Last Name")]
    assert (
        notes(report, "en")
        .splitlines()[0]
        .endswith("Record ID, Contact owner, Lead Status, Create Date")
    )
    right = "".join(line for line in HUBSPOT.splitlines(keepends=True) if "news@" not in line)
    applied_twice(books, right.encode(), file)
    contact = books.scalars(select(Contact)).one()
    assert (contact.function, contact.phone) == ("CEO", "+44 20 5550142")


def test_debtors_from_datev(books: Session) -> None:
    file = "EXTF_Debitoren.csv"
    report = planned(books, DATEV.encode("cp1252"), file)
    assert places(report) == [(4, "Name (Adressattyp Unternehmen)")]
    assert "natürl., Straße, Möwe" in notes(report, "en")
    right = DATEV.replace(';"";"Hansen";', ';"Ole Hansen";"Hansen";')
    applied_twice(books, right.encode("cp1252"), file)
    client = books.scalars(select(Client).where(Client.number == "10000")).one()
    assert (client.vat_id, client.payment_days) == ("DE136695976", 0)


def test_contacts_from_google(books: Session) -> None:
    make_client(books, legal_name="Möwe Handel GmbH")
    report = planned(books, GOOGLE.encode(), "contacts.csv")
    assert places(report) == [(3, "E-mail 1 - Value")]
    right = GOOGLE.replace(" ::: o@moewe.example", "")
    applied_twice(books, right.encode(), "contacts.csv")
    contact = books.scalars(select(Contact).order_by(Contact.id)).first()
    assert contact is not None
    assert (contact.family_name, contact.phone) == ("Brünning", "+49 171 5550142")
    assert contact.function == "Geschäftsführerin"


def test_list_made_by_hand_in_excel(books: Session) -> None:
    rows: list[list[Any]] = [
        ["Kundenliste Agentur Nordlicht"],
        [],
        ["Stand: 23.11.2026"],
        [
            "Kd.-Nr.",
            "Kunde",
            "Straße",
            "Hausnr.",
            "PLZ",
            "Ort",
            "Land",
            "Zahlungs-\nziel",
            "USt-ID",
        ],
        ["K-1", "Möwe GmbH", "Am Markt", 3, 28195, "Bremen", "DE", "14 Tage", "DE136695976"],
        ["K-2", "Tidenhub GmbH", "Kai", "7 a", "01067", "Dresden", None, 30, None],
    ]

    def title(sheet: Any) -> None:
        sheet.merge_cells("A1:I1")

    def title_and_country(sheet: Any) -> None:
        title(sheet)
        sheet.merge_cells("G5:G6")

    merged = workbook(("Tabelle1", rows), change=title_and_country)
    report = planned(books, merged, "Kunden 2026.xlsx")
    assert places(report) == [(5, "Land"), (6, "Land")]
    assert "die Zellen G5:G6 sind verbunden" in report.markdown("de")
    rows[5][6] = "Deutschland"
    applied_twice(books, workbook(("Tabelle1", rows), change=title), "Kunden 2026.xlsx")
    streets = books.scalars(select(Client.street).order_by(Client.id))
    assert list(streets) == ["Am Markt 3", "Kai 7 a"]


def test_every_place_of_a_problem_with_the_headings_is_told(books: Session) -> None:
    both = "Kundennummer;Firma;Anrede;Vorname;Nachname;Straße;PLZ;Ort;Land;E-Mail;Telefon\n"
    report = planned(books, both.encode(), "export.csv")
    assert places(report) == [(1, "")]
    assert "einmal als jede davon einlesen" in report.markdown("de")
    twice = planned(books, "\nFirma;Company;Land\nMöwe;Moewe;DE\n".encode(), "a.csv")
    assert places(twice) == [(2, "B")]
    name = planned(books, b"Kunde;Name;E-Mail;Telefon\n", "a.csv")
    assert places(name) == [(1, "B")]


@pytest.mark.parametrize(
    ("file", "kind"),
    [("Kunden_Export 2026.csv", "clients"), ("lexware-ansprechpartner.csv", "contacts")],
)
def test_a_word_of_the_file_name_decides_where_headings_leave_it_open(
    books: Session, file: str, kind: str
) -> None:
    both = "Kundennummer;Firma;Anrede;Vorname;Nachname;Straße;PLZ;Ort;Land;E-Mail;Telefon\n"
    row = "10001;Möwe;Frau;Käthe;Brünning;Weg 1;20457;Hamburg;DE;k@moewe.example;040 5550142\n"
    report = planned(books, (both + row).encode(), file)
    assert {line.kind for line in report.lines} | {p.kind for p in report.problems} == {kind}

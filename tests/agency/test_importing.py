"""The import: what people have comes in whole or not at all, and twice is once."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from acctflows.agency.importing import (
    ImportRefusedError,
    ImportReport,
    Status,
    apply_import,
    plan_import,
    read_bytes,
    read_files,
)
from acctflows.agency.importing.headings import recognise
from acctflows.agency.importing.sheets import Sheet
from acctflows.agency.kinds import KINDS, KindName
from acctflows.agency.problems import ProblemsError
from acctflows.agency.rules import fold
from acctflows.db.models.agency import Client, Contact, Project, Service
from acctflows.db.session import Database
from tests.agency.workbooks import workbook
from tests.conftest import Golden
from tests.factories import NOW, make_client, make_project
from tests.racing import race

CLIENTS = (
    "Kunden-Nr.;Firma;Land;PLZ;Ort\nK-1;Möwe GmbH;DE;28195;Bremen\nK-2;Tidenhub;AT;4810;Gmunden\n"
)
CONTACTS = "Client,E-mail,Family name\nK-1,a@moewe.example,Brünning\n"


def sheets(*texts: str, file: str = "liste.csv") -> list[Sheet]:
    return [sheet for text in texts for sheet in read_bytes(text.encode(), file=file)]


def planned(session: Session, *texts: str) -> ImportReport:
    return plan_import(session, sheets(*texts), now=NOW)


def told(report: ImportReport, language: str = "en") -> list[tuple[int, str, str]]:
    return [(p.row, p.heading, p.problem.text(language)) for p in report.problems]


def statuses(report: ImportReport) -> list[str]:
    return [line.status.value for line in report.lines]


def kind_of(headings: str, file: str = "liste.csv") -> str:
    (sheet,) = read_bytes(f"{headings}\n".encode(), file=file)
    return recognise(sheet).kind.name


@pytest.mark.parametrize(
    ("headings", "kind"),
    [
        ("Firma;Straße;PLZ;Ort;Land", "clients"),
        ("Company,Street,ZIP,City,Country,VAT number", "clients"),
        ("Kundennummer;Vorname;Name;E-Mail;Funktion", "contacts"),
        ("Client,First name,Surname,Email address", "contacts"),
        ("Vorname;Nachname;E-Mail;Fachgebiet", "specialists"),
        ("Kürzel;Bezeichnung;Einheit;Einzelpreis;MwSt.", "services"),
        ("Projekt-Nr.;Kunde;Titel;Phase;Beginn;Ende", "projects"),
        ("Project;Service;Qty;Price", "plan_lines"),
        ("Projekt;Meilenstein;Termin;Abnahme", "milestones"),
        ("Projekt;Meilenstein;Datum", "milestones"),
        ("Projekt;Leistung;Menge;Anmerkung", "plan_lines"),
        ("Datum;Projekt;Leistung;Mitarbeiter;Stunden;Notiz", "work_records"),
        ("Date,Project,Milestone,Quantity,Unit", "work_records"),
        ("KUNDEN NR,FIRMA,STRASSE", "clients"),
        ("\ufeffkunden_nr;legal_name;strasse;", "clients"),
    ],
)
def test_kind_of_list_is_known_by_its_headings(headings: str, kind: str) -> None:
    assert kind_of(headings) == kind


def test_kind_of_list_is_known_by_its_name_where_headings_leave_it_open() -> None:
    assert kind_of("Nr.;Kunde;Titel", file="Projekte 2026.csv") == "projects"
    assert kind_of("Kunde;Name;E-Mail", file="Projekte.csv") == "projects"
    with pytest.raises(ProblemsError, match="fit several kinds: Contacts, Projects"):
        kind_of("Kunde;Name;E-Mail")


def test_headings_may_stand_below_a_title() -> None:
    text = "Kundenliste Stand 23.11.2026;;\n;;\nFirma;Land;Ort\nMöwe;DE;Bremen\n"
    layout = recognise(sheets(text)[0])
    assert (layout.kind.name, layout.row) == ("clients", 3)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_no_heading_means_two_columns(kind: Any) -> None:
    meanings: dict[str, str] = {}
    for column in kind.columns:
        assert column.field in kind.form.model_fields
        for spelling in column.spellings():
            assert meanings.setdefault(fold(spelling) or spelling, column.field) == column.field
    fields = set(kind.form.model_fields) - {"services", "milestones"}
    assert {column.field for column in kind.columns} == fields


def test_file_that_cannot_be_used_is_told_in_the_report_with_its_place(
    books: Session, tmp_path: Path
) -> None:
    mac, broken, good = (tmp_path / f"{name}.csv" for name in ("mac", "broken", "good"))
    mac.write_bytes("Firma;Land\nBäckerei;DE\n".encode("mac_roman"))
    broken.write_text('Firma;Land\n"Möwe;DE\n', encoding="utf-8")
    good.write_text(CLIENTS, encoding="utf-8")
    report = plan_import(books, read_files([mac, broken, good]), now=NOW)
    assert [(p.place, p.row, p.heading) for p in report.problems] == [
        ("mac.csv", 2, "A"),
        ("broken.csv", 2, ""),
    ]
    assert "gemeint ist wohl „Bäckerei“" in report.markdown("de")
    assert "Zeile 2 ist beschädigt" in report.markdown("de")
    assert [row[0] for row in report.table("de")] == ["Kunden"]


def test_every_kind_has_its_name_in_forms_and_on_the_command_line() -> None:
    assert get_args(KindName) == tuple(KINDS)


def test_list_of_nothing_known_says_what_comes_closest(books: Session) -> None:
    report = planned(books, "Farbe;Größe\nrot;XL\n", "")
    assert [row for row, _, _ in told(report)] == [0, 0]
    assert "closest is row 1 (Farbe, Größe)" in told(report)[0][2]
    assert "there is nothing in it" in told(report)[1][2]


def test_two_columns_of_the_same_meaning_are_refused(books: Session) -> None:
    report = planned(books, "Firma;Company;Land\nMöwe;Moewe;DE\n")
    assert "A “Firma” / B “Company”" in told(report)[0][2]


def test_number_leads_and_the_name_beside_it_is_compared(books: Session) -> None:
    make_client(books, number="K-1", legal_name="Möwe Handel GmbH")
    make_client(books, number="K-2", legal_name="Tidenhub AG")
    people = (
        "Kundennummer;Firma;Vorname;Nachname;E-Mail\n"
        "K-1;Möwe Handel GmbH;Ada;Brünning;a@moewe.example\n"
        "K-1;Möwe;Bea;Brünning;b@moewe.example\n"
        ";Tidenhub AG;Cem;Brünning;c@moewe.example\n"
        "K-2;;Dora;Brünning;d@moewe.example\n"
    )
    apply_import(books, sheets(people), now=NOW)
    found = books.scalars(select(Contact).order_by(Contact.email))
    assert [contact.client.number for contact in found] == ["K-1", "K-1", "K-2", "K-2"]
    report = planned(books, people.replace("K-1;Möwe Handel", "K-2;Möwe Handel"))
    assert told(report) == [
        (
            2,
            "Firma",
            "“Möwe Handel GmbH” is another than “Tidenhub AG”, which is what K-2 is called; "
            "correct the number or the name",
        )
    ]


def test_project_list_may_name_the_client_beside_its_number(books: Session) -> None:
    project = make_project(books, number="P-2026-050")
    row = f"P-2026-050;{project.client.number};{{name}};{project.title}\n"
    heads = "Projektnummer;Kundennummer;Kunde;Titel\n"
    assert statuses(planned(books, heads + row.format(name=project.client.legal_name))) == [
        "unchanged"
    ]
    (problem,) = told(planned(books, heads + row.format(name="Tidenhub")), "de")
    assert problem[:2] == (2, "Kunde")
    work = "Projektnummer;Projekt;Kürzel;Leistung;Datum;Stunden\n{};{};{};{};2026-11-20;1:30\n"
    service = project.services[0].service
    right = work.format(project.number, project.title, service.code, service.title_de)
    assert statuses(planned(books, right)) == ["new"]
    wrong = work.format(project.number, "Etwas anderes", service.code, "Noch etwas")
    assert [place[:2] for place in told(planned(books, wrong))] == [(2, "Projekt"), (2, "Leistung")]


@pytest.mark.parametrize(
    "headings", ["Firma;Straße;Hausnr.", "Firma;Straße;Nr.", "Company;Street;House number"]
)
def test_house_number_of_its_own_column_ends_the_street(books: Session, headings: str) -> None:
    text = f"{headings};Land\nMöwe;Am Markt;3 a;DE\nTidenhub;Kai 7;;DE\n"
    apply_import(books, sheets(text), now=NOW)
    streets = list(books.scalars(select(Client.street).order_by(Client.id)))
    assert streets == ["Am Markt 3 a", "Kai 7"]
    assert statuses(planned(books, text)) == ["unchanged"] * 2


def test_number_before_the_street_is_that_of_the_client(books: Session) -> None:
    apply_import(books, sheets("Nr.;Firma;Straße;Nr.;Land\n7;Möwe;Am Markt;3;DE\n"), now=NOW)
    client = books.scalars(select(Client)).one()
    assert (client.number, client.street) == ("7", "Am Markt 3")


def test_house_number_a_spreadsheet_made_a_date_is_refused_in_its_own_column(
    books: Session,
) -> None:
    rows = [["Firma", "Straße", "Hausnr.", "Land"], ["Möwe", "Am Markt", date(2026, 3, 5), "DE"]]
    rows += [["Tidenhub", "Kai", 7, "DE"]]
    report = plan_import(books, read_bytes(workbook(("Kunden", rows)), file="a.xlsx"), now=NOW)
    assert [place[:2] for place in told(report)] == [(2, "Hausnr.")]


def test_mobile_number_stands_in_where_there_is_no_other(books: Session) -> None:
    make_client(books, number="K-1")
    people = (
        "Kunde;Mobil;Telefon;Nachname;E-Mail\n"
        "K-1;+49 171 5550142;+49 40 5550142;A;a@moewe.example\n"
        "K-1;+49 171 5550143;;B;b@moewe.example\n"
    )
    report = apply_import(books, sheets(people), now=NOW)
    phones = books.scalars(select(Contact.phone).order_by(Contact.email))
    assert list(phones) == ["+49 40 5550142", "+49 171 5550143"]
    assert report.notes[0][1].text("de").endswith("wo die eigentliche leer ist: Mobil")


def test_terms_and_prices_are_read_as_people_write_them(books: Session) -> None:
    text = "Firma;Land;Zahlungsziel;Inaktiv\nMöwe;DE;30 Tage netto;x\nTidenhub;DE;14 Tage;Nein\n"
    apply_import(books, sheets(text, services("1.500,-- €", "95,-")), now=NOW)
    clients = books.scalars(select(Client).order_by(Client.id)).all()
    assert [(c.payment_days, c.archived_at is not None) for c in clients] == [
        (30, True),
        (14, False),
    ]
    prices = books.scalars(select(Service.unit_price_minor).order_by(Service.code))
    assert list(prices) == [150_000, 9_500]


def test_column_name_of_people_without_given_names_is_refused() -> None:
    with pytest.raises(ProblemsError, match="family name or the full name"):
        kind_of("Kunde;Name;E-Mail;Telefon")


def test_unknown_columns_are_reported_and_left_out(books: Session) -> None:
    report = planned(books, "Firma;Land;Lieblingsfarbe;\nMöwe;DE;blau;x\n")
    assert report.ok
    assert report.notes[0][1].text("de").endswith("Lieblingsfarbe, D")


def test_dry_run_saves_nothing_and_says_everything(session: Session) -> None:
    report = planned(session, CLIENTS, CONTACTS)
    assert (report.ok, report.applied) == (True, False)
    assert report.count("clients", Status.NEW) == 2
    assert report.count("contacts", Status.NEW) == 1
    assert session.scalar(select(func.count()).select_from(Client)) == 0
    assert not session.new


def test_dry_run_works_where_only_reading_is_allowed(database: Database) -> None:
    with database.reading() as session:
        assert planned(session, CLIENTS).ok
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Client)) == 0


def test_files_in_any_order_are_saved_in_the_order_they_need(session: Session) -> None:
    report = apply_import(session, sheets(CONTACTS, CLIENTS), now=NOW)
    assert report.applied
    contact = session.scalars(select(Contact)).one()
    assert contact.client.legal_name == "Möwe GmbH"


def test_same_file_twice_changes_nothing(session: Session) -> None:
    apply_import(session, sheets(CLIENTS, CONTACTS), now=NOW)
    again = apply_import(session, sheets(CLIENTS, CONTACTS), now=NOW)
    assert statuses(again) == ["unchanged"] * 3
    assert "Nothing to do" in again.summary("en")


def test_list_without_numbers_twice_is_the_same_clients(books: Session) -> None:
    text = "Firma;Land;PLZ\nMöwe;DE;28195\nTidenhub;DE;20457\n"
    apply_import(books, sheets(text), now=NOW)
    assert statuses(apply_import(books, sheets(text), now=NOW)) == ["unchanged"] * 2


def test_number_given_by_a_later_row_is_not_given_to_an_earlier_one(books: Session) -> None:
    text = "Nr.;Firma;Land\n;Möwe;DE\nK-1001;Tidenhub;DE\n;Traunalm;AT\n"
    report = apply_import(books, sheets(text), now=NOW)
    assert [line.words for line in report.lines] == [
        "K-1002 Möwe",
        "K-1001 Tidenhub",
        "K-1003 Traunalm",
    ]


def test_one_bad_row_keeps_every_row_out(database: Database) -> None:
    bad = CLIENTS + "K-3;Traunalm;Bayern;1;X\n"
    with pytest.raises(ImportRefusedError) as refused, database.transaction() as session:
        apply_import(session, sheets(bad), now=NOW)
    assert told(refused.value.report) == [
        (4, "Land", "“Bayern” is no country; use its ISO 3166 code (DE) or its name")
    ]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Client)) == 0


def test_bad_row_keeps_nothing_in_the_session_of_a_careless_caller(books: Session) -> None:
    with pytest.raises(ImportRefusedError):
        apply_import(books, sheets(CLIENTS + "K-3;;DE;;\n"), now=NOW)
    books.flush()
    assert books.scalar(select(func.count()).select_from(Client)) == 0


def test_every_problem_is_told_with_row_and_heading_as_the_file_has_them(books: Session) -> None:
    text = (
        "Firma;Land;PLZ;USt-IdNr.;Zahlungsziel\nMöwe;DE;1067;DE136695977;90\n\nTidenhub;;;;bald\n"
    )
    assert [(row, heading) for row, heading, _ in told(planned(books, text))] == [
        (2, "PLZ"),
        (2, "USt-IdNr."),
        (2, "Über 60 Tage vereinbart / More than 60 days agreed"),
        (4, "Zahlungsziel"),
        (4, "Land"),
    ]


def test_record_missing_only_for_its_own_problem_is_told_as_that(books: Session) -> None:
    clients = "Nr.;Firma;Land\nK-1;Möwe;Bayern\n"
    report = plan_import(
        books,
        [*sheets(clients, file="kunden.csv"), *sheets(CONTACTS, file="contacts.csv")],
        now=NOW,
    )
    assert "stands in row 2 of kunden.csv, which has problems" in told(report)[1][2]


def test_changes_are_told_from_old_to_new(books: Session) -> None:
    make_client(books, number="K-1", legal_name="Möwe AG", city="Kiel", postal_code="28195")
    report = planned(books, CLIENTS)
    (line,) = report.changed_lines()
    assert [(c.field, c.old, c.new) for c in line.changes] == [
        ("legal_name", "Möwe AG", "Möwe GmbH"),
        ("city", "Kiel", "Bremen"),
    ]
    assert books.scalars(select(Client.legal_name)).one() == "Möwe AG"


def test_blank_cells_keep_and_a_dash_empties(books: Session) -> None:
    make_client(books, number="K-1", legal_name="Möwe", notes="alt", street="Am Markt 3")
    report = planned(books, "Nr.;Firma;Straße;Notizen\nK-1;Möwe;;–\n")
    assert [(c.field, c.new) for c in report.lines[0].changes] == [("notes", "")]


def test_rows_that_contradict_each_other_are_refused(books: Session) -> None:
    report = planned(books, CLIENTS + "K-1;Möwe GmbH;DE;28195;Kiel\nK-2;Tidenhub;AT;4810;Gmunden\n")
    assert told(report) == [
        (4, "", "row 2 of liste.csv says otherwise about the same record; keep one of the two")
    ]


def test_row_with_an_unquoted_delimiter_is_refused(books: Session) -> None:
    report = planned(books, "Firma;Land\nMöwe; Söhne;DE\n")
    assert "more cells than there are headings, from “DE” on" in told(report)[0][2]


SERVICES = (
    "Kürzel;Titel (deutsch);Titel (englisch);Disziplin;Vertragsart;Einheit;Preis;MwSt.\n{rows}"
)


def services(*prices: str) -> str:
    rows = "".join(
        f"S-{n};SEO;SEO;SEO;Dienstvertrag;Monat;{price};19\n" for n, price in enumerate(prices)
    )
    return SERVICES.format(rows=rows)


def test_ambiguous_amount_is_refused_with_row_and_column(books: Session) -> None:
    report = planned(books, services("1.234"))
    (problem,) = told(report, "de")
    assert problem[:2] == (2, "Preis")
    assert "kann 1.234 oder 1234 heißen" in problem[2]


def test_decimal_comma_elsewhere_in_the_column_decides(books: Session) -> None:
    apply_import(books, sheets(services("1.234", "95,50 €")), now=NOW)
    prices = books.scalars(select(Service.unit_price_minor).order_by(Service.code))
    assert list(prices) == [123_400, 9_550]


def test_column_that_mixes_comma_and_point_is_refused(books: Session) -> None:
    report = planned(books, services("1.234,50", "1,234.50"))
    assert {row for row, _, _ in told(report)} == {2, 3}


def test_unreadable_amount_is_never_zero(books: Session) -> None:
    report = planned(books, services("auf Anfrage"))
    assert told(report) == [
        (2, "Preis", "“auf Anfrage” is no number; write it like 1250.50"),
    ]


@pytest.mark.parametrize(
    ("price", "words"),
    [
        ("95,0050", "hat mehr Nachkommastellen, als EUR kennt"),
        ("99999999999999", "„99999999999999“ ist zu groß"),
    ],
)
def test_agreed_price_is_never_rounded(books: Session, price: str, words: str) -> None:
    project = make_project(books, number="P-2026-050")
    line = f"P-2026-050;{project.services[0].service.code}"
    heads = "Projekt;Leistung;Vereinbarter Preis\n"
    ((row, heading, told_words),) = told(planned(books, f"{heads}{line};{price}\n"), "de")
    assert (row, heading) == (2, "Vereinbarter Preis")
    assert words in told_words
    apply_import(books, sheets(f"{heads}{line};95,0100\n"), now=NOW)
    assert project.services[0].unit_price_minor == 9501
    assert statuses(planned(books, f"{heads}{line};95,01\n")) == ["unchanged"]


def test_spreadsheet_dates_numbers_and_percentages_come_in_exactly(session: Session) -> None:
    project = make_project(session, number="P-2026-050")
    headings = ["Kürzel", "Titel (deutsch)", "Titel (englisch)", "Disziplin", "Vertragsart",
                "Einheit", "Preis", "MwSt."]  # fmt: skip

    def as_percent(sheet: Any) -> None:
        sheet["H2"].number_format = "0 %"

    book = workbook(
        ("Leistungen", [headings, ["A", "SEO", "SEO", "SEO", "Dienst", "Monat", 950.1, 0.07]]),
        ("Projekte", [["Projekt-Nr.", "Kunde", "Titel", "Beginn", "Ende"],
                      ["P-2026-050", project.client.number, "x", date(2027, 1, 4), "31.03.2027"]]),
        change=as_percent,
    )  # fmt: skip
    apply_import(session, read_bytes(book, file="a.xlsx"), now=NOW)
    service = session.scalars(select(Service).where(Service.code == "A")).one()
    assert (service.unit_price_minor, service.tax_percent) == (95_010, Decimal(7))
    assert (project.starts_on, project.ends_on) == (date(2027, 1, 4), date(2027, 3, 31))


def test_date_a_spreadsheet_made_of_a_text_is_refused(books: Session) -> None:
    book = workbook(("Kunden", [["Firma", "Land", "Straße"], ["Möwe", "DE", date(2026, 3, 4)]]))
    report = plan_import(books, read_bytes(book, file="a.xlsx"), now=NOW)
    assert told(report)[0][:2] == (2, "Straße")
    assert "made this a date" in told(report)[0][2]


def test_merged_cells_below_the_headings_are_refused_and_above_them_not(books: Session) -> None:
    rows = [["Unsere Kunden"], ["Firma", "Land"], ["Möwe", "DE"], [None, "AT"]]

    def title(sheet: Any) -> None:
        sheet.merge_cells("A1:B1")

    def title_and_rows(sheet: Any) -> None:
        title(sheet)
        sheet.merge_cells("A3:A4")

    good = read_bytes(workbook(("Kunden", rows[:3]), change=title), file="a.xlsx")
    bad = read_bytes(workbook(("Kunden", rows), change=title_and_rows), file="a.xlsx")
    assert plan_import(books, good, now=NOW).ok
    assert {row for row, _, _ in told(plan_import(books, bad, now=NOW))} == {3, 4}


@pytest.mark.parametrize(
    "name",
    ["Möwe & Söhne <GmbH>", '{{ 7*7 }} "x"', "</w:t></w:r>", "🙂 مرحبا", "=SUMME(A1)", "x" * 300],
)
def test_whatever_a_client_is_called_arrives_literally(session: Session, name: str) -> None:
    quoted = name.replace('"', '""')
    apply_import(session, sheets(f'Firma;Land\n"{quoted}";DE\n'), now=NOW)
    assert session.scalars(select(Client.legal_name)).one() == name


def test_umlauts_damaged_before_are_refused_with_their_row_never_imported(books: Session) -> None:
    once_too_often = CLIENTS.encode().decode("cp1252")
    report = planned(books, once_too_often)
    assert [(row, heading) for row, heading, _ in told(report)] == [(2, "Firma")]
    ((_, _, words),) = told(report)
    assert words.startswith("umlauts were damaged when the text was saved before (“MÃ¶we GmbH”)")
    with pytest.raises(ImportRefusedError):
        apply_import(books, sheets(once_too_often), now=NOW)
    assert books.scalar(select(func.count()).select_from(Client)) == 0


def test_text_that_is_too_long_or_holds_control_characters_is_refused(books: Session) -> None:
    report = planned(books, f"Firma;Land\n{'x' * 301};DE\nMö\x07we;DE\n")
    assert told(report) == [
        (2, "Firma", "is longer than 300 characters; please shorten it"),
        (3, "Firma", "contains the character U+0007, which no document can hold; please delete it"),
    ]


def test_report_shows_hostile_names_as_text(books: Session) -> None:
    name = "<script>alert(1)</script>|[x](http://evil.example)`\x1b[31m"
    report = planned(books, f'Firma;Land\n"{name[:-5]}";DE\n{name};DE\n')
    shown = report.markdown("de")
    assert "<script>" not in shown
    assert "\x1b" not in shown
    assert "\\[x\\](http" in shown


def test_long_report_shows_the_first_lines_and_counts_the_rest(books: Session) -> None:
    text = "Firma;Land\n" + "".join(f"Möwe {n};DE\n" for n in range(150))
    assert "… und 50 weitere" in planned(books, text).markdown("de")


def test_progress_is_told_to_the_end(books: Session) -> None:
    text = "Firma;Land\n" + "".join(f"Möwe {n};DE\n" for n in range(600))
    heard: list[tuple[int, int]] = []
    plan_import(books, sheets(text), now=NOW, progress=lambda done, of: heard.append((done, of)))
    assert heard == [(250, 600), (500, 600), (600, 600)]


def test_same_import_many_times_at_once_is_one(database: Database) -> None:
    def run(_caller: int) -> int:
        with database.transaction() as session:
            report = apply_import(session, sheets(CLIENTS, CONTACTS), now=NOW)
            return report.count("clients", Status.NEW)

    new, failed = race(4, run)
    assert not failed
    assert sorted(new) == [0, 0, 0, 2]


@pytest.mark.parametrize("language", ["de", "en"])
def test_report_reads_as_agreed(books: Session, language: str, golden: Golden) -> None:
    make_client(books, number="K-1", legal_name="Möwe AG", postal_code="28195", payment_days=30)
    good = (
        "Kunden-Nr.;Firma;Kundenart;Land;PLZ;Ort;Zahlungsziel;Archiviert;Farbe\n"
        "K-1;Möwe GmbH;Unternehmen;DE;28195;Kiel;14;ja;blau\n"
        "K-2;Tidenhub;;Österreich;4810;Gmunden;;;\n"
    )
    bad = good + "K-3;Traunalm;Verein;Bayern;1067;;90;vielleicht;\nK-1;Möwe;;DE;;;;;\n"
    parts = [
        plan_import(books, sheets(text, file="kunden.csv"), now=NOW).markdown(language)
        for text in (good, bad)
    ]
    golden(f"agency/import_report.{language}.md", "\n---\n\n".join(parts))


def test_project_of_an_unknown_manager_is_refused(books: Session) -> None:
    make_client(books, number="K-1")
    report = planned(books, "Kunde;Titel;Kundenberatung\nK-1;Relaunch;Niemand\n")
    assert told(report)[0][:2] == (2, "Kundenberatung")
    assert books.scalar(select(func.count()).select_from(Project)) == 0

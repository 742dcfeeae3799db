"""What the columns of each kind of record are called in German and English lists."""

from enum import Enum
from typing import NamedTuple


class Reads(Enum):
    """How the cells of a column are read and written."""

    TEXT = "text"
    WHOLE = "whole number"
    DAYS = "number of days, also as 14 Tage"
    NUMBER = "number"
    PERCENT = "percent"
    DAY = "day"
    HOURS = "hours, also as 1:30"
    YES_NO = "yes or no"
    CHOICE = "choice"
    CHOICES = "choices, separated by commas"


class Column(NamedTuple):
    """A column: the form's field, its heading in both languages, and what else people call it.

    The other headings are separated by ``|``; they are understood, never written. What is said of
    them holds where a list has several columns of one field.
    """

    field: str
    de: str
    en: str
    also: str = ""
    reads: Reads = Reads.TEXT
    keys: str = ""
    """Those of a number or code: it leads, and a name beside it must be that of the same record."""
    spare: str = ""
    """Those of a column that is read only where the column itself is empty."""
    rest: str = ""
    """Headings of a column whose text follows that of this one, such as house numbers."""

    def spellings(self) -> list[str]:
        """Every heading that means this column."""
        others = "|".join((self.also, self.keys, self.spare)).split("|")
        return [self.field, self.de, self.en, *filter(None, others)]

    def heading(self, language: str) -> str:
        """The heading written in that language (``de`` or ``en``)."""
        return self.de if language == "de" else self.en


_ARCHIVED = Column("archived", "Archiviert", "Archived", "Inaktiv|Inactive", Reads.YES_NO)
_EMAIL = Column(
    "email",
    "E-Mail",
    "E-mail",
    "E-Mail-Adresse|Mail|Email address|Mailadresse|E-mail 1 - Value|E-Mail 1|E-Mail geschäftlich",
)
_GIVEN = Column("given_name", "Vorname", "Given name", "First name|Forename")
_FAMILY = Column("family_name", "Nachname", "Family name", "Familienname|Surname|Last name|Zuname")
_PHONE = Column(
    "phone",
    "Telefon",
    "Phone",
    "Tel|Telefonnummer|Telephone|Phone number|Fon|Telefon 1|Phone 1 - Value|Telefon geschäftlich|"
    "Business phone|Work phone",
    spare="Mobil|Mobile|Mobiltelefon|Handy|Mobilnummer|Mobile phone|Mobile phone number|"
    "Phone 2 - Value|Telefon 2",
)
_CLIENT = Column(
    "client",
    "Kunde",
    "Client",
    "Customer|Auftraggeber|Kundenname|Client name|Customer name|Company|Company name|Firma|"
    "Firmenname|Unternehmen|Organisation|Organization|Organization name|Organization 1 - Name|"
    "Associated company|Primary associated company",
    keys="Kundennummer|Kunden-Nr.|Kundennr.|KdNr|Kd.-Nr.|Client number|Client no.|Customer number|"
    "Customer no.|Debitorennummer|Debitoren-Nr.|Debitor",
)
PROJECT = Column(
    "project",
    "Projekt",
    "Project",
    "Projekttitel|Projektname|Project title|Project name",
    keys="Projektnummer|Projekt-Nr.|Project number|Project no.|ProjNr",
)
SERVICE = Column(
    "service",
    "Leistung",
    "Service",
    "Artikel",
    keys="Kürzel|Leistungscode|Code|Service code",
)
_POSITION = Column(
    "position", "Position", "Position", "Pos|Nr|Lfd. Nr.|No.|#|Reihenfolge", Reads.WHOLE
)
_DISCIPLINE = Column(
    "discipline",
    "Disziplin",
    "Discipline",
    "Fachgebiet|Fachbereich|Rolle|Role",
    Reads.CHOICE,
)

_BUYER_REFERENCE = Column(
    "buyer_reference",
    "Zeichen des Kunden",
    "Reference on invoices",
    "Ihr Zeichen|Kostenstelle|Bestellnummer|Leitweg-ID|Buyer reference|Your reference|"
    "Cost centre|Order number|Purchase order|PO number",
)

CLIENT_COLUMNS = (
    Column(
        "number",
        "Kundennummer",
        "Client number",
        "Kunden-Nr.|KdNr|Kd.-Nr.|Kundennr.|Nummer|Nr|Number|Client no.|Customer number|"
        "Customer no.|No.|ID|Debitorennummer|Debitoren-Nr.|Debitor|Konto",
    ),
    Column(
        "legal_name",
        "Firmenname",
        "Legal name",
        "Firma|Name|Kunde|Unternehmen|Company|Company name|Client|Client name|Customer|"
        "Customer name|Kundenname|Firmierung|Organisation|Organization|Kontobezeichnung|"
        "Name (Adressattyp Unternehmen)",
    ),
    Column(
        "kind", "Kundenart", "Business or consumer", "Art|Kind|Type|Typ|Client type", Reads.CHOICE
    ),
    Column("legal_form", "Rechtsform", "Legal form", "Gesellschaftsform"),
    Column(
        "country",
        "Land",
        "Country",
        "Staat|Ländercode|Country code|Länderkürzel|Country/Region|Länderkennzeichen|LKZ|Land 1",
    ),
    Column(
        "street",
        "Straße",
        "Street",
        "Straße und Hausnummer|Straße Nr.|Anschrift|Adresse|Address|Street address|"
        "Street and house number|Straße/Nr.|Straße + Hausnr.|Straße & Hausnr.|Straße 1",
        rest="Hausnr.|Hausnummer|Haus-Nr.|House number|House no.|Street number|Nr.|No.",
    ),
    Column("postal_code", "PLZ", "Postal code", "Postleitzahl|Postcode|ZIP|ZIP code|PLZ 1"),
    Column("city", "Ort", "City", "Stadt|Town|Wohnort|Sitz|Ort 1"),
    Column(
        "vat_id",
        "USt-IdNr.",
        "VAT id",
        "USt-ID|Umsatzsteuer-ID|Umsatzsteuer-Identifikationsnummer|UID|UID-Nummer|"
        "VAT number|VAT no.|VAT|VAT reg. no.|MWST-Nr.|EU-UStID",
    ),
    Column(
        "register_entry",
        "Registereintrag",
        "Register entry",
        "Handelsregister|Handelsregisternummer|Company registration|Firmenbuch|"
        "Register|Company number",
    ),
    Column("language", "Sprache", "Language", "Korrespondenzsprache"),
    Column("law", "Recht", "Applicable law", "Anwendbares Recht|Law|Rechtsordnung|Governing law"),
    Column("currency", "Währung", "Currency"),
    Column(
        "payment_days",
        "Zahlungsziel (Tage)",
        "Payment period (days)",
        "Zahlungsziel|Zahlungsfrist|Zahlungsziel in Tagen|Payment days|Payment terms|"
        "Payment period in days|Terms (days)|Net days|Zahlungsbedingung|Zahlungsbedingungen",
        Reads.DAYS,
    ),
    Column(
        "long_payment_agreed",
        "Über 60 Tage vereinbart",
        "More than 60 days agreed",
        reads=Reads.YES_NO,
    ),
    Column(
        "invoice_email",
        "Rechnungs-E-Mail",
        "Invoice e-mail",
        "Rechnungsmail|E-Mail Rechnung|Billing e-mail|Billing email|Accounts e-mail",
    ),
    _BUYER_REFERENCE,
    Column(
        "discount_percent",
        "Skonto in %",
        "Cash discount in %",
        "Skonto|Skontosatz|Cash discount|Discount %",
        Reads.PERCENT,
    ),
    Column(
        "discount_days",
        "Skontofrist (Tage)",
        "Cash discount within (days)",
        "Skontofrist|Skontotage|Skontofrist in Tagen|Discount days",
        Reads.DAYS,
    ),
    Column(
        "notes",
        "Notizen",
        "Notes",
        "Notiz|Bemerkung|Bemerkungen|Note|Comment|Comments|Kommentar|Anmerkung",
    ),
    _ARCHIVED,
)

CONTACT_COLUMNS = (
    _CLIENT,
    _EMAIL,
    Column("salutation", "Anrede", "Salutation"),
    _GIVEN,
    _FAMILY,
    Column(
        "function",
        "Funktion",
        "Function",
        "Position|Job title|Stellung|Abteilung|Organization title|Organization 1 - Title",
    ),
    _PHONE,
    Column("language", "Sprache", "Language", "Korrespondenzsprache"),
    Column("roles", "Rollen", "Roles", "Rolle|Role|Aufgabe|Zuständig für", Reads.CHOICES),
    Column(
        "survey_basis", "Grundlage für Umfragen", "Basis for surveys", "Survey basis", Reads.CHOICE
    ),
    Column("survey_evidence", "Nachweis", "Evidence", "Einwilligungsnachweis|Consent evidence"),
    Column(
        "survey_basis_on", "Grundlage seit", "Basis since", "Einwilligung am|Consent on", Reads.DAY
    ),
    Column(
        "opted_out", "Widersprochen", "Objected to surveys", "Widerspruch|Opted out", Reads.YES_NO
    ),
    _ARCHIVED,
)

SPECIALIST_COLUMNS = (
    _EMAIL,
    _GIVEN,
    _FAMILY,
    _DISCIPLINE,
    _PHONE,
    Column("languages", "Sprachen", "Languages", "Sprache|Language", Reads.CHOICES),
    _ARCHIVED,
)

SERVICE_COLUMNS = (
    Column(
        "code", "Kürzel", "Code", "Leistungscode|Artikelnummer|Artikel-Nr.|Service code|SKU|Nummer"
    ),
    Column(
        "title_de",
        "Titel (deutsch)",
        "Title (German)",
        "Titel|Leistung|Bezeichnung|Bezeichnung (deutsch)|Titel de|Title de|German title",
    ),
    Column(
        "title_en",
        "Titel (englisch)",
        "Title (English)",
        "Title|Bezeichnung (englisch)|Titel en|Title en|English title|Service",
    ),
    Column("description_de", "Beschreibung (deutsch)", "Description (German)", "Beschreibung"),
    Column("description_en", "Beschreibung (englisch)", "Description (English)", "Description"),
    _DISCIPLINE,
    Column("nature", "Vertragsart", "Contract nature", "Vertragstyp|Contract type", Reads.CHOICE),
    Column("unit", "Einheit", "Unit", "Mengeneinheit|ME", Reads.CHOICE),
    Column("currency", "Währung", "Currency"),
    Column(
        "unit_price",
        "Preis je Einheit",
        "Price per unit",
        "Einzelpreis|Preis|Stückpreis|Satz|Price|Unit price|Rate|Preis netto|Net price|Preis (€)",
        Reads.NUMBER,
    ),
    Column(
        "tax_percent",
        "USt. in %",
        "VAT in %",
        "USt|MwSt|MwSt. in %|Steuersatz|VAT|VAT rate|Tax|Tax rate|VAT %",
        Reads.PERCENT,
    ),
    Column(
        "exemption",
        "Grund der Steuerbefreiung",
        "Reason of the VAT exemption",
        "Steuerbefreiung|Befreiungsgrund|Exemption|VAT exemption",
    ),
    _ARCHIVED,
)

PROJECT_COLUMNS = (
    Column(
        "number",
        "Projektnummer",
        "Project number",
        "Projekt-Nr.|Nummer|Nr|Number|Project no.|ProjNr|No.|ID",
    ),
    _CLIENT,
    Column(
        "title",
        "Titel",
        "Title",
        "Projekttitel|Projekt|Bezeichnung|Project|Project title|Projektname|Project name|Name",
    ),
    Column(
        "manager",
        "Kundenberatung",
        "Account manager",
        "Projektleitung|Account Managerin|Manager|Managerin|Project manager|"
        "Verantwortlich|Betreuung|Owner",
    ),
    Column("goal", "Ziel", "Goal", "Projektziel|Objective|Aim"),
    Column("stage", "Phase", "Stage", "Status|Stand|Stufe|State", Reads.CHOICE),
    Column("starts_on", "Beginn", "Start", "Starts on|Start date|Startdatum|Von|From", Reads.DAY),
    Column("ends_on", "Ende", "End", "Ende am|Ends on|End date|Enddatum|Bis|Until", Reads.DAY),
    Column("closed_on", "Abgeschlossen am", "Closed on", "Closing date|Abschlussdatum", Reads.DAY),
    _BUYER_REFERENCE,
)

LINE_COLUMNS = (
    PROJECT,
    _POSITION,
    SERVICE,
    Column(
        "specialist",
        "Spezialist",
        "Specialist",
        "Spezialistin|Wer|Ausführend|Who|Assignee|Bearbeitung",
    ),
    Column("quantity", "Menge", "Quantity", "Anzahl|Umfang|Qty", Reads.NUMBER),
    Column(
        "unit_price",
        "Vereinbarter Preis",
        "Agreed price",
        "Preis|Einzelpreis|Preis je Einheit|Price|Unit price|Agreed price per unit|Price per unit",
        Reads.NUMBER,
    ),
    Column("note", "Anmerkung", "Note", "Notiz|Bemerkung|Hinweis|Notes|Comment|Kommentar"),
)

MILESTONE_COLUMNS = (
    PROJECT,
    _POSITION,
    Column("title", "Meilenstein", "Milestone", "Titel|Title|Bezeichnung|Schritt|Step|Name"),
    Column(
        "due_on", "Fällig am", "Due on", "Fällig|Termin|Datum|Due|Due date|Date|Deadline", Reads.DAY
    ),
    Column("with_acceptance", "Mit Abnahme", "With acceptance", "Abnahme|Acceptance", Reads.YES_NO),
    Column("state", "Stand", "State", "Status|Zustand", Reads.CHOICE),
    Column("done_on", "Erledigt am", "Done on", "Erledigt|Done|Completed on", Reads.DAY),
)

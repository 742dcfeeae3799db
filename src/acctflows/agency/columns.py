"""What the columns of each kind of record are called in German and English lists."""

from enum import Enum
from typing import NamedTuple


class Reads(Enum):
    """How the cells of a column are read and written."""

    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    PERCENT = "percent"
    DAY = "day"
    HOURS = "hours, also as 1:30"
    YES_NO = "yes or no"
    CHOICE = "choice"
    CHOICES = "choices, separated by commas"


class Column(NamedTuple):
    """A column: the form's field, its heading in both languages, and what else people call it.

    ``also`` holds those other headings, separated by ``|``; they are understood, never written.
    """

    field: str
    de: str
    en: str
    also: str = ""
    reads: Reads = Reads.TEXT

    def spellings(self) -> list[str]:
        """Every heading that means this column."""
        return [self.field, self.de, self.en, *filter(None, self.also.split("|"))]

    def heading(self, language: str) -> str:
        """The heading written in that language (``de`` or ``en``)."""
        return self.de if language == "de" else self.en


_ARCHIVED = Column("archived", "Archiviert", "Archived", "Inaktiv|Inactive", Reads.YES_NO)
_EMAIL = Column("email", "E-Mail", "E-mail", "E-Mail-Adresse|Mail|Email address|Mailadresse")
_GIVEN = Column("given_name", "Vorname", "Given name", "First name|Forename")
_FAMILY = Column("family_name", "Nachname", "Family name", "Familienname|Surname|Last name|Zuname")
_PHONE = Column(
    "phone", "Telefon", "Phone", "Tel|Telefonnummer|Telephone|Phone number|Fon|Mobil|Mobile"
)
_CLIENT = Column(
    "client",
    "Kunde",
    "Client",
    "Kundennummer|Kunden-Nr.|Client number|Client no.|Customer|Auftraggeber|"
    "Kundenname|Client name|Company|Firma|KdNr",
)
PROJECT = Column(
    "project", "Projekt", "Project", "Projektnummer|Projekt-Nr.|Project number|Project no.|ProjNr"
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
        "Kunden-Nr.|KdNr|Nummer|Nr|Number|Client no.|No.|ID",
    ),
    Column(
        "legal_name",
        "Firmenname",
        "Legal name",
        "Firma|Name|Kunde|Unternehmen|Company|Company name|Client|Client name|Customer|"
        "Kundenname|Firmierung",
    ),
    Column(
        "kind", "Kundenart", "Business or consumer", "Art|Kind|Type|Typ|Client type", Reads.CHOICE
    ),
    Column("legal_form", "Rechtsform", "Legal form", "Gesellschaftsform"),
    Column("country", "Land", "Country", "Staat|Ländercode|Country code|Länderkürzel"),
    Column(
        "street",
        "Straße",
        "Street",
        "Straße und Hausnummer|Straße Nr.|Anschrift|Adresse|Address|Street address|"
        "Street and house number|Straße/Nr.|Straße + Hausnr.",
    ),
    Column("postal_code", "PLZ", "Postal code", "Postleitzahl|Postcode|ZIP|ZIP code"),
    Column("city", "Ort", "City", "Stadt|Town|Wohnort|Sitz"),
    Column(
        "vat_id",
        "USt-IdNr.",
        "VAT id",
        "USt-ID|Umsatzsteuer-ID|Umsatzsteuer-Identifikationsnummer|UID|UID-Nummer|"
        "VAT number|VAT no.|VAT|VAT reg. no.|MWST-Nr.",
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
        "Payment period in days|Terms (days)|Net days",
        Reads.WHOLE,
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
        Reads.WHOLE,
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
    Column("function", "Funktion", "Function", "Position|Job title|Stellung|Abteilung"),
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
    Column("service", "Leistung", "Service", "Kürzel|Leistungscode|Code|Service code|Artikel"),
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

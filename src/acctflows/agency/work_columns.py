"""What the columns of work done and of recurring fees are called in lists."""

from acctflows.agency.columns import PROJECT, SERVICE, Column, Reads

WORK_COLUMNS = (
    PROJECT,
    Column("done_on", "Datum", "Date", "Tag|Day|Done on|Erbracht am|Leistungsdatum", Reads.DAY),
    SERVICE,
    Column(
        "specialist",
        "Mitarbeiter",
        "Specialist",
        "Mitarbeiterin|Mitarbeitende|Spezialist|Spezialistin|Wer|Who|Employee|Person|User|Benutzer",
    ),
    Column("milestone", "Meilenstein", "Milestone", "Schritt|Step"),
    Column("hours", "Stunden", "Hours", "Std|h|Dauer|Duration|Zeit|Time|Aufwand", Reads.HOURS),
    Column("quantity", "Menge", "Quantity", "Anzahl|Qty", Reads.NUMBER),
    Column("unit", "Einheit", "Unit", "Mengeneinheit|ME", Reads.CHOICE),
    Column(
        "note",
        "Notiz",
        "Note",
        "Notizen|Anmerkung|Bemerkung|Beschreibung|Tätigkeit|Notes|Comment|Kommentar|Description|"
        "Activity|Task",
    ),
    Column("billable", "Abrechenbar", "Billable", "Fakturierbar|Verrechenbar", Reads.YES_NO),
    Column("reference", "Referenz", "Reference", "Ref|ID|Entry ID|Eintrag|Buchungsnummer"),
)

FEE_COLUMNS = (
    PROJECT,
    SERVICE,
    Column("quantity", "Menge je Zeitraum", "Quantity per period", "Menge|Quantity", Reads.NUMBER),
    Column(
        "unit_price",
        "Preis je Einheit",
        "Price per unit",
        "Preis|Einzelpreis|Betrag|Gebühr|Price|Unit price|Fee|Amount",
        Reads.NUMBER,
    ),
    Column(
        "months",
        "Monate je Zeitraum",
        "Months of a period",
        "Zeitraum (Monate)|Rhythmus (Monate)|Months|Every (months)",
        Reads.WHOLE,
    ),
    Column("in_advance", "Im Voraus", "In advance", "Vorschüssig|Vorab|Prepaid", Reads.YES_NO),
    Column("starts_on", "Erster Tag", "First day", "Beginn|Ab|Start|Starts on|From", Reads.DAY),
    Column("ends_on", "Letzter Tag", "Last day", "Ende|Bis|End|Ends on|Until", Reads.DAY),
    Column("note", "Anmerkung", "Note", "Notiz|Bemerkung|Hinweis|Notes|Comment|Kommentar"),
    Column("reference", "Referenz", "Reference", "Ref|ID|Schlüssel|Key"),
)

"""The sentences in which records are refused, in English and German, by code."""

from typing import NamedTuple


class Message(NamedTuple):
    """Words in both languages; in a sentence braces hold the facts of the case."""

    en: str
    de: str

    def __str__(self) -> str:
        return self.en


MESSAGES: dict[str, Message] = {
    "missing": Message("is missing; please fill it in", "fehlt; bitte ausfüllen"),
    "greater_than": Message("“{value}” is not more than {gt}", "„{value}“ ist nicht mehr als {gt}"),
    "missing_for_new": Message(
        "is missing; a new record needs it", "fehlt; ein neuer Eintrag braucht diese Angabe"
    ),
    "too_long": Message(
        "is longer than {max_length} characters; please shorten it",
        "ist länger als {max_length} Zeichen; bitte kürzen",
    ),
    "no_text": Message("“{value}” is no text", "„{value}“ ist kein Text"),
    "no_choice": Message(
        "“{value}” is none of the choices; use one of {expected}",
        "„{value}“ ist keine der Möglichkeiten; möglich sind {expected}",
    ),
    "unknown_field": Message(
        "there is no such field; check the spelling or leave it out",
        "dieses Feld gibt es nicht; bitte Schreibweise prüfen oder weglassen",
    ),
    "no_yes_or_no": Message(
        "“{value}” is neither yes nor no", "„{value}“ ist weder „ja“ noch „nein“"
    ),
    "no_whole_number": Message(
        "“{value}” is no whole number; write digits such as 14",
        "„{value}“ ist keine ganze Zahl; bitte Ziffern wie 14 schreiben",
    ),
    "no_number": Message(
        "“{value}” is no number; write it like 1250.50",
        "„{value}“ ist keine Zahl; bitte wie 1250,50 schreiben",
    ),
    "ambiguous_number": Message(
        "“{value}” can be read as {one} or {other}; write it with two decimals",
        "„{value}“ kann {one} oder {other} heißen; bitte mit zwei Nachkommastellen schreiben",
    ),
    "too_many_places": Message(
        "“{value}” has more than {decimal_places} decimals",
        "„{value}“ hat mehr als {decimal_places} Nachkommastellen",
    ),
    "too_large": Message("“{value}” is too large", "„{value}“ ist zu groß"),
    "too_large_for": Message("“{value}” is more than {le}", "„{value}“ ist mehr als {le}"),
    "too_small": Message("“{value}” is less than {ge}", "„{value}“ ist weniger als {ge}"),
    "no_date": Message(
        "“{value}” is no date; write it like 2026-12-31 or 31.12.2026",
        "„{value}“ ist kein Datum; bitte wie 31.12.2026 schreiben",
    ),
    "ambiguous_date": Message(
        "“{value}” can be read as {one} or {other}; write it like 2026-12-31",
        "„{value}“ kann {one} oder {other} heißen; bitte wie 31.12.2026 schreiben",
    ),
    "mixed_numbers": Message(
        "“{value}” is written otherwise than the other numbers of this column; use one way",
        "„{value}“ ist anders geschrieben als die übrigen Zahlen der Spalte; bitte einheitlich "
        "schreiben",
    ),
    "mixed_dates": Message(
        "“{value}” is written otherwise than the other dates of this column; use 2026-12-31",
        "„{value}“ ist anders geschrieben als die übrigen Daten der Spalte; bitte wie 31.12.2026 "
        "schreiben",
    ),
    "date_in_text": Message(
        "the spreadsheet made this a date ({value}); format the cell as text and enter it again",
        "die Tabelle hat daraus ein Datum gemacht ({value}); bitte die Zelle als Text formatieren "
        "und neu eingeben",
    ),
    "formula": Message(
        "is a formula without a stored value; open the file in the spreadsheet program and save it",
        "ist eine Formel ohne gespeicherten Wert; bitte die Datei im Tabellenprogramm öffnen und "
        "speichern",
    ),
    "cell_error": Message(
        "shows the error {value}; correct the formula",
        "zeigt den Fehler {value}; bitte die Formel berichtigen",
    ),
    "merged": Message(
        "the cells {cells} are merged; split them and fill in each row",
        "die Zellen {cells} sind verbunden; bitte trennen und jede Zeile ausfüllen",
    ),
    "too_many_cells": Message(
        "has more cells than there are headings, from “{value}” on; is a delimiter unquoted?",
        "hat mehr Zellen als Überschriften, ab „{value}“; steht ein Trennzeichen ohne "
        "Anführungszeichen im Text?",
    ),
    "repeated": Message(
        "row {row} of {label} says otherwise about the same record; keep one of the two",
        "Zeile {row} von {label} sagt über denselben Eintrag anderes; bitte eine der beiden "
        "löschen",
    ),
    "no_text_file": Message(
        "this is no text file; give a CSV or XLSX file",
        "das ist keine Textdatei; bitte eine CSV- oder XLSX-Datei angeben",
    ),
    "no_encoding": Message(
        "line {line} holds bytes that are neither UTF-8 nor Windows-1252; save the list as “CSV "
        "UTF-8” in the spreadsheet program",
        "Zeile {line} enthält Zeichen, die weder UTF-8 noch Windows-1252 sind; bitte die Liste im "
        "Tabellenprogramm als „CSV UTF-8“ speichern",
    ),
    "encoding_unclear": Message(
        "the encoding is unclear: read as Windows-1252 there stands “{value}”; save the list as "
        "“CSV UTF-8” in the spreadsheet program",
        "die Zeichenkodierung ist unklar: als Windows-1252 gelesen steht hier „{value}“; bitte die "
        "Liste im Tabellenprogramm als „CSV UTF-8“ speichern",
    ),
    "encoding_other": Message(
        "the encoding is unclear: read as Windows-1252 there stands “{value}”, which probably "
        "means “{meant}”; save the list as “CSV UTF-8” in the spreadsheet program",
        "die Zeichenkodierung ist unklar: als Windows-1252 gelesen steht hier „{value}“, gemeint "
        "ist wohl „{meant}“; bitte die Liste im Tabellenprogramm als „CSV UTF-8“ speichern",
    ),
    "encoding_assumed": Message(
        "read as Windows-1252, since the file does not say its encoding; look whether these words "
        "are right: {words}",
        "als Windows-1252 gelesen, da die Datei ihre Zeichenkodierung nicht nennt; bitte prüfen, "
        "ob diese Wörter stimmen: {words}",
    ),
    "broken_row": Message(
        "row {row} is broken: a quotation mark is missing or too many; inside a quoted cell it is "
        "written twice",
        "Zeile {row} ist beschädigt: ein Anführungszeichen fehlt oder ist zu viel; innerhalb einer "
        "Zelle in Anführungszeichen wird es doppelt geschrieben",
    ),
    "too_many_rows": Message(
        "more than {most} rows; split the list into several files",
        "mehr als {most} Zeilen; bitte die Liste auf mehrere Dateien verteilen",
    ),
    "too_many_columns": Message(
        "more than {most} columns: something stands in column {column}; delete it, or leave out "
        "columns you do not need",
        "mehr als {most} Spalten: in Spalte {column} steht etwas; bitte löschen oder nicht "
        "benötigte Spalten weglassen",
    ),
    "old_workbook": Message(
        "this is an old .xls file, or one protected by a password; open it and save it as .xlsx "
        "without a password",
        "das ist eine alte .xls-Datei oder eine mit Kennwort; bitte öffnen und ohne Kennwort als "
        ".xlsx speichern",
    ),
    "damaged_workbook": Message(
        "the XLSX file is damaged; open it in the spreadsheet program and save it again",
        "die XLSX-Datei ist beschädigt; bitte im Tabellenprogramm öffnen und neu speichern",
    ),
    "unpacks_to_too_much": Message(
        "the file unpacks to more than {most} MB; save the list alone as a new file",
        "die Datei ist entpackt größer als {most} MB; bitte die Liste allein als neue Datei "
        "speichern",
    ),
    "no_workbook": Message(
        "this is no XLSX file; save it as .xlsx or as “CSV UTF-8”",
        "das ist keine XLSX-Datei; bitte als .xlsx oder als „CSV UTF-8“ speichern",
    ),
    "no_sheets": Message(
        "the file holds no visible sheet with content; show the sheet, or name another file",
        "die Datei enthält kein sichtbares Blatt mit Inhalt; bitte das Blatt einblenden oder eine "
        "andere Datei angeben",
    ),
    "file_too_large": Message(
        "the file is larger than {most} MB; split the list into several files",
        "die Datei ist größer als {most} MB; bitte die Liste auf mehrere Dateien verteilen",
    ),
    "empty_sheet": Message("there is nothing in it", "enthält nichts"),
    "no_headings": Message(
        "no headings of a known list; closest is row {closest} ({found}), where “{kind}” would "
        "also need {missing}",
        "keine Überschriften einer bekannten Liste; am nächsten kommt Zeile {closest} ({found}), "
        "wo für „{kind}“ noch {missing} fehlt",
    ),
    "kind_unclear": Message(
        "the headings fit several kinds: {kinds}; say which the rows are (“kind”), or name the "
        "sheet or file after it; a list that holds several is read once as each",
        "die Überschriften passen auf mehrere Arten: {kinds}; bitte angeben, was die Zeilen sind "
        "(„kind“), oder das Blatt oder die Datei danach benennen; eine Liste, die mehrere enthält, "
        "einmal als jede davon einlesen",
    ),
    "heading_twice": Message(
        "these columns mean the same: {headings}; rename or delete all but one",
        "diese Spalten bedeuten dasselbe: {headings}; bitte bis auf eine umbenennen oder löschen",
    ),
    "heading_name": Message(
        "the column “Name” can be the family name or the full name; split it into “Given name” and "
        "“Family name”",
        "die Spalte „Name“ kann Nachname oder voller Name sein; bitte in „Vorname“ und „Nachname“ "
        "teilen",
    ),
    "unknown_headings": Message(
        "columns not imported, because their headings are unknown: {headings}",
        "nicht übernommene Spalten, weil ihre Überschriften unbekannt sind: {headings}",
    ),
    "also_fits": Message(
        "the list holds {kind} too; read it once more as that (“kind”: {name}) for: {headings}",
        "die Liste enthält auch {kind}; bitte noch einmal als solche einlesen („kind“: {name}) "
        "für: {headings}",
    ),
    "hidden_sheets": Message(
        "hidden sheets were left out: {names}", "ausgeblendete Blätter wurden ausgelassen: {names}"
    ),
    "hidden_rows": Message(
        "{count} hidden rows are read like the others",
        "{count} ausgeblendete Zeilen werden mitgelesen",
    ),
    "hidden_columns": Message(
        "hidden columns are read like the others", "ausgeblendete Spalten werden mitgelesen"
    ),
    "no_list": Message("“{value}” is no list", "„{value}“ ist keine Liste"),
    "damaged_umlauts": Message(
        "umlauts were damaged when the text was saved before (“{value}”); write them anew, or go "
        "back to the original file and save it as “CSV UTF-8”",
        "Umlaute wurden bei einem früheren Speichern beschädigt („{value}“); bitte neu schreiben "
        "oder die ursprüngliche Datei als „CSV UTF-8“ speichern",
    ),
    "control_character": Message(
        "contains the character {point}, which no document can hold; please delete it",
        "enthält das Zeichen {point}, das kein Dokument fassen kann; bitte löschen",
    ),
    "country": Message(
        "“{value}” is no country; use its ISO 3166 code (DE) or its name",
        "„{value}“ ist kein Land; bitte ISO-3166-Kürzel (DE) oder Namen angeben",
    ),
    "postal_code": Message(
        "“{value}” is no postal code of {country}; it has {digits} digits",
        "„{value}“ ist keine Postleitzahl von {country}; sie hat {digits} Ziffern",
    ),
    "postal_code_zero": Message(
        "“{value}” is no postal code of DE; was a leading zero dropped? Then write 0{value}",
        "„{value}“ ist keine Postleitzahl von DE; ging eine führende Null verloren? "
        "Dann bitte 0{value} schreiben",
    ),
    "postal_code_shape": Message(
        "“{value}” does not look like a postal code; letters, digits, spaces and hyphens only",
        "„{value}“ sieht nicht wie eine Postleitzahl aus; nur Buchstaben, Ziffern, Leerzeichen "
        "und Bindestriche",
    ),
    "vat_format": Message(
        "“{value}” is not formed like a VAT id of {country}; is a character missing or too many?",
        "„{value}“ ist nicht wie eine USt-IdNr. von {country} aufgebaut; fehlt ein Zeichen, oder "
        "ist eines zu viel?",
    ),
    "vat_none": Message(
        "“{value}” is no VAT or tax id; write its digits and letters alone, or leave it empty "
        "where there is none",
        "„{value}“ ist keine USt-IdNr. oder Steuernummer; bitte nur deren Ziffern und Buchstaben "
        "schreiben oder leer lassen, wo es keine gibt",
    ),
    "vat_check_digits": Message(
        "the check digits of the VAT id “{value}” are wrong; a digit is mistyped, ask the client",
        "die Prüfziffer der USt-IdNr. „{value}“ stimmt nicht; eine Ziffer ist vertippt, bitte beim "
        "Kunden nachfragen",
    ),
    "vat_consumer": Message(
        "a consumer has no VAT id; clear it, or choose business",
        "Verbraucher haben keine USt-IdNr.; bitte leeren oder Unternehmen wählen",
    ),
    "consumer_company": Message(
        "a consumer has no such entry; clear it, or choose business",
        "Verbraucher haben keinen solchen Eintrag; bitte leeren oder Unternehmen wählen",
    ),
    "email": Message(
        "“{value}” is no e-mail address; it reads like name@company.com",
        "„{value}“ ist keine E-Mail-Adresse; sie lautet wie name@firma.de",
    ),
    "phone": Message(
        "“{value}” is no phone number; it has 5 to 15 digits, such as +49 40 5550142",
        "„{value}“ ist keine Telefonnummer; sie hat 5 bis 15 Ziffern, etwa +49 40 5550142",
    ),
    "currency": Message(
        "“{value}” is no currency; use an ISO 4217 code such as EUR, CHF or GBP",
        "„{value}“ ist keine Währung; bitte ISO-4217-Kürzel wie EUR, CHF oder GBP angeben",
    ),
    "price_places": Message(
        "“{value}” has more decimals than {currency} knows",
        "„{value}“ hat mehr Nachkommastellen, als {currency} kennt",
    ),
    "percent_fraction": Message(
        "“{value}” is a fraction; write {percent} for {percent} %",
        "„{value}“ ist ein Bruchteil; bitte {percent} für {percent} % schreiben",
    ),
    "payment_days": Message(
        "{value} days are more than the 60 that § 271a BGB allows without an express and fair "
        "agreement; choose at most 60, or confirm that a longer period was agreed",
        "{value} Tage sind mehr als die 60, die § 271a BGB ohne ausdrückliche und nicht grob "
        "unbillige Vereinbarung zulässt; bitte höchstens 60 wählen, oder die Vereinbarung "
        "bestätigen",
    ),
    "discount_percent": Message(
        "{value} % is no discount; write more than 0 and less than 100, or leave it out",
        "{value} % ist kein Skonto; bitte mehr als 0 und weniger als 100 schreiben oder weglassen",
    ),
    "discount_half": Message(
        "a cash discount needs both its percent and its days",
        "ein Skonto braucht beides, seinen Prozentsatz und seine Tage",
    ),
    "exemption_taxed": Message(
        "is only for services without VAT; set the VAT to 0, or leave the reason out",
        "gibt es nur für Leistungen ohne Umsatzsteuer; bitte die USt auf 0 setzen oder den Grund "
        "weglassen",
    ),
    "key": Message(
        "“{value}” cannot be a number or code; use letters, digits and . _ / - only",
        "„{value}“ kann keine Nummer sein; nur Buchstaben, Ziffern und . _ / - verwenden",
    ),
    "ends_before_start": Message(
        "lies before the start; correct one of the two dates",
        "liegt vor dem Beginn; bitte eines der beiden Daten berichtigen",
    ),
    "closed_day_of_open": Message(
        "is given though the project is not closed; set the stage to closed, or leave the day out",
        "ist angegeben, obwohl das Projekt nicht abgeschlossen ist; bitte die Phase auf "
        "„Abgeschlossen“ setzen oder den Tag weglassen",
    ),
    "evidence_missing": Message(
        "is missing; a consent needs its evidence (§ 7 UWG), such as “form of 2026-03-02”",
        "fehlt; eine Einwilligung braucht ihren Nachweis (§ 7 UWG), etwa „Formular vom 02.03.2026“",
    ),
    "opted_out": Message(
        "the contact objected on {day}; only a newer consent with its date lifts that",
        "die Person hat am {day} widersprochen; nur eine neuere Einwilligung mit Datum hebt das "
        "auf",
    ),
    "not_found": Message(
        "“{value}” is not on file; enter it first, or check the spelling",
        "„{value}“ ist nicht erfasst; bitte zuerst anlegen oder die Schreibweise prüfen",
    ),
    "other_name": Message(
        "“{value}” is another than “{name}”, which is what {key} is called; correct the number or "
        "the name",
        "„{value}“ ist ein anderer Name als „{name}“, wie {key} heißt; bitte Nummer oder Namen "
        "berichtigen",
    ),
    "spare_headings": Message(
        "columns read only where the one before them is empty: {headings}",
        "Spalten, die nur gelten, wo die eigentliche leer ist: {headings}",
    ),
    "depends": Message(
        "“{value}” stands in row {row} of {label}, which has problems; correct those first",
        "„{value}“ steht in Zeile {row} von {label}, die Fehler hat; bitte erst diese berichtigen",
    ),
    "ambiguous_name": Message(
        "“{value}” fits several: {candidates}; use the number",
        "„{value}“ passt auf mehrere: {candidates}; bitte die Nummer verwenden",
    ),
    "same_name": Message(
        "{number} has this name at another address; give its number to change it, or “new” as "
        "number for another client",
        "{number} trägt diesen Namen mit anderer Anschrift; bitte dessen Nummer angeben, um ihn zu "
        "ändern, oder „neu“ als Nummer für einen weiteren Kunden",
    ),
    "other_client": Message(
        "project {number} belongs to client {client}; a project does not change hands",
        "Projekt {number} gehört zu Kunde {client}; ein Projekt wechselt den Kunden nicht",
    ),
    "no_hours": Message(
        "“{value}” is no number of hours; write 1:30 or 1.5",
        "„{value}“ ist keine Stundenzahl; bitte 1:30 oder 1,5 schreiben",
    ),
    "hours_missing": Message(
        "is missing; give the hours, or a quantity with its unit",
        "fehlt; bitte die Stunden angeben, oder eine Menge mit Einheit",
    ),
    "hours_and_quantity": Message(
        "is given beside the hours; give one of the two",
        "ist neben den Stunden angegeben; bitte nur eines von beiden angeben",
    ),
    "unit_of_hours": Message(
        "does not fit the hours; give another unit with a quantity instead",
        "passt nicht zu den Stunden; eine andere Einheit bitte mit einer Menge angeben",
    ),
    "unit_missing": Message(
        "is missing; say what the quantity counts: hours, days, months or pieces",
        "fehlt; bitte sagen, was die Menge zählt: Stunden, Tage, Monate oder Stück",
    ),
    "no_lump_sum": Message(
        "work done is counted in hours, days, months or pieces, not as a lump sum",
        "erbrachte Leistungen zählen in Stunden, Tagen, Monaten oder Stück, nicht als Pauschale",
    ),
    "claimed": Message(
        "{number} reports this record, so it stays as it is; enter a correction as a record of "
        "its own",
        "steht in {number} und bleibt darum, wie es ist; bitte eine Berichtigung als eigenen "
        "Eintrag erfassen",
    ),
    "accepted_already": Message(
        "“{value}” was accepted already; it is finished",
        "„{value}“ ist schon abgenommen, also fertig",
    ),
    "fee_ends_inside": Message(
        "“{value}” lies inside of a period; the period ends on {last}",
        "„{value}“ liegt mitten in einem Zeitraum; er endet am {last}",
    ),
    "fee_charged": Message(
        "cannot change, since {count} invoices rest on it; end this fee and enter another",
        "lässt sich nicht ändern, da {count} Rechnungen darauf beruhen; bitte diese Gebühr beenden "
        "und eine neue eintragen",
    ),
    "several_prices": Message(
        "is missing; the project plans {service} at several prices, so say which the fee has",
        "fehlt; das Projekt plant {service} zu mehreren Preisen, bitte den der Gebühr angeben",
    ),
    "other": Message("{sentence}", "{sentence}"),
}
"""Code to sentence. A sentence says what is wrong and what to do, never where (the field does)."""

"""What an import of bank files did, in words: files, bookings with their reasons, what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from acctflows.agency.markdown import escape, table
from acctflows.money import Money
from acctflows.receivables.payments.matching_evidence import Evidence

MOST = 100
"""Rows of a list; the rest is counted."""


@dataclass(frozen=True)
class FileRow:
    """A file that was taken now or before."""

    name: str
    formats: str
    accounts: str
    from_on: date | None
    to_on: date | None
    lines: int
    new_lines: int
    warnings: tuple[tuple[str, str], ...] = ()
    """In German and in English."""


@dataclass(frozen=True)
class LineRow:
    """A bank line and what was found about it."""

    day: date
    payer: str
    text: str
    amount: Money
    goes_to: str
    """Numbers of the invoices; empty for none."""
    reasons: tuple[Evidence, ...]
    proposed: bool = False


@dataclass(frozen=True)
class AccountRow:
    """An account as the newest statement tells it."""

    account: str
    balance: Money | None
    as_of: date | None


@dataclass(frozen=True)
class BankReport:
    """All of it; ``waiting`` are all lines that wait for a person, not only those of this run."""

    files: tuple[FileRow, ...]
    refused: tuple[tuple[str, str], ...]
    growing: tuple[str, ...]
    booked: tuple[LineRow, ...]
    waiting: tuple[LineRow, ...]
    accounts: tuple[AccountRow, ...]
    bank_data_as_of: date | None

    def summary(self, language: str) -> str:
        """One sentence with the figures."""
        words = _WORDS[language]
        proposed = sum(line.proposed for line in self.waiting)
        facts = {
            "files": len(self.files),
            "refused": len(self.refused),
            "new": sum(file.new_lines for file in self.files),
            "booked": len(self.booked),
            "sum": _sums(self.booked, language),
            "proposed": proposed,
            "open": len(self.waiting) - proposed,
        }
        parts = [words["done"].format(**facts)]
        if self.booked:
            parts.append(words["received"].format(**facts))
        if self.waiting:
            parts.append(words["wait"].format(**facts))
        if self.refused:
            parts.append(words["some_refused"].format(**facts))
        return " ".join(parts)

    def markdown(self, language: str, *, desk: str) -> str:
        """The report for an artifact.

        Args:
            language: ``de`` or ``en``.
            desk: Address of the desk's page on which lines are assigned.
        """
        words = _WORDS[language]
        parts = [f"# {words['title']}", escape(self.summary(language))]
        parts += self._refused(words)
        parts += self._waiting(words, language, desk)
        parts += _section(words, "booked", [_booked(line, language) for line in self.booked])
        parts += _section(words, "files", [_file(file, words, language) for file in self.files])
        notes = [
            f"- {escape(file.name)}: {escape(note[language == 'en'])}"
            for file in self.files
            for note in file.warnings
        ]
        notes += [f"- {escape(name)}: {words['still_growing']}" for name in self.growing]
        if notes:
            parts += [f"## {words['notes']}", "\n".join(notes)]
        accounts = [_account(account, words, language) for account in self.accounts]
        parts += _section(words, "accounts", accounts)
        if self.bank_data_as_of:
            parts.append(words["as_of"].format(day=_day(self.bank_data_as_of, language)))
        return "\n\n".join(parts) + "\n"

    def _refused(self, words: dict[str, str]) -> list[str]:
        if not self.refused:
            return []
        rows = [f"- **{escape(name)}**: {escape(why)}" for name, why in self.refused]
        return [f"## {words['refused']}", "\n".join(rows)]

    def _waiting(self, words: dict[str, str], language: str, desk: str) -> list[str]:
        rows = [_waiting(line, words, language) for line in self.waiting]
        section = _section(words, "waiting", rows)
        return [*section, f"[{words['to_desk']}]({desk})"] if section else []


def _section(words: dict[str, str], name: str, rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    header = words[f"{name}_columns"].split("|")
    more = [words["more"].format(count=len(rows) - MOST)] if len(rows) > MOST else []
    return [f"## {words[name]}", table(header, rows[:MOST]), *more]


def _booked(line: LineRow, language: str) -> list[str]:
    return [
        _day(line.day, language),
        line.payer or line.text[:60],
        line.amount.format(language),
        line.goes_to,
        _said(line, language),
    ]


def _waiting(line: LineRow, words: dict[str, str], language: str) -> list[str]:
    return [
        _day(line.day, language),
        line.payer,
        line.text[:100],
        line.amount.format(language),
        words["proposed"].format(numbers=line.goes_to) if line.proposed else words["nothing"],
        _said(line, language),
    ]


def _file(file: FileRow, words: dict[str, str], language: str) -> list[str]:
    days = {_day(day, language) for day in (file.from_on, file.to_on) if day}
    known = file.lines - file.new_lines
    return [
        file.name,
        file.formats,
        file.accounts or words["unnamed"],
        " – ".join(sorted(days)) or "–",
        str(file.new_lines),
        str(known) if known else "–",
    ]


def _account(account: AccountRow, words: dict[str, str], language: str) -> list[str]:
    return [
        account.account or words["unnamed"],
        account.balance.format(language) if account.balance else "–",
        _day(account.as_of, language) if account.as_of else "–",
    ]


def _said(line: LineRow, language: str) -> str:
    return " ".join(each.de if language == "de" else each.en for each in line.reasons)


def _sums(lines: Sequence[LineRow], language: str) -> str:
    sums: dict[str, Money] = {}
    for line in lines:
        currency = line.amount.currency
        sums[currency] = sums.get(currency, Money.zero(currency)) + line.amount
    return ", ".join(each.format(language) for each in sums.values())


def _day(day: date, language: str) -> str:
    return day.strftime("%d.%m.%Y" if language == "de" else "%d/%m/%Y")


_WORDS = {
    "de": {
        "title": "Kontoumsätze",
        "done": "Dateien: {files}, neue Zeilen: {new}, gebucht: {booked}.",
        "received": "Zusammen {sum}.",
        "wait": "Es warten {proposed} Vorschläge und {open} Zeilen ohne Zuordnung.",
        "some_refused": "Abgelehnte Dateien: {refused}.",
        "refused": "Abgelehnt",
        "waiting": "Zu entscheiden",
        "waiting_columns": "Tag|Zahler|Verwendungszweck|Betrag|Vorschlag|Warum",
        "booked": "Gebucht",
        "booked_columns": "Tag|Zahler|Betrag|Rechnung|Warum",
        "files": "Dateien",
        "files_columns": "Datei|Format|Konto|Tage|Neue Zeilen|Schon bekannt",
        "accounts": "Konten",
        "accounts_columns": "Konto|Saldo|Vollständig bis",
        "notes": "Hinweise",
        "proposed": "Vorschlag: {numbers}",
        "nothing": "–",
        "to_desk": "Am Schreibtisch zuordnen",
        "unnamed": "nicht genannt",
        "still_growing": "wird noch geschrieben; kommt beim nächsten Lauf dran.",
        "more": "… und {count} weitere.",
        "as_of": "Alle Zahlungen sind bekannt bis {day}.",
    },
    "en": {
        "title": "Bank statements",
        "done": "Files: {files}, new lines: {new}, booked: {booked}.",
        "received": "{sum} in all.",
        "wait": "{proposed} proposals and {open} lines without an assignment wait.",
        "some_refused": "Files refused: {refused}.",
        "refused": "Refused",
        "waiting": "To decide",
        "waiting_columns": "Day|Payer|Text|Amount|Proposal|Why",
        "booked": "Booked",
        "booked_columns": "Day|Payer|Amount|Invoice|Why",
        "files": "Files",
        "files_columns": "File|Format|Account|Days|New lines|Known already",
        "accounts": "Accounts",
        "accounts_columns": "Account|Balance|Complete until",
        "notes": "Remarks",
        "proposed": "Proposal: {numbers}",
        "nothing": "–",
        "to_desk": "Assign them on the desk",
        "unnamed": "not named",
        "still_growing": "is still being written; its turn comes with the next run.",
        "more": "… and {count} more.",
        "as_of": "All payments are known until {day}.",
    },
}

"""What a run over the contracts did, and which notice days come next, to be read in a minute."""

from dataclasses import dataclass, field
from datetime import date

from acctflows.agency.markdown import escape, table
from acctflows.contracts.term_dates import NoticeDay, Reminder, RunningTerm
from acctflows.contracts.watching import Watched
from acctflows.documents.wording import long_date

LONGEST_LIST = 50
"""Lines of a table; the sentence counts all of them."""

_WORDS = {
    "de": {
        "renewed": ("{} Verlängerung festgehalten", "{} Verlängerungen festgehalten"),
        "reminded": ("an {} Kündigungstermin erinnert", "an {} Kündigungstermine erinnert"),
        "problems": ("{} Fehler", "{} Fehler"),
        "nothing": "Kein Vertrag verlängert sich heute, kein Kündigungstermin rückt heran",
        "renewed_head": "Stillschweigend verlängert",
        "reminded_head": "Erinnert",
        "ahead_head": "Die nächsten Kündigungstermine",
        "problems_head": "Zu beheben",
        "renewed_columns": ("Vertrag", "Kunde", "Laufzeit", "Von", "Bis"),
        "reminded_columns": ("Vertrag", "Kunde", "Zuständig", "Kündigen bis", "Tage vorher"),
        "ahead_columns": ("Vertrag", "Kunde", "Kündigen bis", "Ende", "Sonst bis"),
        "open_ended": "unbefristet",
        "more": "{} weitere stehen nicht in der Liste.",
        "desk": "Alle Verträge nach Kündigungstermin, am Schreibtisch",
    },
    "en": {
        "renewed": ("{} renewal recorded", "{} renewals recorded"),
        "reminded": ("reminded of {} notice day", "reminded of {} notice days"),
        "problems": ("{} problem", "{} problems"),
        "nothing": "No contract is renewed today, no notice day is near",
        "renewed_head": "Tacitly renewed",
        "reminded_head": "Reminded",
        "ahead_head": "The next notice days",
        "problems_head": "To be put right",
        "renewed_columns": ("Contract", "Client", "Term", "From", "Until"),
        "reminded_columns": ("Contract", "Client", "Manager", "Notice by", "Days before"),
        "ahead_columns": ("Contract", "Client", "Notice by", "End", "Otherwise until"),
        "open_ended": "open-ended",
        "more": "{} more are not listed here.",
        "desk": "All contracts by notice day, on the desk",
    },
}


@dataclass
class WatchReport:
    """What was done for the contracts of one batch or of all."""

    watched: list[Watched] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, other: "WatchReport") -> None:
        """Take over what another batch did."""
        self.watched += other.watched
        self.problems += other.problems

    @property
    def renewed(self) -> list[tuple[Watched, RunningTerm]]:
        """The terms that were put on record."""
        return [(each, term) for each in self.watched for term in each.renewed]

    @property
    def reminded(self) -> list[tuple[Watched, NoticeDay, Reminder]]:
        """The contracts whose manager was reminded."""
        return [
            (each, each.outlook.notice, each.reminder)
            for each in self.watched
            if each.outlook.notice and each.reminder
        ]

    @property
    def ahead(self) -> list[tuple[Watched, NoticeDay]]:
        """The contracts with a notice day ahead, the nearest first."""
        found = [(each, each.outlook.notice) for each in self.watched if each.outlook.notice]
        return sorted(found, key=lambda pair: (pair[1].notice_by, pair[0].number))

    def sentence(self, language: str) -> str:
        """All of it in a line."""
        words = _WORDS[language]
        counts = {
            "renewed": len(self.renewed),
            "reminded": len(self.reminded),
            "problems": len(self.problems),
        }
        parts = [words[key][count != 1].format(count) for key, count in counts.items() if count]
        said = ", ".join(parts) or str(words["nothing"])
        return f"{said[0].upper()}{said[1:]}."

    def markdown(self, *, day: str, desk: str, language: str) -> str:
        """The report as Markdown: what was done, then the notice days that come next.

        Args:
            day: The day the run is for, in words.
            desk: Address of the desk, without a trailing slash.
            language: ``de`` or ``en``.
        """
        parts = [f"## {self.sentence(language)}", day]
        if self.problems:
            parts.append(f"### {_WORDS[language]['problems_head']}")
            parts.append("\n".join(f"- {escape(problem)}" for problem in self.problems))
        for what in ("renewed", "reminded", "ahead"):
            parts += _section(what, _rows(self, what, language), language)
        parts.append(f"[{_WORDS[language]['desk']}]({desk}/contracts)")
        return "\n\n".join(parts)


def _section(what: str, rows: list[tuple[str, ...]], language: str) -> list[str]:
    """The heading and table of a list; nothing where it is empty."""
    if not rows:
        return []
    words = _WORDS[language]
    shown = [f"### {words[f'{what}_head']}", table(words[f"{what}_columns"], rows[:LONGEST_LIST])]
    if len(rows) > LONGEST_LIST:
        shown.append(str(words["more"]).format(len(rows) - LONGEST_LIST))
    return shown


def _rows(report: WatchReport, what: str, language: str) -> list[tuple[str, ...]]:
    """The lines of a list."""

    def said(day: date | None) -> str:
        return long_date(day, language) if day else str(_WORDS[language]["open_ended"])

    if what == "renewed":
        return [
            (each.number, each.client, str(term.number), said(term.first_day), said(term.last_day))
            for each, term in report.renewed
        ]
    if what == "reminded":
        return [
            (each.number, each.client, each.manager, said(day.notice_by), str(due.days_before))
            for each, day, due in report.reminded
        ]
    return [
        (
            each.number,
            each.client,
            said(day.notice_by),
            said(day.term.last_day),
            said(day.renewal.last_day),
        )
        for each, day in report.ahead
    ]

"""What a run of the survey did, and the figures so far, to be read in a minute."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from acctflows.documents.wording import long_date
from acctflows.satisfaction.inviting import Considered
from acctflows.satisfaction.recovery import Late
from acctflows.satisfaction.result import Result
from acctflows.satisfaction.result_words import WORDS, driver_words

LONGEST_LIST = 100
"""Lines of a table; the sentence counts all of them."""

_WORDS = {
    "de": {
        "asked": "{} eingeladen",
        "would_ask": "{} würden eingeladen",
        "reminded": "{} erinnert",
        "would_remind": "{} würden erinnert",
        "not_asked": "{} nicht gefragt",
        "late": "{} überfällig beim Wiedergutmachen",
        "problems": "{} Fehler",
        "nothing": "Niemand ist zu fragen oder zu erinnern",
        "asked_head": "Eingeladen",
        "would_ask_head": "Würden eingeladen",
        "reminded_head": "Erinnert",
        "would_remind_head": "Würden erinnert",
        "not_asked_head": "Nicht gefragt, und warum",
        "problems_head": "Zu beheben",
        "late_head": "Unzufriedene Kunden ohne Ergebnis",
        "late_columns": ("Kunde", "Zuständig", "Fällig"),
        "columns": ("Kunde", "Kontakt", "Projekt", "Warum"),
        "more": "{} weitere stehen nicht in der Liste.",
        "desk": "Antworten, Gründe und PDF am Schreibtisch",
    },
    "en": {
        "asked": "{} asked",
        "would_ask": "{} would be asked",
        "reminded": "{} reminded",
        "would_remind": "{} would be reminded",
        "not_asked": "{} not asked",
        "late": "{} overdue to be made good",
        "problems": "{} problems",
        "nothing": "Nobody is to be asked or reminded",
        "asked_head": "Asked",
        "would_ask_head": "Would be asked",
        "reminded_head": "Reminded",
        "would_remind_head": "Would be reminded",
        "not_asked_head": "Not asked, and why",
        "problems_head": "To be put right",
        "late_head": "Unhappy clients without an outcome",
        "late_columns": ("Client", "Owner", "Due"),
        "columns": ("Client", "Contact", "Project", "Why"),
        "more": "{} more are not listed here.",
        "desk": "Answers, reasons and PDF on the desk",
    },
}


@dataclass
class RunReport:
    """What was decided about everybody the run thought of, in one batch or in all."""

    dry_run: bool = False
    asked: list[Considered] = field(default_factory=list)
    reminded: list[Considered] = field(default_factory=list)
    not_asked: list[Considered] = field(default_factory=list)
    """Neither invited nor reminded, with the reasons."""
    late: list[Late] = field(default_factory=list)
    """Recovery actions past their day."""
    problems: list[str] = field(default_factory=list)

    def note(self, considered: Considered, allowed: list[Considered]) -> None:
        """Put it down in its list, or among those who were not asked."""
        (allowed if considered.decision.allowed else self.not_asked).append(considered)

    def add(self, other: "RunReport") -> None:
        """Take over what another batch did."""
        self.asked += other.asked
        self.reminded += other.reminded
        self.not_asked += other.not_asked
        self.late += other.late
        self.problems += other.problems

    def sentence(self, language: str) -> str:
        """All of it in a line."""
        words = _WORDS[language]
        counts: dict[str, Sequence[object]] = {
            "would_ask" if self.dry_run else "asked": self.asked,
            "would_remind" if self.dry_run else "reminded": self.reminded,
            "not_asked": self.not_asked,
            "late": self.late,
            "problems": self.problems,
        }
        parts = [str(words[key]).format(len(each)) for key, each in counts.items() if each]
        return f"{', '.join(parts) or words['nothing']}."

    def markdown(
        self, result: Result, *, day: str, chart: Callable[[], bytes], desk: str, language: str
    ) -> str:
        """The report as Markdown: figures and reasons, who was asked, and who was not and why.

        Args:
            result: The figures up to the day.
            day: The day the run is for, in words.
            chart: Draws how the scores spread, as PNG; asked only where there are any.
            desk: Address of the desk, without a trailing slash.
            language: ``de`` or ``en``.
        """
        words = _WORDS[language]
        parts = [f"## {self.sentence(language)}", day]
        parts += [f"**{_plain(sentence)}**" for sentence in result.sentences(language)]
        if result.scores:  # the picture is in the text, for Prefect stores no files
            picture = base64.b64encode(chart()).decode()
            parts.append(f"![NPS](data:image/png;base64,{picture})")
        parts += [_reasons(result, language), *result.left_out(language)]
        parts.append(f"[{words['desk']}]({desk}/satisfaction)")
        if self.problems:
            listed = "\n".join(f"- {_plain(each)}" for each in self.problems)
            parts.append(f"### {words['problems_head']}\n\n{listed}")
        if self.late:
            rows = [
                [each.client, each.owner, long_date(each.due_on, language)] for each in self.late
            ]
            parts.append(_grid(str(words["late_head"]), words["late_columns"], rows))
        asked, reminded = ("would_ask", "would_remind") if self.dry_run else ("asked", "reminded")
        parts += [
            _table(f"{asked}_head", self.asked, language),
            _table(f"{reminded}_head", self.reminded, language),
            _table("not_asked_head", self.not_asked, language),
        ]
        return "\n\n".join(filter(None, parts))


def _reasons(result: Result, language: str) -> str:
    """Why scores are what they are, those of the unhappiest first."""
    if not result.drivers:
        return ""
    words = WORDS[language]
    columns = [words[each] for each in ("reason", "answers", "mean", "detractors")]
    rows = [driver_words(each, result.reasons, language) for each in result.drivers]
    return _grid(words["reasons"], columns, rows)


def _table(head: str, lines: list[Considered], language: str) -> str:
    if not lines:
        return ""
    words = _WORDS[language]
    why = head == "not_asked_head"
    rows = [
        [line.client, line.contact or "–", line.project]
        + ([line.decision.text(language)] if why else [])
        for line in lines[:LONGEST_LIST]
    ]
    table = _grid(str(words[head]), [*words["columns"]][: 4 if why else 3], rows)
    more = len(lines) - LONGEST_LIST
    return table + (f"\n\n{str(words['more']).format(more)}" if more > 0 else "")


def _grid(head: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *(map(_plain, row) for row in rows)]
    return "\n".join([f"### {head}", "", *(f"| {' | '.join(line)} |" for line in lines)])


def _plain(text: str) -> str:
    """The text as it stands in a cell: no line breaks, nothing that Markdown or HTML would read."""
    return " ".join(text.replace("|", r"\|").replace("<", "&lt;").split())

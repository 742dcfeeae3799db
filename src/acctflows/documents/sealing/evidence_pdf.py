"""Draws the pages of evidence: who accepted what, when, how and from where."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import segno

from acctflows.documents.pdf.faces import BOLD
from acctflows.documents.pdf.flow import Flow, writing_letter
from acctflows.documents.pdf.letterhead import LEFT, RIGHT, TEXT_WIDTH, Letterhead, Stationery
from acctflows.documents.pdf.sheet import GREY, MM, RULE
from acctflows.documents.pdf.table import LEADING, SIZE, Cell, Column, Row, draw_table
from acctflows.documents.sealing.evidence import Evidence, SignerEvidence, Way
from acctflows.documents.sealing.evidence_words import FORMS, PLACES, SEAL, WAYS, WORDS
from acctflows.documents.text import clean_text
from acctflows.documents.wording import long_date
from acctflows.money import NBSP, format_number

_LABEL: float = 42 * MM
_CODE: float = 24 * MM
_SIZE, _LEADING = 9.5, 13.0
_SMALL, _SMALL_LEADING = 8.5, 11.5
_TABLE_HEAD = 85.0
"""Height of what a table needs above and around its first row, with its heading."""


@dataclass(frozen=True)
class House:
    """How the agency's pages look, and by which clock it lives.

    Args:
        stationery: Typefaces, colour and logo.
        name: The agency's short name.
        footer: Columns of legal particulars, line by line.
        zone: Its time zone.
    """

    stationery: Stationery
    name: str
    footer: tuple[tuple[str, ...], ...]
    zone: ZoneInfo


def evidence_pages(evidence: Evidence, *, language: str, house: House) -> bytes:
    """The pages of evidence as a PDF, byte for byte the same for the same input.

    Args:
        evidence: All facts.
        language: ``de`` or ``en``: of the frame; declarations stay in their own.
        house: How the pages look.
    """
    words: dict[str, Any] = WORDS[language]
    stationery = house.stationery
    title = words["title"].format(number=evidence.number, version=evidence.version)
    letterhead = Letterhead(
        sender="",
        address=(),
        information=(),
        running_title=stationery.faces.settable(title),
        footer=house.footer,
        colour=stationery.colour,
        logo=stationery.logo,
        name=house.name,
    )
    with writing_letter(
        stationery.faces,
        letterhead,
        title=title,
        language=language,
        number=words["page"].format,
    ) as flow:
        _Pages(flow, evidence, language, house.zone).draw()
    return flow.pdf


class _Pages:
    """The evidence being written into a flow."""

    def __init__(self, flow: Flow, evidence: Evidence, language: str, zone: ZoneInfo) -> None:
        self.flow = flow
        self.evidence = evidence
        self.language = language
        self.words: dict[str, Any] = WORDS[language]
        self.zone = zone
        self.replaced = False

    def draw(self) -> None:
        self._draw_opening()
        self._draw_document()
        for signer in self.evidence.signers:
            self._draw_signer(signer)
        self._draw_rounds()
        self._draw_events()
        self._draw_meaning()
        self._draw_mark()

    def _draw_opening(self) -> None:
        flow, top = self.flow, self.flow.y
        code = segno.make_qr(self.evidence.verify_url, error="m")
        modules = [[bool(module) for module in row] for row in code.matrix]
        flow.sheet.matrix(modules, RIGHT - _CODE, top + 2 * MM, _CODE)
        scan, size = self.words["scan"], 7.5
        wide = flow.sheet.faces.width(scan, size)
        under = top + _CODE + 2 * MM + 14  # below the code's quiet zone
        flow.sheet.text(RIGHT - (_CODE + wide) / 2, under, scan, size=size, colour=GREY)
        room = TEXT_WIDTH - _CODE - 8 * MM
        flow.paragraph(
            self.words["heading"],
            width=room,
            size=18,
            leading=23,
            weight=BOLD,
            colour=flow.colour,
        )
        intro = self.words["intro"].format(agency=self.evidence.agency)
        flow.paragraph(self._set(intro), width=room, after=4)
        flow.paragraph(self._set(self.evidence.verify_url), width=room, size=_SIZE, colour=GREY)
        flow.y = max(flow.y, under + 3 * MM)

    def _draw_document(self) -> None:
        evidence, words, shown = self.evidence, self.words, self.evidence.shown
        size = words["size"].format(kind=shown.kind, size=self._number(shown.size))
        self._heading(words["document"])
        self._rows(
            (
                words["kind"],
                words["kind_value"].format(
                    kind=evidence.kind, number=evidence.number, version=evidence.version
                ),
            ),
            (words["name"], evidence.title),
            (words["project"], evidence.project),
            (words["agency"], evidence.agency),
            (words["client"], evidence.client),
            (words["file"], ", ".join(filter(None, (size, self._pages(shown.pages))))),
            (words["file_name"], shown.name),
            (words["sha256"], shown.sha256),
            (words["approved"], self._approval()),
        )

    def _draw_signer(self, signer: SignerEvidence) -> None:
        words = self.words
        who = ", ".join(filter(None, (signer.name, signer.function)))
        several = len(self.evidence.signers) > 1
        label = f"{words['declared']} {signer.position}" if several else words["declared"]
        self._heading(f"{label}: {who}")
        self._rows(
            (words["entered" if signer.proof else "accepted"], self._moment(signer.decided_at)),
            (words["way"], WAYS[self.language][signer.way]),
            (words["invited"], signer.invited),
            (words["proof"], signer.proof),
            (words["ip"], signer.ip),
            (words["agent"], signer.user_agent),
            (words["had"], signer.sha256),
            *((words["reservations"], each) for each in signer.reservations),
        )
        self._draw_consent(signer)

    def _draw_consent(self, signer: SignerEvidence) -> None:
        """The exact words, with a line beside them, and their hash: a typeface may lack a sign."""
        flow, words = self.flow, self.words
        shown = signer.way in (Way.LINK, Way.CODE)
        spoken = words["languages"].get(signer.consent_language, signer.consent_language)
        flow.need(4 * _LEADING)
        flow.y += 2
        flow.paragraph(
            words["consent" if shown else "recorded"].format(language=spoken),
            size=_SMALL,
            leading=_SMALL_LEADING,
            colour=GREY,
            after=2,
        )
        inset = 4 * MM
        for line in flow.sheet.faces.wrap(
            self._set(signer.consent_text), _SIZE, TEXT_WIDTH - inset
        ):
            flow.need(_LEADING)
            flow.sheet.box(LEFT, flow.y + 1.5, 1.2, _LEADING, colour=RULE)
            flow.sheet.text(LEFT + inset, flow.y + _SIZE + 1.5, line, size=_SIZE)
            flow.y += _LEADING
        flow.y += 6
        digest = hashlib.sha256(signer.consent_text.encode("utf-8", "replace")).hexdigest()
        self._rows((words["consent_hash"], digest))

    def _draw_rounds(self) -> None:
        if not self.evidence.rounds:
            return
        words = self.words
        rows = [
            Row((Cell(str(each.version)), self._time(each.at), Cell(self._set(each.words))), 0)
            for each in self.evidence.rounds
        ]
        columns = [
            Column(words["version"], 18 * MM),
            Column(words["time"], 42 * MM),
            Column(words["said"], TEXT_WIDTH - 60 * MM),
        ]
        self._table(words["rounds"], columns, rows)

    def _draw_events(self) -> None:
        if not self.evidence.events:
            return
        words = self.words
        rows = [
            Row((self._time(each.at), Cell(self._set(each.words)), Cell(self._set(each.actor))), 0)
            for each in self.evidence.events
        ]
        columns = [
            Column(words["time"], 42 * MM),
            Column(words["event"], TEXT_WIDTH - 92 * MM),
            Column(words["actor"], 50 * MM),
        ]
        self._table(words["events"], columns, rows)
        self._small(words["zone"].format(self.zone.key))

    def _draw_meaning(self) -> None:
        evidence, language = self.evidence, self.language
        ways = dict.fromkeys(signer.way for signer in evidence.signers)
        self._heading(self.words["shows"])
        for way in ways:
            self._body(FORMS[language][way])
        place = PLACES[language][evidence.placement]
        self._body(place.format(size=self._number(evidence.shown.size)))
        for paragraph in SEAL[language]:
            self._body(paragraph.format(agency=evidence.agency, url=evidence.verify_url))

    def _draw_mark(self) -> None:
        self.flow.y += 2
        self._small(f"{self.words['audit']}: {self.evidence.audit_hash}")
        if self.replaced:
            self._small(self.words["replaced"])
        self._small(self.evidence.mark)

    def _heading(self, text: str, *, keep: float = 55) -> None:
        """A heading, on one page with what follows it."""
        flow = self.flow
        flow.need(keep)
        flow.y += 8
        flow.paragraph(
            self._set(text), size=12, leading=16, weight=BOLD, colour=flow.colour, after=3
        )

    def _rows(self, *rows: tuple[str, str]) -> None:
        """Labels and values below each other; what is empty is left out."""
        flow, width = self.flow, TEXT_WIDTH - _LABEL
        for label, value in rows:
            if not value:
                continue
            labels = flow.sheet.faces.wrap(label, _SIZE, _LABEL - 4 * MM)
            values = flow.sheet.faces.wrap(self._set(value), _SIZE, width)
            flow.need(len(labels) * _LEADING)
            for number in range(max(len(labels), len(values))):
                flow.need(_LEADING)
                base = flow.y + _SIZE
                if number < len(labels):
                    flow.sheet.text(LEFT, base, labels[number], size=_SIZE, colour=GREY)
                if number < len(values):
                    flow.sheet.text(LEFT + _LABEL, base, values[number], size=_SIZE)
                flow.y += _LEADING
        flow.y += 4

    def _table(self, title: str, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        """A table below its heading, which shares its page with the first row."""
        wrap = self.flow.sheet.faces.wrap
        lines = max(
            len(wrap(cell.text, SIZE, column.width)) + 1
            for cell, column in zip(rows[0].cells, columns, strict=True)
        )
        self._heading(title, keep=_TABLE_HEAD + min(lines * LEADING, self.flow.page_room / 2))
        draw_table(self.flow, columns, rows)
        self.flow.y += 5

    def _body(self, text: str) -> None:
        self.flow.paragraph(self._set(text), size=_SIZE, leading=_LEADING, after=5)

    def _small(self, text: str) -> None:
        text = self._set(text)
        self.flow.paragraph(text, size=_SMALL, leading=_SMALL_LEADING, colour=GREY, after=3)

    def _set(self, text: str) -> str:
        """The text as our typefaces can set it: nobody here may correct what clients typed."""
        settable = self.flow.sheet.faces.settable(text)
        self.replaced |= settable.count("\ufffd") > clean_text(text).count("\ufffd")
        return settable

    def _approval(self) -> str:
        approval = self.evidence.approval
        if approval is None:
            return ""
        at = self._moment(approval.at)
        return str(self.words["approved_value"].format(by=approval.by, at=at))

    def _pages(self, count: int | None) -> str:
        if count is None:
            return ""
        return str(self.words["one_page"] if count == 1 else self.words["pages"].format(count))

    def _number(self, value: int) -> str:
        return format_number(Decimal(value), self.language)

    def _moment(self, at: datetime) -> str:
        """A moment by the agency's clock and in UTC, to the second."""
        local, utc = at.astimezone(self.zone), at.astimezone(UTC)
        return str(
            self.words["moment"].format(
                date=long_date(local.date(), self.language),
                time=f"{local:%H:%M:%S}",
                zone=self.zone.key,
                utc=f"{utc:%Y-%m-%d %H:%M:%S} UTC".replace(" ", NBSP),
            )
        )

    def _time(self, at: datetime) -> Cell:
        """The same for a cell."""
        local, utc = at.astimezone(self.zone), at.astimezone(UTC)
        day = f"{local:%d.%m.%Y}" if self.language == "de" else f"{local:%d %b %Y}"
        return Cell(f"{day}, {local:%H:%M:%S}", small=f"{utc:%Y-%m-%d %H:%M:%S}")

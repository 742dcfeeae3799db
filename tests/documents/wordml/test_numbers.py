"""Numbers as Word shows them; those without the note were also seen in LibreOffice."""

from collections.abc import Sequence

import pytest
from lxml import etree

from acctflows.documents.tags import W
from acctflows.documents.wordml.numbers import Numbering
from acctflows.documents.wordml.styles import Styles

NAMESPACE = f'xmlns:w="{W.strip("{}")}"'


def level(at: int, kind: str, text: str, *, start: int = 1, extra: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{kind}"/>{extra}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def definition(name: int, *inside: str) -> str:
    return f'<w:abstractNum w:abstractNumId="{name}">{"".join(inside)}</w:abstractNum>'


def listed(number: int, of: int, *overrides: str) -> str:
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{of}"/>{"".join(overrides)}</w:num>'


def shown(
    numbering: Sequence[str], *paragraphs: tuple[int, int] | str, styles: str = ""
) -> list[str | None]:
    """The labels of paragraphs in a list (number, level) or of a style."""
    root = etree.fromstring(f"<w:numbering {NAMESPACE}>{''.join(numbering)}</w:numbering>")
    read = Styles(etree.fromstring(f"<w:styles {NAMESPACE}>{styles}</w:styles>"))
    counter = Numbering(root, read)
    labels = [counter.label(_paragraph(each)) for each in paragraphs]
    return [None if each is None else each.text for each in labels]


def _paragraph(place: tuple[int, int] | str) -> etree._Element:
    if isinstance(place, str):
        inside = f'<w:pStyle w:val="{place}"/>'
    else:
        inside = f'<w:numPr><w:ilvl w:val="{place[1]}"/><w:numId w:val="{place[0]}"/></w:numPr>'
    return etree.fromstring(f"<w:p {NAMESPACE}><w:pPr>{inside}</w:pPr></w:p>")


THREE = definition(
    0, level(0, "upperRoman", "%1."), level(1, "decimal", "(%2)"), level(2, "lowerLetter", "%3)")
)


def test_levels_count_below_each_other_and_begin_anew() -> None:
    places = [(1, 0), (1, 1), (1, 1), (1, 2), (1, 2), (1, 1), (1, 2), (1, 0), (1, 1)]
    assert shown([THREE, listed(1, 0)], *places) == [
        "I.", "(1)", "(2)", "a)", "b)", "(3)", "a)", "II.", "(1)",
    ]  # fmt: skip


def test_lists_of_one_definition_count_on_unless_one_begins_anew() -> None:
    anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    lists = [THREE, listed(1, 0), listed(2, 0, anew), listed(3, 0)]
    places = [(1, 0), (1, 0), (2, 0), (2, 0), (1, 0), (3, 0)]
    assert shown(lists, *places) == ["I.", "II.", "I.", "II.", "III.", "IV."]


def test_a_list_may_have_levels_of_its_own() -> None:
    own = f'<w:lvlOverride w:ilvl="0">{level(0, "lowerLetter", "%1/")}</w:lvlOverride>'
    assert shown([THREE, listed(1, 0, own)], (1, 0), (1, 0)) == ["a/", "b/"]


def test_a_list_style_leads_to_the_definition() -> None:
    lists = [
        definition(0, '<w:numStyleLink w:val="LS"/>'),
        definition(1, '<w:styleLink w:val="LS"/>', level(0, "decimalZero", "%1")),
        listed(1, 0),
    ]
    assert shown(lists, (1, 0), (1, 0)) == ["01", "02"]


def test_a_style_puts_its_paragraphs_on_the_level_that_names_it() -> None:
    lists = [
        definition(
            0,
            level(0, "decimal", "§ %1", extra='<w:pStyle w:val="Head"/>'),
            level(1, "decimal", "(%2)", extra='<w:pStyle w:val="Clause"/>'),
        ),
        listed(1, 0),
    ]
    numbered = "<w:pPr><w:numPr><w:numId w:val='1'/></w:numPr></w:pPr>"
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{name}">{inside}</w:style>'
        for name, inside in (
            ("Head", numbered),
            ("Clause", numbered),
            ("Lead", '<w:basedOn w:val="Clause"/>'),
            (
                "Plain",
                "<w:basedOn w:val='Clause'/><w:pPr><w:numPr><w:numId w:val='0'/></w:numPr></w:pPr>",
            ),
        )
    )
    places = ["Head", "Clause", "Lead", "Plain", "Clause", "Head"]
    assert shown(lists, *places, styles=styles) == ["§ 1", "(1)", "(2)", None, "(3)", "§ 2"]


def test_all_levels_in_digits_where_the_law_wants_it() -> None:
    """``w:isLgl``, which LibreOffice does not know."""
    lists = [
        definition(
            0, level(0, "upperRoman", "%1."), level(1, "decimal", "%1.%2", extra="<w:isLgl/>")
        ),
        listed(1, 0),
    ]
    assert shown(lists, (1, 0), (1, 0), (1, 1)) == ["I.", "II.", "2.1"]


def test_a_level_may_count_through() -> None:
    """``w:lvlRestart``, which LibreOffice does not know."""
    lists = [
        definition(
            0,
            level(0, "decimal", "Art. %1", start=5),
            level(1, "decimal", "(%2)", extra='<w:lvlRestart w:val="0"/>'),
        ),
        listed(1, 0),
    ]
    places = [(1, 0), (1, 1), (1, 1), (1, 0), (1, 1)]
    assert shown(lists, *places) == ["Art. 5", "(1)", "(2)", "Art. 6", "(3)"]


@pytest.mark.parametrize(
    ("kind", "start", "expected"),
    [
        ("upperLetter", 26, ["Z", "AA"]),
        ("lowerRoman", 8, ["viii", "ix"]),
        ("upperRoman", 1989, ["MCMLXXXIX", "MCMXC"]),
        ("decimalZero", 9, ["09", "10"]),
        ("russianLower", 2, ["б", "в"]),
        ("ordinalText", 1, ["1", "2"]),
        ("bullet", 1, ["", ""]),
    ],
)
def test_formats(kind: str, start: int, expected: list[str]) -> None:
    lists = [definition(0, level(0, kind, "%1", start=start)), listed(1, 0)]
    assert shown(lists, (1, 0), (1, 0)) == expected


def test_a_list_that_is_not_defined_numbers_nothing() -> None:
    assert shown([], (7, 0)) == [None]

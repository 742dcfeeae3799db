from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.documents.budget import limited
from acctflows.documents.sandbox import TemplateSandbox
from acctflows.documents.soundness import is_well_formed, may_break, may_stray

SANDBOX = TemplateSandbox()


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<w:p><w:r><w:t>{{ x }}{% if y %}a{% else %}b{% endif %}</w:t></w:r></w:p>", False),
        ("{% for a in x %}<w:p><w:r><w:t>{{ a }}</w:t></w:r></w:p> {% endfor %}", False),
        ("<w:p><w:r><w:instrText>PAGE {{ x }}</w:instrText></w:r></w:p>", False),
        ("<w:p>{{ x }}</w:p>", True),
        ('<w:p w:rsidR="1">{{ x }}<w:r/></w:p>', True),
        ("<w:p><w:r><w:t>a</w:t></w:r>{{ x }}</w:p>", True),
        ("<w:p><w:r><w:br/>x</w:r></w:p>", True),
        # Read in order, the text follows an element for text; left out with it, it would not.
        ("<w:r>{% if y %}<w:t>{% endif %}b{% if y %}</w:t>{% endif %}</w:r>", True),
        (
            '<w:r><w:t xml:space="preserve"/></w:r>{% if y %}<w:r><w:t>a{% endif %}b</w:t></w:r>',
            True,
        ),
        ("<w:r><w:t>a{% if y %}</w:t><w:t>{% endif %}b</w:t></w:r>", True),
        ("<w:r>{% if y %}<w:t>a{% else %}<w:t>{% endif %}b</w:t></w:r>", True),
    ],
)
def test_whether_text_may_come_out_where_word_shows_none(xml: str, *, expected: bool) -> None:
    assert may_stray(xml) is expected


def breaks(xml: str) -> bool:
    return may_break(SANDBOX.read(xml))


@pytest.mark.parametrize(
    "xml",
    [
        "<p>{{ x }} {{ x.y[0] }} {{ x or 'nothing' }}</p>",
        '<p a="{{ x }}">{% if x|length > 3 %}{{ x }}{% elif y() %}<r/>{% else %}b{% endif %}</p>',
        "<t>{% for a in x %}<r>{{ loop.index }} {{ a }}</r>{% else %}b{% endfor %}</t>",
    ],
)
def test_what_comes_out_whole_whatever_the_data_is_known(xml: str) -> None:
    assert not breaks(xml)


@pytest.mark.parametrize(
    "xml",
    [
        "<p>{% if y %}<r>{% endif %}{{ x }}{% if y %}</r>{% endif %}</p>",
        "<p>{% if y %}<r>{% else %}<r></r>{% endif %}</p>",
        "<p>{% for a in z %}</p><p>{% endfor %}</p>",
        '<p{% if y %} a="1"{% endif %}/>',
        '<p a="{% if y %}1{% else %}"{% endif %}/>',
        '<p a="{% for a in z %}<r/>{% endfor %}"/>',
        "<{{ x }}/>",
        "<p {{ x }}/>",
        "<p a={{ x }}/>",
        "<p>&{{ x }};</p>",
        "<p>&am{% if y %}p;{% endif %}</p>",
        "<p><!-- {{ x }} --></p>",
        "<p><!-- {% if y %}--{% endif %} --></p>",
        "<p><?x {% if y %}?>{% endif %}?></p>",
        "<p><![CDATA[{% if y %}]]>{% endif %}]]></p>",
        # Cut or made by a filter, they may be markup.
        "<p>{{ (x|e)|truncate(4, True, '') }}</p>",
        "<p>{{ x|e }}</p>",
        "<p>{{ '%c'|format(0) }}</p>",
        "<p>{{ '\\x00' }}</p>",
        "<p>{% for a in x|e %}{{ a }}{% endfor %}</p>",
        "<p>{% set a %}<r>{% endset %}{{ a }}</p>",
        "<p>{% macro a() %}<r>{% endmacro %}{{ a() }}</p>",
        "<p>{% filter upper %}&amp;{% endfilter %}</p>",
    ],
)
def test_what_may_come_out_broken_is_looked_at_each_time(xml: str) -> None:
    assert breaks(xml)


PIECES = [
    *("<a>", "</a>", "<a/>", '<a c="', '"/>', '">', "'", "=", "d", "-", "--", "&amp;", "&", "amp;"),
    *("<!--", "-->", "<?d ", "?>", "<![CDATA[", "]]>", ">", "<", "/"),
]
VALUES = ["<a>", "--", "]]>", "a b=\"'", "&", ""]
xml_pieces = st.sampled_from([*PIECES, "{{ x }}", '<a c="{{ x }}">', "<a>{{ x }}</a>"])
blocks = st.recursive(
    st.lists(xml_pieces, max_size=4).map("".join),
    lambda inner: st.lists(
        st.one_of(
            inner,
            inner.map("<a>{}</a>".format),
            st.tuples(inner, inner).map(
                lambda both: f"{{% if y %}}{both[0]}{{% else %}}{both[1]}{{% endif %}}"
            ),
            inner.map("{{% for x in z %}}{}{{% endfor %}}".format),
        ),
        max_size=3,
    ).map("".join),
    max_leaves=6,
)


@given(blocks)
def test_what_is_called_sound_is_so_with_any_data(inner: str) -> None:
    xml = f"<p>{inner}</p>"
    if breaks(xml):
        return
    filled = SANDBOX.prepare(xml)
    for x, y, z in product(VALUES, (True, False), ([], VALUES)):
        with limited():
            made = filled.render(x=x, y=y, z=z)
        assert is_well_formed(made.encode(), prefixes=False), made

import pytest

from acctflows.documents.soundness import may_stray


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

"""The bytes of a mail: what a client's words can and cannot do to them."""

from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.errors import InputError
from acctflows.mail.message import Attachment, build_message, mail_address
from tests.factories import NOW
from tests.mail.conftest import MESSAGE, SENDER

HOSTILE = [
    "Möwe & Söhne <GmbH>",
    "Hi\r\nBcc: all@bank.example",
    "Hi\r\n\r\n<h1>Body</h1>",
    "Hi\nX-Evil: 1",
    "a\x00b\x0bc\x85d\u2028e\u2029f",
    "=?utf-8?q?Hi=0D=0ABcc:_all@bank.example?=",
    "=?utf-8?b?SGkNCkJjYzogYWxsQGJhbmsuZXhhbXBsZQ==?=",
    '"<ceo@bank.example>, "x',
    '\\" <ceo@bank.example>, \\"',
    "{{ 7*7 }} {% include 'x' %}",
    "عقد مع شركة النورس",
    "👩🏽‍🚀 Käthe 🚀",
    "x" * 10_000,
    "ü" * 10_000,
    "🚀 " * 3_000,
    "\ud800 lone surrogate",
]
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "References", "Reply-To"]


def build(**given: object) -> bytes:
    values: dict[str, object] = {
        "message": MESSAGE,
        "key": "document/V-2026-0001/v1/invitation/3",
        "matter": "document/V-2026-0001",
        "sender": SENDER,
        "recipient": ("Käthe Brünning", "kaethe@moewe.example"),
        "attachments": (),
        "date": NOW,
        "reply_to": ("Lena Hansen", "lena@nordlicht-digital.example"),
    }
    values |= given
    return build_message(values.pop("message"), **values)


def parse(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def assert_sound(raw: bytes) -> EmailMessage:
    """Each header once, none besides ours, lines that every server takes."""
    mail = parse(raw)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    for name in HEADERS:
        assert len(mail.get_all(name, [])) == 1, name
    assert "Bcc" not in mail
    assert "X-Evil" not in mail
    assert not mail.defects
    return mail


def test_mail_says_what_it_is_and_refers_to_its_matter() -> None:
    mail = assert_sound(build())
    other = parse(build(key="document/V-2026-0001/v1/accepted/3"))

    assert str(mail["Subject"]) == MESSAGE.subject
    assert mail["From"].addresses[0].addr_spec == SENDER.address
    assert mail["To"].addresses[0].display_name == "Käthe Brünning"
    assert mail["Reply-To"].addresses[0].addr_spec == "lena@nordlicht-digital.example"
    assert mail["Date"].datetime == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Message-ID"] != other["Message-ID"]
    assert mail["References"] == other["References"]
    assert mail["Message-ID"].endswith("@nordlicht-digital.example>")


def test_text_html_and_files_arrive_as_they_were() -> None:
    files = [
        Attachment("Vertrag – Möwe.pdf", bytes(range(256)) * 300, "application/pdf"),
        Attachment("angebot.csv", "a;ü\n".encode(), "text/csv"),
    ]
    mail = assert_sound(build(attachments=files))

    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert html.get_content().replace("\r\n", "\n") == MESSAGE.html
    arrived = list(mail.iter_attachments())
    assert [part.get_filename() for part in arrived] == [file.name for file in files]
    assert [part.get_payload(decode=True) for part in arrived] == [file.content for file in files]


def test_identical_input_gives_identical_bytes() -> None:
    file = Attachment("a.pdf", b"%PDF", "application/pdf")

    assert build(attachments=[file]) == build(attachments=[file])
    assert build(attachments=[file]) != build(attachments=[file], key="another")


def test_no_content_can_forge_the_boundary_between_parts() -> None:
    boundary = parse(build()).get_boundary()
    text = f"Hallo\n--{boundary}\nContent-Type: text/html\n\n<b>forged</b>\n--{boundary}--\n"

    mail = assert_sound(build(message=replace(MESSAGE, text=text)))

    assert len(list(mail.walk())) == 3  # the frame, the text, the HTML
    part = mail.get_body(("plain",))
    assert part is not None
    assert part.get_content().replace("\r\n", "\n") == text


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize(
    "place",
    [
        lambda words: {"message": replace(MESSAGE, subject=words)},
        lambda words: {"recipient": (words, "kaethe@moewe.example")},
        lambda words: {"reply_to": (words, "lena@nordlicht-digital.example")},
        lambda words: {"sender": replace(SENDER, name=words)},
        lambda words: {"attachments": [Attachment(words, b"x", "application/pdf")]},
        lambda words: {"key": words.replace("\ud800", ""), "matter": words.replace("\ud800", "")},
        lambda words: {"message": replace(MESSAGE, text=words, html=words)},
    ],
    ids=["subject", "recipient", "reply_to", "sender", "file name", "key", "body"],
)
def test_hostile_words_stay_words(words: str, place: Callable[[str], dict[str, object]]) -> None:
    mail = assert_sound(build(**place(words)))

    assert mail["To"].addresses[0].addr_spec == "kaethe@moewe.example"
    assert len(mail["To"].addresses) == len(mail["From"].addresses) == 1


@pytest.mark.parametrize(
    "words", ["Möwe & Söhne <GmbH>", "=?utf-8?q?Hi?=", '"a" \\ b', "عقد 👩🏽‍🚀"]
)
def test_subject_and_names_arrive_literally(words: str) -> None:
    mail = parse(build(message=replace(MESSAGE, subject=words), recipient=(words, "a@b.example")))

    assert str(mail["Subject"]) == words
    assert mail["To"].addresses[0].display_name == words


@given(st.text())
def test_any_text_as_subject_name_and_body(words: str) -> None:
    message = replace(MESSAGE, subject=words, text=words, html=words)

    assert_sound(build(message=message, recipient=(words, "a@b.example")))


def test_address_in_an_international_domain() -> None:
    assert mail_address("info@möwe.example") == "info@xn--mwe-sna.example"
    assert mail_address(" Info@MOEWE.example. ") == "Info@moewe.example"


@pytest.mark.parametrize(
    "address",
    [
        "", "käthe@moewe.example", "kaethe", "kaethe@", "@moewe.example", "a b@moewe.example",
        "a@moewe..example", "a@[127.0.0.1]", "a@moewe.example>", "a@b@moewe.example",
        "a\r\nRCPT TO:<x@y.example>@moewe.example", "a@moewe.example\r\nX: 1", "<a@moewe.example>",
        "a,b@moewe.example", "a@-moewe.example", "a" * 65 + "@moewe.example",
        '"a b"@moewe.example', "a@" + "x." * 125 + "example",
    ],
)  # fmt: skip
def test_address_nobody_can_be_reached_at_is_refused(address: str) -> None:
    with pytest.raises(InputError) as error:
        build(recipient=("", address))
    assert error.value.todo


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A: 1\r\nX-Evil", "1"),
        ("X-A", "1\r\nX-Evil: 1"),
        ("X-A", "1\nX-Evil: 1"),
        ("X-A", "ü"),
        ("X-A", "x" * 901),
        ("X-A", ""),
        ("Bcc", "all@bank.example"),
        ("from", "ceo@bank.example"),
        ("Content-Type", "text/html"),
        ("", "1"),
    ],
)
def test_further_header_that_would_do_harm_is_refused(name: str, value: str) -> None:
    with pytest.raises(InputError):
        build(headers={name: value})


def test_unsubscribe_link_stays_readable_for_machines() -> None:
    link = f"<https://portal.example/u/{'x' * 300}>"

    raw = build(headers={"List-Unsubscribe": link})

    assert f"\r\nList-Unsubscribe: {link}\r\n".encode() in raw
    assert_sound(raw)


@pytest.mark.parametrize("kind", ["", "pdf", "message/rfc822", "multipart/mixed", "a/b\r\nX: 1"])
def test_file_of_a_kind_that_breaks_the_message_is_refused(kind: str) -> None:
    with pytest.raises(InputError, match="media type"):
        build(attachments=[Attachment("a.eml", b"x", kind)])

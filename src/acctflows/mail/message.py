"""From words to bytes: one mail to one recipient, the same bytes for the same input.

The header block is written here, character by character: Python's own header parser decodes what
looks like an encoded word (``=?utf-8?q?…?=``), so a client's words could come out different from
how they went in, line breaks included. The MIME body is Python's (`email.message.EmailMessage`).
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import idna

from acctflows.errors import InputError

SUBJECT_LIMIT = 250
"""Characters of a subject or a name that are kept, as the outbox has them."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_CONTROLS_IN_BODY = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST_ADDRESS = 254  # RFC 5321 4.5.3.1.3: a path has 256 with its brackets
_LOCAL_PART = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")  # dot-atom, RFC 5322 3.2.3
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_HEADER_VALUE = re.compile(r"[ -~]{1,900}")  # a line may have 998 octets, RFC 5322 2.1.1
_MEDIA_TYPE = re.compile(r"(?!message/|multipart/)[a-z]+/[a-z0-9.+-]+")
_OUR_HEADERS = {
    "from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id", "references",
    "in-reply-to", "auto-submitted", "x-auto-response-suppress", "return-path", "mime-version",
}  # fmt: skip
# QP and base64 lines have at most 76 characters (RFC 2045 6.7 and 6.8); 7bit needs no 8BITMIME.
_MIME_POLICY = SMTP.clone(cte_type="7bit", max_line_length=76)


@dataclass(frozen=True)
class Sender:
    """Who a mail is from, and how the agency stands in it.

    Args:
        name: What the recipient's list shows, such as ``Lena Hansen, Nordlicht Digital``.
        address: The address every mail is sent from.
        domain: Domain of the Message-IDs.
        agency: The agency's short name, at the head of the mail.
        colour: The agency's colour, ``#rrggbb``.
        person: Signature lines of the person (name, phone, address).
        legal: Signature lines the law asks for on business letters (§ 35a GmbHG, § 125a HGB).
    """

    name: str
    address: str
    domain: str
    agency: str
    colour: str = "#1f4e5f"
    person: tuple[str, ...] = ()
    legal: tuple[str, ...] = ()

    @property
    def ink(self) -> str:
        """Black or white, whichever is easier to read on the agency's colour (WCAG 2.2, 1.4.3)."""
        parts = (int(self.colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        red, green, blue = (part**2.2 for part in parts)
        # 0.18: where the contrast to black and to white is the same
        return "#111111" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 else "#ffffff"


@dataclass(frozen=True)
class ComposedMail:
    """What a mail says: its subject and the same words as text and as HTML."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Attachment:
    """A file that goes along; ``media_type`` such as ``application/pdf``."""

    name: str
    content: bytes
    media_type: str


def one_line(value: str, limit: int = SUBJECT_LIMIT) -> str:
    """The words without line breaks and control characters, at most ``limit`` characters."""
    return _CONTROLS.sub(" ", value).strip()[:limit].rstrip()


def mail_address(value: str) -> str:
    """The address as every server takes it: ASCII local part, domain in IDNA form (RFC 5890).

    Raises:
        InputError: When it is no address, too long for one, or its local part needs SMTPUTF8.
    """
    local, _, domain = value.strip().rpartition("@")
    if not _LOCAL_PART.fullmatch(local):
        fault = "has letters before the @ that few servers take" if local else "is no mail address"
        raise InputError(
            f"“{one_line(value)}” {fault}", todo="use an address such as name@firma.example"
        )
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode("ascii").removesuffix(".")
    except idna.IDNAError as error:
        raise InputError(
            f"“{one_line(value)}” has no valid domain: {error}", todo="correct the address"
        ) from error
    address = f"{local}@{ascii_domain}"
    if len(address) > _LONGEST_ADDRESS:
        raise InputError(
            f"“{one_line(value)}” has more than {_LONGEST_ADDRESS} characters",
            todo="correct the address",
        )
    return address


def message_id(key: str, domain: str) -> str:
    """The Message-ID of a key: always the same, so that an accidental double shows as one.

    Raises:
        InputError: When the domain is none.
    """
    return f"<{_digest(key)}@{mail_address(f'x@{domain}').partition('@')[2]}>"


def build_message(
    message: ComposedMail,
    *,
    key: str,
    matter: str,
    sender: Sender,
    recipient: tuple[str, str],
    attachments: Sequence[Attachment],
    date: datetime,
    reply_to: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes of a mail, ASCII with CRLF line ends, identical for identical input.

    Args:
        message: Subject, text and HTML.
        key: The business key; Message-ID and MIME boundaries are derived from it.
        matter: Mails of one matter refer to the same (derived) Message-ID and form a thread.
        sender: From whom.
        recipient: Name (may be empty) and address.
        attachments: Files that go along.
        date: The moment the mail was queued, aware.
        reply_to: Name and address answers go to.
        headers: Further headers, such as List-Unsubscribe; printable ASCII.

    Raises:
        InputError: When an address, a header or a media type cannot be used.
    """
    fields = {
        "From": _mailbox(sender.name, sender.address),
        "To": _mailbox(*recipient),
        "Subject": _words(one_line(message.subject)),
        "Date": format_datetime(date.astimezone(UTC)),
        "Message-ID": message_id(key, sender.domain),
        "References": message_id(f"matter/{matter}", sender.domain),
        "Auto-Submitted": "auto-generated",  # RFC 3834: stops well-behaved auto-replies
        "X-Auto-Response-Suppress": "All",  # the same for Exchange
    }
    if reply_to is not None:
        fields["Reply-To"] = _mailbox(*reply_to)
    fields |= dict(_checked(headers or {}))
    block = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return block.encode("ascii") + _mime(message, key=key, attachments=attachments).as_bytes()


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8")).hexdigest()[:32]


def _words(value: str) -> str:
    if value.isascii() and "=?" not in value:
        return value
    return Header(value, "utf-8", maxlinelen=76, header_name="Subject").encode(linesep="\r\n")


def _mailbox(name: str, address: str) -> str:
    address = mail_address(address)
    words = one_line(name)
    if not words:
        return address
    encoded = _words(words)
    if encoded == words:
        escaped = words.replace("\\", "\\\\").replace('"', '\\"')
        encoded = f'"{escaped}"'
    return f"{encoded}\r\n <{address}>"


def _checked(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        ours = name.lower() in _OUR_HEADERS or name.lower().startswith("content-")
        if ours or not _HEADER_NAME.fullmatch(name):
            raise InputError(f"“{one_line(name)}” cannot be given as a further mail header")
        if not _HEADER_VALUE.fullmatch(value):
            raise InputError(
                f"the value “{one_line(value, 60)}” is not printable ASCII of up to 900 characters",
                where=f"mail header {name}",
            )
        yield name, value


def _mime(message: ComposedMail, *, key: str, attachments: Sequence[Attachment]) -> EmailMessage:
    mime = EmailMessage(policy=_MIME_POLICY)
    mime.set_content(_body(message.text), cte="quoted-printable")
    mime.add_alternative(_body(message.html), subtype="html", cte="quoted-printable")
    for attachment in attachments:
        if not _MEDIA_TYPE.fullmatch(attachment.media_type):
            raise InputError(
                f"“{one_line(attachment.media_type)}” is no media type of a file",
                where=f"attachment {one_line(attachment.name)}",
            )
        main, sub = attachment.media_type.split("/")
        mime.add_attachment(
            attachment.content, maintype=main, subtype=sub, filename=_file_name(attachment.name)
        )
    # Python's boundaries are random. “=_” occurs in no quoted-printable and no base64 text
    # (RFC 2045 6.7), so a boundary derived from the key can never be met inside a part.
    for number, part in enumerate(part for part in mime.walk() if part.is_multipart()):
        part.set_boundary(f"=_{_digest(f'{key}/part/{number}')}")
    return mime


def _body(text: str) -> str:
    return _CONTROLS_IN_BODY.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _file_name(name: str) -> str:
    return one_line(re.sub(r'[/\\:"]', "_", name), 120).replace("=?", "=_") or "file"

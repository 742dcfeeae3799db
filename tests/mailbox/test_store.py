"""Mails are kept as files that survive everything but the disk."""

from datetime import timedelta
from pathlib import Path

import pytest

from acctflows.mailbox.store import MailboxStore
from tests.factories import NOW
from tests.mail.conftest import Hands
from tests.mail.test_message import HOSTILE, build

TO = "kaethe@moewe.example"


@pytest.fixture
def store(tmp_path: Path, hands: Hands) -> MailboxStore:
    return MailboxStore(tmp_path / "mailbox", clock_now=hands.now)


@pytest.fixture
def hands() -> Hands:
    return Hands()


def add(store: MailboxStore, raw: bytes, to: str = TO) -> str:
    return store.add(raw, sender="hallo@nordlicht-digital.example", recipients=[to])


def test_newest_mail_comes_first(store: MailboxStore, hands: Hands) -> None:
    first = add(store, build())
    hands.move(seconds=1)
    second = add(store, build())

    lines = store.summaries()

    assert [line.mail_id for line in lines] == [second, first]
    assert lines[0].received_at == NOW + timedelta(seconds=1)
    assert lines[0].sender == ("Lena Hansen, Nordlicht Digital", "hallo@nordlicht-digital.example")
    assert lines[0].recipients == (TO,)
    assert lines[0].subject == "Ihr Vertrag V-2026-0001"


def test_same_mail_at_the_same_moment_is_kept_twice(store: MailboxStore) -> None:
    assert add(store, build()) != add(store, build())
    assert len(store.summaries()) == 2


def test_mail_is_kept_byte_by_byte(store: MailboxStore, tmp_path: Path) -> None:
    raw = build()

    mail_id = add(store, raw)

    reading = store.read(mail_id)
    assert reading is not None
    assert reading.raw.endswith(raw)
    assert reading.raw == (tmp_path / "mailbox" / f"{mail_id}.eml").read_bytes()


def test_next_start_finds_all_mails(store: MailboxStore, tmp_path: Path, hands: Hands) -> None:
    mail_id = add(store, build())

    again = MailboxStore(tmp_path / "mailbox", clock_now=hands.now)

    assert [line.mail_id for line in again.summaries()] == [mail_id]


def test_unfinished_file_is_not_a_mail(store: MailboxStore, tmp_path: Path) -> None:
    (tmp_path / "mailbox" / ".20261123T090000000000-00000000.part").write_bytes(b"Subj")
    (tmp_path / "mailbox" / "notes.eml").write_bytes(b"Subject: x\r\n\r\n")

    assert store.summaries() == []


@pytest.mark.parametrize(
    "mail_id", ["", "..", "../secret", "notes", "20261123T090000000000-00000000", "/etc/passwd"]
)
def test_only_mails_can_be_read(store: MailboxStore, tmp_path: Path, mail_id: str) -> None:
    (tmp_path / "secret.eml").write_bytes(b"secret")
    (tmp_path / "mailbox" / "notes.eml").write_bytes(b"secret")

    assert store.read(mail_id) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"no header at all",
        b"Subject: =?nonsense?q?x?=\r\n\r\nHi",
        b"From: <<>>@@\r\nTo: ,,,\r\nDate: never\r\n\r\nHi",
        b"Content-Type: text/plain; charset=klingon\r\n\r\nHi \xe4",
        b"Content-Type: multipart/mixed\r\n\r\nHi",
        b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n--a\r\n\r\n--a',
        b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nHi",
        b"Content-Disposition: attachment; filename*=klingon''%ff\r\n\r\nx",
    ],
)
def test_odd_mail_hides_nothing(store: MailboxStore, raw: bytes) -> None:
    mail_id = add(store, raw)
    good = add(store, build())

    assert {line.mail_id for line in store.summaries()} == {mail_id, good}
    assert store.read(mail_id) is not None


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_file_name_is_only_a_name(store: MailboxStore, words: str) -> None:
    raw = build(recipient=(words, TO))

    assert store.read(add(store, raw)) is not None

"""What a browser gets from the mailbox."""

import asyncio
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI

from acctflows.clock import Clock
from acctflows.mail.message import Attachment
from acctflows.mailbox.pages import create_pages
from acctflows.mailbox.store import MailboxStore
from acctflows.mailbox.words import WORDS
from tests.conftest import ROOT
from tests.mail.conftest import MESSAGE, Hands
from tests.mail.test_message import HOSTILE, build

KAETHE, OLIVER = "kaethe@moewe.example", "oliver@thistlebrook.example"


@pytest.fixture
def store(tmp_path: Path) -> MailboxStore:
    return MailboxStore(tmp_path, clock_now=Hands().now)


class Browser:
    """Asks the pages as a German browser on the same machine does."""

    def __init__(self, pages: FastAPI) -> None:
        self._pages = pages

    def get(
        self, path: str, *, to: str | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return asyncio.run(self._get(path, to, {"accept-language": "de"} | (headers or {})))

    async def _get(self, path: str, to: str | None, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._pages)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(path, params={"to": to} if to else None, headers=headers)


@pytest.fixture
def browser(store: MailboxStore) -> Browser:
    clock = Clock(zone=ZoneInfo("Europe/Berlin"))
    return Browser(
        create_pages(store, templates=ROOT / "templates", clock=clock, hosts=["127.0.0.1"])
    )


def add(store: MailboxStore, to: str = KAETHE, **given: object) -> str:
    raw = build(recipient=("", to), **given)
    return store.add(raw, sender="hallo@nordlicht-digital.example", recipients=[to])


def test_empty_mailbox_explains_itself(browser: Browser) -> None:
    page = browser.get("/").text

    assert "Noch keine Mail." in page
    assert "Sobald acctflows eine Mail verschickt" in page


def test_list_in_both_languages(browser: Browser, store: MailboxStore) -> None:
    add(store)

    german = browser.get("/")
    english = browser.get("/", headers={"accept-language": "en-GB,en;q=0.9,de;q=0.5"})
    chosen = browser.get("/?lang=en")

    assert "Lokale Mailbox" in german.text
    assert "23.11.2026, 10:00" in german.text
    for page in (english, chosen):
        assert "Local mailbox" in page.text
        assert "23 Nov 2026, 10:00" in page.text
    assert WORDS["de"].keys() == WORDS["en"].keys()


def test_list_of_one_recipient(browser: Browser, store: MailboxStore) -> None:
    add(store, KAETHE, message=replace(MESSAGE, subject="Für Käthe"))
    add(store, OLIVER, message=replace(MESSAGE, subject="For Oliver"))

    both, one = browser.get("/").text, browser.get("/", to=OLIVER).text

    assert "Für Käthe" in both
    assert "For Oliver" in both
    assert "Für Käthe" not in one
    assert "For Oliver" in one


def test_mail_is_read_with_its_files(browser: Browser, store: MailboxStore) -> None:
    file = Attachment("Vertrag – Möwe.pdf", b"%PDF-1.7 ...", "application/pdf")
    mail_id = add(store, attachments=[file])

    page = browser.get(f"/mail/{mail_id}").text
    download = browser.get(f"/mail/{mail_id}/file/1")

    assert "Ihr Vertrag V-2026-0001" in page
    assert "Vertrag – Möwe.pdf" in page
    assert "bitte ansehen" in page
    assert "Auto-Submitted: auto-generated" in page
    assert download.content == file.content
    assert download.headers["content-disposition"].startswith("attachment;")
    assert download.headers["x-content-type-options"] == "nosniff"
    assert browser.get(f"/mail/{mail_id}/source").content.endswith(b"--\r\n")


def test_html_of_a_mail_can_do_nothing_but_be_read(browser: Browser, store: MailboxStore) -> None:
    mail_id = add(store, message=replace(MESSAGE, html="<html><head></head><p>x</p></html>"))

    response = browser.get(f"/mail/{mail_id}/html")

    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert '<head><base target="_blank">' in response.text


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_shown_and_nothing_else(
    browser: Browser, store: MailboxStore, words: str
) -> None:
    marked = f"<script>alert(1)</script>{words}"
    file = Attachment(marked, b"x", "text/html")
    mail_id = add(store, message=replace(MESSAGE, subject=marked, text=marked), attachments=[file])

    for path in ("/", f"/mail/{mail_id}"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert(1)" in page.text


@pytest.mark.parametrize(
    "path",
    ["/mail/nothing", "/mail/20261123T090000000000-00000000", "/mail/%2e%2e%2fsecret", "/admin"],
)
def test_what_is_not_there(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_file_that_is_not_there(browser: Browser, store: MailboxStore) -> None:
    mail_id = add(store)

    assert browser.get(f"/mail/{mail_id}/file/0").status_code == 404
    assert browser.get(f"/mail/{mail_id}/file/1").status_code == 404


def test_foreign_name_for_this_machine_is_refused(browser: Browser, store: MailboxStore) -> None:
    assert browser.get("/", headers={"host": "evil.example"}).status_code == 400


def test_supervisor_sees_that_it_is_well(browser: Browser) -> None:
    assert browser.get("/health").json() == {"status": "ok"}

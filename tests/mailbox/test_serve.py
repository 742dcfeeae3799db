"""The mailbox as a process: a real mail server and real pages."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import sync_playwright

from acctflows.mail.smtp import Mailer, Outcome
from acctflows.mailbox.receiver import LARGEST
from tests.conftest import ROOT, missing
from tests.house import free_ports
from tests.mail.conftest import MESSAGE
from tests.mail.test_message import build

TO = "kaethe@moewe.example"
CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


class Mailbox:
    """``acctflows mailbox``, started, stopped and killed."""

    def __init__(self, home: Path) -> None:
        self.smtp_port, self.web_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.web_port}"
        self._environment = os.environ | {
            "ACCTFLOWS_HOME": str(home),
            "ACCTFLOWS_SMTP_PORT": str(self.smtp_port),
            "ACCTFLOWS_MAILBOX_PORT": str(self.web_port),
        }
        self.start()

    def start(self) -> None:
        self.process = self.launch()
        assert self.process.stdout is not None
        assert "Mailbox" in self.process.stdout.readline()

    def launch(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-u", "-m", "acctflows", "mailbox"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(command, cwd=ROOT, env=self._environment, **pipes)

    def end(self, how: signal.Signals) -> str:
        self.process.send_signal(how)
        words, _ = self.process.communicate(timeout=20)
        return str(words)

    def mailer(self) -> Mailer:
        return Mailer("a@b.example", host="127.0.0.1", port=self.smtp_port, security="none")


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    mailbox = Mailbox(tmp_path)
    yield mailbox
    mailbox.end(signal.SIGKILL)


def test_mail_it_took_survives_a_kill(mailbox: Mailbox) -> None:
    with mailbox.mailer() as mailer:
        assert mailer.deliver(TO, build()).outcome is Outcome.SENT
        mailbox.end(signal.SIGKILL)
    mailbox.start()

    page = httpx.get(mailbox.url).text

    assert page.count("<li>") == 1
    assert "Ihr Vertrag V-2026-0001" in page


def test_stopping_is_quiet(mailbox: Mailbox) -> None:
    assert httpx.get(f"{mailbox.url}/health").status_code == 200

    assert mailbox.end(signal.SIGTERM) == ""


def test_giant_mail_is_refused(mailbox: Mailbox) -> None:
    with mailbox.mailer() as mailer:
        handover = mailer.deliver(TO, b"x" * (LARGEST + 1))

    assert handover.outcome is Outcome.PERMANENT
    assert str(LARGEST) in handover.words


def test_busy_port_is_named_with_the_way_out(mailbox: Mailbox) -> None:
    second = mailbox.launch()
    words, _ = second.communicate(timeout=20)

    assert second.returncode == 1
    assert f"127.0.0.1:{mailbox.smtp_port}" in words
    assert "ACCTFLOWS_SMTP_PORT" in words
    assert "Traceback" not in words


@pytest.mark.browser
def test_mail_in_a_browser_can_be_read_and_followed_and_loads_nothing(mailbox: Mailbox) -> None:
    if not CHROMIUM.exists():
        missing("Chromium")
    with socket.create_server(("127.0.0.1", 0)) as spy, mailbox.mailer() as mailer:
        html = (
            f'<html><head></head><body><a href="{mailbox.url}/health">Ansehen</a>'
            "<script>document.body.textContent = 'a script ran'</script>"
            f'<img src="http://127.0.0.1:{spy.getsockname()[1]}/pixel.png"></body></html>'
        )
        mailer.deliver(TO, build(message=replace(MESSAGE, html=html)))
        with sync_playwright() as play:
            chromium = play.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
            page = chromium.new_page()
            page.goto(mailbox.url)
            page.locator("li a").click()
            body = page.frame_locator("iframe").locator("body")
            with page.expect_popup() as opened:
                body.get_by_text("Ansehen").click()
            assert "ok" in (opened.value.text_content("body") or "")
            assert "a script ran" not in body.inner_text()
            chromium.close()
        spy.setblocking(False)
        with pytest.raises(BlockingIOError):
            spy.accept()

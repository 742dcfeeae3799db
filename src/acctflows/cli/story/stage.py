"""What every chapter of the story stands on: the application, Prefect, the manager's browser.

Every act looks first whether it has happened: telling the story again goes on where it stopped.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, TypeVar

import httpx
from lxml import html
from rich.console import Console
from sqlalchemy import ColumnElement, select

from acctflows.app import App
from acctflows.clockwork.api import FlowRun, PrefectApi
from acctflows.db.models.desk import WorkItem
from acctflows.errors import TemporaryError

PATIENCE_SECONDS = 180
"""How long one act may take before the demo says that something is wrong."""

Found = TypeVar("Found")


class StoryEndedError(Exception):
    """The person pressed Ctrl-C in the middle of the story."""


@dataclass(frozen=True)
class Login:
    """Who signs in to the desk in the story."""

    name: str
    email: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Story:
    """What the acts need."""

    app: App
    api: PrefectApi
    console: Console
    manager: Login
    stopped: Callable[[], bool]
    """Whether the person pressed Ctrl-C; the story then ends where it is."""
    browser: httpx.Client = field(
        default_factory=lambda: httpx.Client(trust_env=False, follow_redirects=True, timeout=30)
    )
    """The manager's browser, with the desk's cookie once signed in."""

    def close(self) -> None:
        """Close the manager's browser."""
        self.browser.close()

    @property
    def mailbox_url(self) -> str:
        """Where the local mailbox shows the mails."""
        return f"http://127.0.0.1:{self.app.settings.mailbox_port}/"

    def desk(self, path: str) -> str:
        """The address of a page of the desk, such as ``documents/V-2026-0001``."""
        return f"{self.app.portal_url}/desk/{path}"

    def run_page(self, run: FlowRun) -> str:
        """Where the Prefect UI shows a run."""
        return f"{self.app.prefect_ui_url}/v2/runs/flow-run/{run.id}"

    def chapter(self, title: str, about: str = "") -> None:
        """A heading of the story."""
        self.console.print(f"\n[bold]{title}[/]" + (f" · {about}" if about else ""))

    def say(self, words: str, link: str = "") -> None:
        """One line of the story, with the link where it can be seen."""
        self.console.print(f"  {words}" + (f"\n    [cyan]{link}[/]" if link else ""))

    def wait(self, what: str, look: Callable[[], Found | None]) -> Found:
        """Look again and again until there is something.

        Raises:
            StoryEndedError: Ctrl-C was pressed.
            TemporaryError: Nothing came in time.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        with self.console.status(f"  {what} …"):
            while (found := look()) is None:
                if self.stopped():
                    raise StoryEndedError
                if time.monotonic() > deadline:
                    raise TemporaryError(
                        f"the demo waited {PATIENCE_SECONDS} s in vain: {what}",
                        todo=f"look at {self.app.prefect_ui_url} and {self.app.home / 'logs'}, "
                        "then start the demo again: it goes on with what is there",
                    )
                time.sleep(0.25)
        return found

    # -- Prefect -------------------------------------------------------------------------------

    def start(self, deployment: str, key: str, parameters: Mapping[str, Any]) -> FlowRun:
        """The run of that key: started once, found again when the story is told again."""
        return self.api.create_flow_run(
            deployment, dict(parameters), idempotency_key=f"story/{key}"
        )

    def perform(self, what: str, deployment: str, key: str, **parameters: Any) -> FlowRun:
        """Run a deployment to its end, once for that key; its last state says what it did.

        Of two runs of a sweep Prefect cancels one: when the schedule was faster, ours goes again.

        Raises:
            TemporaryError: The run failed, or did not end in time.
        """
        for turn in count(1):
            run = self.start(deployment, f"{key}/{turn}", parameters)
            over = self.wait(what, partial(self._over, run))
            if over.state_type != "CANCELLED":
                return over
        raise AssertionError("there is always another turn")

    def _over(self, run: FlowRun) -> FlowRun | None:
        now = self.api.flow_run(run.id)
        return now if now.state_type == "CANCELLED" else self.ended(run)

    def ended(self, run: FlowRun) -> FlowRun | None:
        """The run as it is now, once it is completed."""
        now = self.refuse_failed(run)
        return now if now.state_type == "COMPLETED" else None

    def refuse_failed(self, run: FlowRun) -> FlowRun:
        """The run as it is now.

        Raises:
            TemporaryError: It has failed.
        """
        now = self.api.flow_run(run.id)
        if now.state_type in ("FAILED", "CRASHED", "CANCELLED"):
            raise TemporaryError(
                f"the run “{now.name}” has {now.state_name.lower()}: {now.message}",
                where=self.run_page(run),
                todo="see its log there",
            )
        return now

    # -- the desk ------------------------------------------------------------------------------

    def press(self, page: str, action: str, **given: str) -> str:
        """Fill in a form on a page of the desk and press its button, as the manager would.

        Args:
            page: Of the desk, such as ``approvals/7``.
            action: End of the address the form is sent to.
            **given: Fields by name; the others stay as the page has them.

        Returns:
            The page that comes next.
        """
        address = self.desk(page)
        shown = self.browser.get(address)
        if shown.url.path.endswith("/login"):
            self._sign_in(shown.text)
            shown = self.browser.get(address)
        form = find_form(
            shown.raise_for_status().text, lambda form: form.get("action", "").endswith(action)
        )
        target = httpx.URL(address).join(form.get("action", ""))
        return self.browser.post(target, data=filled(form) | given).raise_for_status().text

    def settle(self, which: ColumnElement[bool], outcome: str) -> None:
        """Close the tasks that wait on the desk, each with its outcome."""
        query = select(WorkItem).where(which, WorkItem.settled_at.is_(None)).order_by(WorkItem.id)
        with self.app.database.reading() as session:
            items = list(session.scalars(query))
        for item in items:
            due = f", due by {item.due_on}" if item.due_on else ""
            self.say(f"A task waits on the desk{due}: {item.detail}", self.desk(""))
            self.press("", f"/work/{item.id}/settle", outcome=outcome)
            self.say(f"{self.manager.name} closes it: “{outcome}”")

    def _sign_in(self, page: str) -> None:
        form = find_form(page, lambda form: "/login" in form.get("action", ""))
        given = {"email": self.manager.email, "password": self.manager.password}
        address = self.app.portal_url + form.get("action", "")
        self.browser.post(address, data=filled(form) | given).raise_for_status()


def find_form(page: str, fits: Callable[[html.HtmlElement], bool]) -> html.HtmlElement:
    """The first form of a page that fits.

    Raises:
        TemporaryError: There is none.
    """
    for form in html.document_fromstring(page).iter("form"):
        if fits(form):
            return form
    raise TemporaryError("a page of the story lacks the form that was expected")


def filled(form: html.HtmlElement) -> dict[str, str]:
    """The fields of a form as a browser would send them, buttons left out."""
    return {
        name: value
        for name, value in form.form_values()  # as browsers do: ticked boxes, chosen options
        if value is not None
    }

"""The whole job in a real browser: Prefect's own forms, the mailbox, the client's page.

With ACCTFLOWS_PICTURES set to a folder, what is seen is kept there: the README's pictures.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from acctflows.db.models.documents import VersionState
from tests.house import House

PICTURES = os.environ.get("ACCTFLOWS_PICTURES")
SLOW = 90_000
"""Milliseconds a flow run may take to get to its next stop."""

pytestmark = [pytest.mark.browser, pytest.mark.prefect, pytest.mark.xdist_group("prefect")]


def test_a_contract_from_prefects_form_to_the_clients_acceptance(house: House, page: Page) -> None:
    project = house.project()
    run = start_in_the_form(house, page, project)
    approve_in_the_form(house, page, run)
    open_the_mail(house, page, project)
    accept_on_the_page(house, page, project)
    page.goto(f"{house.app.prefect_ui_url}/v2/runs/flow-run/{run}")
    expect(page.get_by_text("Accepted", exact=True).first).to_be_visible(timeout=SLOW)
    picture(page, "prefect-run-completed")
    assert house.api.flow_run(run).state_type == "COMPLETED"
    assert [version.state for version in house.versions(project)] == [VersionState.ACCEPTED]


def start_in_the_form(house: House, page: Page, project: str) -> str:
    """Fill in the deployment's form as a manager does; the new run's id."""
    page.goto(f"{house.app.prefect_ui_url}/v2/deployments")
    page.get_by_role("link", name="Draft a contract").first.click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Custom run").click()
    page.get_by_label("Project", exact=True).fill(project)
    picture(page, "prefect-form")
    page.get_by_role("button", name="Submit").click()
    page.get_by_role("button", name="View run").click()
    page.wait_for_url(re.compile("/runs/flow-run/"))
    return page.url.rsplit("/", 1)[-1].partition("?")[0]


def approve_in_the_form(house: House, page: Page, run: str) -> None:
    """Open Resume in the run's menu, choose approve, give a name and send."""
    house.until(run, "Suspended")
    page.reload()
    expect(page.get_by_text("Suspended").first).to_be_visible()
    page.locator("button[aria-haspopup=menu]").first.click()
    page.get_by_role("menuitem", name="Resume").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("be sent to Käthe Brünning?")).to_be_visible()
    dialog.get_by_label("Decision").click()
    page.get_by_role("option", name="approve").click()
    dialog.get_by_label("Your name").fill("Lena Hansen")
    picture(page, "prefect-approval")
    dialog.get_by_role("button", name="Resume").click()
    expect(dialog).to_be_hidden()


def open_the_mail(house: House, page: Page, project: str) -> None:
    """Find the invitation in the local mailbox and press its button."""
    house.client_link(project)
    page.goto(f"http://127.0.0.1:{house.app.settings.mailbox_port}/")
    page.get_by_role("link", name=house.mails(project)[0].subject).click()
    picture(page, "mailbox")
    letter = page.frame_locator("iframe")
    with page.context.expect_page() as opened:
        letter.get_by_role("link", name="Vertrag lesen und antworten").click()
    opened.value.close()


def accept_on_the_page(house: House, page: Page, project: str) -> None:
    """Accept as the client does, on a phone."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(house.client_link(project))
    picture(page, "client-page")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=re.compile("annehmen")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Vielen Dank")
    picture(page, "client-thanks")
    page.set_viewport_size({"width": 1280, "height": 900})


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")

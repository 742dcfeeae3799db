"""A client's link answers for the client: nobody on the desk is shown one."""

import re
from collections.abc import Callable

import httpx
import pytest

from acctflows.app import JOBS, App
from acctflows.db.models.desk import Role
from acctflows.db.models.documents import ApprovalDecision
from acctflows.db.models.mail import MailState
from acctflows.dispatch.sending import queue_invitation
from acctflows.documents.access_links import TOKEN_BYTES, find_link
from acctflows.documents.approval import decide_approval
from acctflows.portal.web import create_portal
from acctflows.portal.wording import without_tokens
from tests.factories import NOW
from tests.portal.test_permissions import pages_of
from tests.portal.world import MANAGER, in_approval

TOKEN = "a" * (TOKEN_BYTES * 4 // 3)


def invited(app: App, state: MailState) -> tuple[int, str]:
    """An invitation in that state, and its link's token; the server has quoted the link."""
    with app.database.transaction() as session:
        version = in_approval(session, app)
        decide_approval(
            session,
            version,
            decision=ApprovalDecision.APPROVE,
            sha256=version.shown_sha256,
            by=MANAGER,
            comment="",
            now=NOW,
        )
        job = JOBS[version.document.kind]
        mail = queue_invitation(
            session, version, job=job, office=app.office, now=NOW, attach_pdf=None
        )
        found = re.search(rb"/d/([\w-]+)", mail.raw.replace(b"=\r\n", b""))
        assert found
        token = found[1].decode()
        assert find_link(session, token, now=NOW)
        mail.state, mail.error = state, f"550 5.7.1 {app.portal_url}/d/{token} is no good address"
        return mail.id, token


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", [MailState.FAILED, MailState.UNKNOWN])
def test_nobody_on_the_desk_can_sign_as_the_client(
    app: App, signed_in: Callable[..., httpx.Client], role: Role, state: MailState
) -> None:
    mail_id, token = invited(app, state)
    desk = signed_in(role)

    for address in (f"/desk/mails/{mail_id}", "/desk/", "/desk/mails", "/desk/documents/1"):
        page = desk.get(address).text
        assert token not in page, address
    page = desk.get(f"/desk/mails/{mail_id}").text
    assert f"{app.portal_url}/d/[eigener Link des Kunden]" in page
    assert "5.7.1" in page
    assert 'href="/desk/documents/V-2026-0001"' in page


def test_every_address_with_a_token_is_hidden(app: App) -> None:
    paths = {page.path for page in pages_of(create_portal(app, None).routes)}
    with_token = [path for path in paths if "{token}" in path]
    assert len(with_token) >= 3
    for path in with_token:
        said = without_tokens(f"https://x.example{path.replace('{token}', TOKEN)}?a=1.", "…")
        assert TOKEN not in said
        assert said.startswith("https://x.example/")


def test_other_words_stay_as_they_are() -> None:
    text = "Siehe https://x.example/desk/documents/V-2026-0001-and-a-very-long-name und /d/kurz"
    assert without_tokens(text, "…") == text

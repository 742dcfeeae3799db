"""A contract is negotiated in real browsers: the client on a phone, the manager at a desk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.negotiation import draft_next
from acctflows.db.models.desk import Role, User
from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.db.models.signing import Objection
from acctflows.documents import access_links
from acctflows.portal.desk import sessions
from tests.browser.portal import (
    DESKTOP,
    PHONE,
    SMALL_PHONE,
    Served,
    accessibility_faults,
    overflow,
    portal_at,
)
from tests.factories import NOW, make_client, make_contact, make_project
from tests.portal.world import in_approval, make_user, put_before_manager, send

pytestmark = pytest.mark.browser

OLE = "ole@moewe.example"
LIABILITY = "Bei einfacher Fahrlässigkeit haftet sie"


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, agency: AgencyProfile, sqlite_template: Path
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("negotiation")
    file = folder / "negotiation.db"
    file.write_bytes(sqlite_template.read_bytes())
    with portal_at(folder, file, agency) as served:
        with served.app.database.transaction() as session:
            make_user(session, Role.MANAGER)
        yield served


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    width, height = PHONE
    context = browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=True,
        java_script_enabled=False,
        locale="de-DE",
    )
    yield context.new_page()
    context.close()


def offer(served: Served) -> tuple[int, str]:
    """A contract two people are to sign: its version, and the first one's link."""
    with served.app.database.transaction() as session:
        client = make_client(session)
        make_contact(session, client)
        make_contact(session, client, given_name="Ole", email=f"{client.id}.{OLE}", roles=[])
        version = in_approval(
            session,
            served.app,
            project=make_project(session, client=client),
            with_word=True,
            co_signers=[f"{client.id}.{OLE}"],
        )
        return version.id, f"{served.url}/d/{send(session, version)}"


def revise(served: Served, version_id: int) -> tuple[int, str]:
    """What the run that the desk has started does: the next version, at the client's."""
    with served.app.database.transaction() as session:
        version = draft_next(
            session, session.get_one(DocumentVersion, version_id), actor="x", now=NOW
        )
        put_before_manager(session, served.app, version, with_word=True)
        return version.id, f"{served.url}/d/{send(session, version)}"


def invite_second(served: Served, version_id: int) -> str:
    with served.app.database.transaction() as session:
        version = session.get_one(DocumentVersion, version_id)
        second = version.document.client.contacts[1]
        _link, token = access_links.invite(session, version, second, now=NOW, valid_days=14)
        return f"{served.url}/d/{token}"


def sign_in(page: Page, served: Served, language: str = "de") -> None:
    """Let the browser be one in which a manager has signed in."""
    with served.app.database.transaction() as session:
        user = session.query(User).one()
        user.language = language
        token = sessions.open_session(session, user, now=served.app.clock.now())
    cookie = {"name": sessions.COOKIE, "value": token, "url": f"{served.url}/desk"}
    page.context.add_cookies([cookie])  # type: ignore[list-item]  # a TypedDict of Playwright's


def object_to(phone: Page, link: str) -> None:
    """Choose two clauses and say what should be different."""
    phone.goto(link)
    phone.get_by_role("link", name="Anderen Wortlaut vorschlagen").tap()
    phone.get_by_role("checkbox", name=LIABILITY).check()
    phone.get_by_role("checkbox", name="Es gilt das Recht der Bundesrepublik").check()
    phone.get_by_role("button", name="Weiter mit den gewählten Klauseln").tap()
    proposals = phone.get_by_label("So soll sie lauten")
    expect(proposals).to_have_count(2)
    words = proposals.first.input_value()
    assert words.startswith(LIABILITY)
    proposals.first.fill(words + " Die Haftung ist auf 100.000 € begrenzt.")
    phone.get_by_label("Warum?").nth(1).fill("Warum nicht österreichisches Recht?")
    phone.get_by_role("button", name="Einwände absenden").tap()


def test_a_negotiation_from_the_objection_to_the_second_signature(
    served: Served, phone: Page, page: Page
) -> None:
    version_id, link = offer(served)
    object_to(phone, link)
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Ihre Einwände sind angekommen")
    expect(phone.get_by_text("Die Haftung ist auf 100.000 € begrenzt.")).to_be_visible()

    sign_in(page, served)
    page.goto(f"{served.url}/desk/objections/{version_id}")
    first, second = page.get_by_role("group").all()
    expect(page.locator("ins").first).to_contain_text("Die Haftung ist auf 100.000 € begrenzt.")
    first.get_by_label("Gegenvorschlag mit eigenem Wortlaut").check()
    page.get_by_label("Ihre Worte").first.fill("Sie haftet bis 50.000 €.")
    page.get_by_label("Diesen Wortlaut als Variante aufheben").first.fill("Haftung bis 50.000")
    expect(second.get_by_label("Vorgeschlagenen Wortlaut übernehmen")).to_have_count(0)
    second.get_by_label("Die Klausel bleibt; erläutern warum").check()
    page.get_by_label("Ihre Worte").nth(1).fill("Unsere Versicherung gilt nur dafür.")
    page.get_by_role("button", name="Antworten absenden und nächste Version machen").click()
    expect(page.get_by_text("Die nächste Version wird entworfen.")).to_be_visible()
    ((deployment, parameters),) = served.prefect.started.values()
    assert deployment == "revise-contract/Revise a contract"
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert parameters["contract"] in page.title()

    new_id, new_link = revise(served, version_id)
    phone.goto(link)
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Eine neue Version")
    phone.goto(new_link)
    changes = phone.get_by_role("region", name="Was sich seit Version 1 geändert hat")
    expect(changes.get_by_text("Unsere Versicherung gilt nur dafür.")).to_be_visible()
    expect(changes.locator("ins").first).to_contain_text("50.000")
    expect(changes.locator("del").first).to_contain_text(LIABILITY.rsplit(maxsplit=1)[-1])
    with phone.expect_download() as download:
        changes.get_by_role("link", name="Der Vergleich als Word-Datei").tap()
    assert download.value.suggested_filename.endswith("-v1-v2.docx")

    sign(phone)
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Ihre Annahme ist festgehalten")
    expect(phone.get_by_text("Jetzt ist Ole Brünning an der Reihe.")).to_be_visible()
    phone.goto(invite_second(served, new_id))
    sign(phone)
    expect(phone.get_by_role("heading", level=1)).to_contain_text("der Vertrag ist angenommen")
    with served.app.database.reading() as session:
        version = session.get_one(DocumentVersion, new_id)
        assert version.state is VersionState.ACCEPTED
        assert [consent.name for consent in version.consents] == ["Käthe Brünning"]
    page.reload()
    expect(page.get_by_role("region", name="Verhandlung")).to_contain_text("Version 2")


def sign(phone: Page) -> None:
    phone.get_by_role("checkbox").check()
    phone.get_by_role("button", name="Vertrag annehmen").tap()


def test_what_was_forgotten_is_said_and_what_was_typed_stays(served: Served, phone: Page) -> None:
    _, link = offer(served)
    phone.goto(f"{link}/objections")
    phone.get_by_role("checkbox", name=LIABILITY).check()
    phone.get_by_role("button", name="Weiter mit den gewählten Klauseln").tap()
    phone.get_by_label("Ihre Funktion").fill("Prokuristin")
    phone.get_by_role("button", name="Einwände absenden").tap()
    expect(phone.get_by_role("alert")).to_contain_text("ändern Sie den Wortlaut dieser Klausel")
    expect(phone.get_by_label("Ihre Funktion")).to_have_value("Prokuristin")
    assert not served.prefect.resumed
    with served.app.database.reading() as session:
        assert not [
            each for each in session.query(Objection) if each.decision.function == "Prokuristin"
        ]


def test_an_offer_is_taken_back_at_the_desk(served: Served, phone: Page, page: Page) -> None:
    version_id, link = offer(served)
    sign_in(page, served)
    with served.app.database.reading() as session:
        number = session.get_one(DocumentVersion, version_id).document.number
    page.goto(f"{served.url}/desk/documents/{number}")
    page.get_by_text("Zurückziehen").first.click()
    page.get_by_label("Warum? (bleibt im Haus)").fill("Der Kunde hat abgesagt.")
    page.get_by_role("button", name="Zurückziehen").click()
    expect(page.get_by_text("Wer einen Link hatte, weiß Bescheid.")).to_be_visible()
    phone.goto(link)
    expect(phone.get_by_role("heading", level=1)).to_contain_text("wurde zurückgezogen")


@pytest.fixture(scope="module")
def negotiated(served: Served, browser: Browser) -> dict[str, str]:
    """Addresses of the pages of a negotiation, as they are before the answer."""
    _, choosing = offer(served)
    version_id, objected = offer(served)
    context = browser.new_context(has_touch=True)
    object_to(context.new_page(), objected)
    context.close()
    return {
        "choosing": f"{choosing}/objections",
        "wording": f"{choosing}/objections?clause=8&clause=20",
        "objected": objected,
        "answering": f"{served.url}/desk/objections/{version_id}",
    }


@pytest.mark.parametrize("size", [DESKTOP, PHONE, SMALL_PHONE])
@pytest.mark.parametrize("language", ["de", "en"])
def test_the_pages_fit_and_are_accessible(
    served: Served,
    negotiated: dict[str, str],
    page: Page,
    size: tuple[int, int],
    language: str,
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in(page, served, language)
    for name, address in negotiated.items():
        joint = "&" if "?" in address else "?"
        page.goto(address + ("" if name == "answering" else f"{joint}lang={language}"))
        assert overflow(page) == 0, name
        assert accessibility_faults(page) == "", name

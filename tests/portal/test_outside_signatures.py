"""Acceptances on paper and in PDFs signed elsewhere, recorded on the desk by a person."""

import os
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from acctflows.app import JOBS, App
from acctflows.contracts.life import find_contract, read_life
from acctflows.db.models.desk import Role, WaitingFor
from acctflows.db.models.documents import (
    AuditEntry,
    ClientDecision,
    DocumentVersion,
    Means,
    Outcome,
)
from acctflows.db.models.signing import ProofKind
from acctflows.db.session import Database
from acctflows.dispatch.closing import close_decision
from acctflows.documents import store, waiting
from acctflows.documents.agreement import check_register
from acctflows.documents.filed import check_files
from flows.document_seal import seal_version
from tests.factories import NOW, TODAY
from tests.portal.conftest import secret_of
from tests.portal.outside_files import HTML, picture, zip_bomb
from tests.portal.signing import elsewhere, with_quick_seal
from tests.portal.test_verifying import with_something_added
from tests.portal.world import FakePrefect, Hand, in_approval, pdf_of, sent
from tests.racing import race

SignIn = Callable[..., httpx.Client]
RUN = "0f6b1f6e-5b5e-4c0e-9d67-2a1f4d2b7c11"
GIVEN = {"name": "Käthe Brünning, Jonas Möwe", "function": "Geschäftsführung"}
DAYS = {"signed_on": TODAY.isoformat(), "received_on": TODAY.isoformat()}


@pytest.fixture
def database(sqlite_file: Path) -> Iterator[Database]:
    """One of the two: what differs between them is tested with the steps."""
    database = Database(f"sqlite:///{sqlite_file}")
    yield database
    database.close()


@pytest.fixture
def version(app: App) -> DocumentVersion:
    """At the client's, with a run that waits for the answer."""
    with app.database.transaction() as session:
        version, _token = sent(session, app)
        waiting.note_waiting(
            session,
            flow_run_id=RUN,
            waiting_for=WaitingFor.CLIENT,
            version_id=version.id,
            now=NOW,
        )
        return version


@pytest.fixture
def desk(signed_in: SignIn) -> httpx.Client:
    return signed_in(Role.MANAGER)


def upload(
    desk: httpx.Client,
    address: str,
    content: bytes | None,
    *,
    file_name: str = "scan.pdf",
    **given: str,
) -> httpx.Response:
    secret = secret_of(desk.get("/desk/").text)
    files = {"file": (file_name, content)} if content is not None else {"other": ("", b"")}
    data = {"csrf": secret, **GIVEN, **DAYS, **given}
    return desk.post(address, data=data, files=files)


def shown(app: App, version: DocumentVersion) -> bytes:
    return store.read_checked(app.docs_out, version.pdf_path, version.pdf_sha256)


def decision_about(app: App, version: DocumentVersion) -> ClientDecision:
    with app.database.reading() as session:
        decision = session.scalars(select(ClientDecision).filter_by(version_id=version.id)).one()
        assert decision.proof
        return decision


def nothing_recorded(app: App) -> bool:
    with app.database.reading() as session:
        none = session.scalars(select(ClientDecision)).first() is None
    return none and not list(app.home.glob("unfinished/*"))


def test_a_scan_records_the_acceptance_and_wakes_the_run(
    app: App, desk: httpx.Client, version: DocumentVersion, prefect: FakePrefect
) -> None:
    page = desk.get("/desk/documents/V-2026-0001").text
    assert f"/desk/versions/{version.id}/paper" in page
    scan = picture()

    answer = upload(desk, f"/desk/versions/{version.id}/paper", scan, file_name="../../x.pdf")

    assert answer.headers["location"] == "/desk/documents/V-2026-0001?done=signed_outside"
    prefect.wait_for_resume()
    assert prefect.resumed == [(RUN, None)]
    decision = decision_about(app, version)
    assert (decision.outcome, decision.means, decision.link_id) == (
        Outcome.ACCEPTED,
        Means.PAPER,
        None,
    )
    assert (decision.name, decision.function) == (GIVEN["name"], GIVEN["function"])
    assert decision.consent_text == (
        "Auf Papier unterschrieben am 23. November 2026 von Käthe Brünning, Jonas Möwe "
        "(Geschäftsführung), eingegangen am 23. November 2026. Der Scan liegt bei den Akten, "
        f"SHA-256 {sha256(scan).hexdigest()}. Erfasst von Lena Hansen "
        "<manager@nordlicht-digital.example>."
    )
    proof = decision.proof
    assert proof
    assert proof.path.endswith("/2026/V-2026-0001-v1.scan.png")
    assert proof.findings == ["Scan des unterschriebenen Dokuments (PNG, 1 Seite)."]
    assert store.read_checked(app.docs_out, proof.path, proof.sha256) == scan
    assert not list(app.unfinished.glob("*"))
    with app.database.reading() as session:
        events = {e.event: e.data for e in session.scalars(select(AuditEntry))}
        assert events["decision.accepted"]["means"] == "paper"
        assert events["proof.added"]["signed_on"] == "2026-11-23"
        assert events["proof.added"]["sha256"] == proof.sha256
        assert check_register(session).faults == []
        assert check_files(session, app.docs_out).faults == []
    told = desk.get(answer.headers["location"]).text
    assert "Als angenommen festgehalten." in told
    assert "Auf Papier" in told
    file = desk.get(f"/desk/versions/{version.id}/proof")
    assert (file.content, file.headers["content-type"]) == (scan, "image/png")
    assert file.headers["content-disposition"].startswith("attachment")


def test_a_contract_on_paper_is_concluded_on_the_day_it_was_received(
    app: App, signed_in: SignIn, hand: Hand, version: DocumentVersion
) -> None:
    hand.forward(days=7)  # the manager was away
    desk = signed_in(Role.MANAGER)

    upload(
        desk,
        f"/desk/versions/{version.id}/paper",
        picture(),
        signed_on="2026-11-24",
        received_on="2026-11-26",
    )

    with app.database.reading() as session:
        contract = find_contract(session, "V-2026-0001")
        life = read_life(contract, app.agency, today=app.clock.today())
    assert life.concluded_on == date(2026, 11, 26)
    said = desk.get("/desk/documents/V-2026-0001").text
    assert "unterschrieben am 24. November 2026" in said
    assert "eingegangen am 26. November 2026" in said


def test_what_was_signed_on_paper_is_sealed_and_goes_to_whoever_was_to_sign(
    app: App, desk: httpx.Client, version: DocumentVersion
) -> None:
    upload(desk, f"/desk/versions/{version.id}/paper", picture("JPEG"))
    path = seal_version(with_quick_seal(app), version.id)
    assert path.endswith("V-2026-0001-v1.sealed.pdf")
    with app.database.transaction() as session:
        decision = session.scalars(select(ClientDecision)).one()
        job, sealed = JOBS["contract"], (app.docs_out / path).read_bytes()
        mails = close_decision(
            session, decision, job=job, office=app.office, pdf=sealed, now=app.clock.now()
        )
        client, manager = (mail.recipient for mail in mails)
        assert client == decision.version.document.client.contacts[0].email
        assert manager != client
    with app.database.reading() as session:
        assert check_files(session, app.docs_out).faults == []


def test_the_same_scan_twice_at_once_is_one_acceptance(
    app: App, desk: httpx.Client, version: DocumentVersion
) -> None:
    address = f"/desk/versions/{version.id}/paper"
    secret = secret_of(desk.get("/desk/").text)
    scan = picture()

    def send(_caller: int) -> int:
        with httpx.Client(base_url=desk.base_url, cookies=desk.cookies, timeout=60) as mine:
            data = {"csrf": secret, **GIVEN, **DAYS}
            return mine.post(address, data=data, files={"file": ("s.png", scan)}).status_code

    codes, failed = race(2, send)
    assert (codes, failed) == ([303, 303], [])
    decision_about(app, version)
    other = upload(desk, address, picture("JPEG"))
    assert other.status_code == 409
    assert not list(app.unfinished.glob("*"))


def test_what_is_no_scan_is_refused_in_words(
    app: App, desk: httpx.Client, version: DocumentVersion
) -> None:
    neither = "Das ist weder PDF noch PNG noch JPEG"
    torn = "nicht bis zum Ende lesen"
    for content, said in (
        (None, "Bitte wählen Sie eine Datei."),
        (b"", "Diese Datei ist leer"),
        (HTML, neither),
        (zip_bomb(), neither),
        (picture()[:-300], torn),
        (pdf_of("x")[:200], torn),
    ):
        answer = upload(desk, f"/desk/versions/{version.id}/paper", content, file_name="x.pdf")
        assert answer.status_code == 422
        assert said in answer.text
        assert "Jonas Möwe" in answer.text  # what was typed is still there
    assert nothing_recorded(app)


def test_days_and_names_that_cannot_be_are_refused(
    app: App, desk: httpx.Client, version: DocumentVersion
) -> None:
    for given, said in (
        ({"signed_on": "2026-11-24"}, "nicht nach heute"),
        ({"signed_on": "2026-11-22"}, "nicht vor dem Versand"),
        ({"signed_on": "gestern"}, "nicht vor dem Versand"),
        ({"received_on": "2026-11-22"}, "nicht vor der Unterschrift"),
        ({"received_on": "2026-11-24"}, "nicht vor der Unterschrift"),
        ({"received_on": ""}, "nicht vor der Unterschrift"),
        ({"name": " "}, "Bitte schreiben Sie den Namen"),
        ({"function": "x" * 201}, "Höchstens 200 Zeichen."),
    ):
        answer = upload(desk, f"/desk/versions/{version.id}/paper", b"", **given)
        assert answer.status_code == 422
        assert said in answer.text
    assert nothing_recorded(app)


def test_only_what_is_at_the_client_can_be_signed(app: App, desk: httpx.Client) -> None:
    with app.database.transaction() as session:
        waiting_for_us = in_approval(session, app)
    for page in ("paper", "signed"):
        assert desk.get(f"/desk/versions/{waiting_for_us.id}/{page}").status_code == 409
    answer = upload(desk, f"/desk/versions/{waiting_for_us.id}/paper", picture())
    assert answer.status_code == 409
    assert nothing_recorded(app)


def test_whoever_is_killed_before_filing_leaves_it_to_the_run(
    app: App, desk: httpx.Client, version: DocumentVersion
) -> None:
    upload(desk, f"/desk/versions/{version.id}/paper", picture())
    proof = decision_about(app, version).proof
    assert proof
    filed = app.docs_out / proof.path
    (app.unfinished / proof.sha256).write_bytes(filed.read_bytes())
    filed.unlink()  # as if the portal had been killed after the transaction
    seal_version(with_quick_seal(app), version.id)
    assert filed.is_file()
    assert not list(app.unfinished.glob("*"))


def test_a_pdf_signed_elsewhere_is_shown_first_and_recorded_when_a_person_says_so(
    app: App, desk: httpx.Client, version: DocumentVersion, prefect: FakePrefect
) -> None:
    app.trusted_roots.mkdir(parents=True)
    (app.trusted_roots / "root.pem").write_bytes(elsewhere().root)
    signed = elsewhere().sign(shown(app, version), "Käthe Brünning")
    digest = sha256(signed).hexdigest()

    seen = upload(desk, f"/desk/versions/{version.id}/signed", signed)

    assert seen.status_code == 200
    assert "Die Datei beginnt Byte für Byte mit der gezeigten." in seen.text
    assert "Signiert von Käthe Brünning, Testdienste" in seen.text
    assert "Die Signatur ist unversehrt und deckt die ganze Datei." in seen.text
    assert "Das Zertifikat sagt von sich, qualifiziert zu sein" in seen.text
    assert "eine Stelle, der die Agentur vertraut" in seen.text
    assert "Nicht hinter jeder Signatur" not in seen.text
    assert 'value="Käthe Brünning"' in seen.text
    assert nothing_recorded(app)

    address = f"/desk/versions/{version.id}/signed/acceptance"
    data = {"csrf": secret_of(seen.text), **GIVEN, **DAYS}
    answer = desk.post(address, data={**data, "sha256": digest})

    assert answer.headers["location"] == "/desk/documents/V-2026-0001?done=signed_outside"
    prefect.wait_for_resume()
    decision = decision_about(app, version)
    proof = decision.proof
    assert proof
    assert (decision.means, proof.kind) == (Means.SIGNED_PDF, ProofKind.SIGNED_PDF)
    assert proof.path.endswith("V-2026-0001-v1.signed.pdf")
    assert len(proof.findings) == 2
    assert store.read_checked(app.docs_out, proof.path, proof.sha256) == signed
    assert not list(app.home.glob("up*/*"))
    path = seal_version(with_quick_seal(app), version.id)
    assert path.endswith("V-2026-0001-v1.evidence.pdf")
    with app.database.reading() as session:
        assert check_register(session).faults == []


def test_doubtful_trust_is_shown_and_the_person_decides(
    app: App, desk: httpx.Client, version: DocumentVersion
) -> None:
    signed = elsewhere().sign(shown(app, version), "Käthe Brünning")
    seen = upload(desk, f"/desk/versions/{version.id}/signed", signed)
    assert seen.status_code == 200
    assert "Nicht hinter jeder Signatur" in seen.text
    assert "Als angenommen festhalten" in seen.text


def test_what_is_not_our_document_or_does_not_hold_is_not_recorded(
    app: App, desk: httpx.Client, version: DocumentVersion
) -> None:
    original = shown(app, version)
    another = elsewhere().sign(pdf_of("another"), "Käthe Brünning")
    changed = with_something_added(elsewhere().sign(original, "Käthe Brünning"))
    address = f"/desk/versions/{version.id}/signed"
    for content, said in ((another, "Seite 1 weicht ab"), (changed, "deckt die Datei nicht")):
        seen = upload(desk, address, content)
        assert seen.status_code == 422
        assert said in seen.text
        assert "Als angenommen festhalten" not in seen.text
        data = {"csrf": secret_of(seen.text), **GIVEN, **DAYS}
        data["sha256"] = sha256(content).hexdigest()
        assert desk.post(f"{address}/acceptance", data=data).status_code == 422
    assert nothing_recorded(app)


def test_what_is_no_signed_pdf_is_refused_in_words(
    desk: httpx.Client, version: DocumentVersion
) -> None:
    for content, said in (
        (b"", "Diese Datei ist leer"),
        (HTML, "nicht bis zum Ende lesen"),
        (pdf_of("nobody"), "In dieser PDF-Datei ist keine Signatur."),
    ):
        answer = upload(desk, f"/desk/versions/{version.id}/signed", content)
        assert answer.status_code == 422
        assert said in answer.text


def test_a_file_nobody_decided_about_goes_after_a_day(
    app: App, desk: httpx.Client, version: DocumentVersion
) -> None:
    address = f"/desk/versions/{version.id}/signed"
    signed = [elsewhere().sign(shown(app, version), name) for name in ("Anna", "Boris")]
    upload(desk, address, signed[0])
    [first] = (app.home / "uploads").glob("*")
    os.utime(first, (0, 0))
    seen = upload(desk, address, signed[1])
    assert not first.exists()
    data = {"csrf": secret_of(seen.text), **GIVEN, **DAYS}
    gone = desk.post(f"{address}/acceptance", data={**data, "sha256": first.name})
    assert gone.status_code == 422
    assert "Die Datei ist nicht mehr da." in gone.text
    wrong = desk.post(f"{address}/acceptance", data={**data, "sha256": "../../acctflows.db"})
    assert wrong.status_code == 400

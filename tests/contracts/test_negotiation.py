"""From objections to the next version, in rounds, and to words kept for later contracts."""

import pytest
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.job import JOB, read_snapshot
from acctflows.contracts.negotiation import draft_next, keep_variant, variants
from acctflows.contracts.snapshot import Wording
from acctflows.contracts.wordings import negotiate, with_variants
from acctflows.db.models.documents import DocumentVersion, Outcome, VersionState
from acctflows.db.models.signing import Objection, Reply
from acctflows.documents.objections import Answer, RaisedObjection, answer_objections
from acctflows.errors import ConflictError, InputError
from tests.contracts.stories import OBJECTION, approve, approved, decide, draft, invite
from tests.factories import NOW

LENA = "lena"
ACCEPT = Answer(Reply.ACCEPT, "")
COUNTER = Answer(Reply.COUNTER, "Sie haftet bis 25.000 €.")
EXPLAIN = Answer(Reply.EXPLAIN, "Mehr deckt unsere Versicherung nicht.")


def objected(session: Session, agency: AgencyProfile, *raised: RaisedObjection) -> DocumentVersion:
    version = approved(session, agency)
    invite(session, version, agency)
    decide(session, version, Outcome.OBJECTED, objections=raised or (OBJECTION,))
    return version


def answer(session: Session, version: DocumentVersion, *answers: Answer) -> None:
    assert version.decision is not None
    given = dict(enumerate(answers, 1))
    answer_objections(session, version.decision, given, by=LENA, now=NOW)


def next_version(session: Session, version: DocumentVersion) -> DocumentVersion:
    return draft_next(session, version, actor=LENA, now=NOW)


def test_an_objection_leaves_the_version_unaccepted(
    session: Session, agency: AgencyProfile
) -> None:
    version = objected(session, agency)
    assert version.state is VersionState.OBJECTED
    assert version.decision is not None
    [kept] = version.decision.objections
    assert (kept.number, kept.proposal) == (OBJECTION.number, OBJECTION.proposal)


@pytest.mark.parametrize(
    ("given", "words"),
    [(ACCEPT, OBJECTION.proposal), (COUNTER, COUNTER.text)],
)
def test_the_next_version_carries_the_agreed_words(
    session: Session, agency: AgencyProfile, given: Answer, words: str
) -> None:
    version = objected(session, agency)
    answer(session, version, given)
    following = next_version(session, version)
    assert (following.version, following.state) == (2, VersionState.DRAFT)
    [agreed] = JOB.wordings(following)
    assert (agreed.heading, agreed.original) == (OBJECTION.heading, OBJECTION.original)
    assert agreed.text == words


def test_where_the_agency_only_explains_it_asks_again_for_the_same_words(
    session: Session, agency: AgencyProfile
) -> None:
    version = objected(session, agency)
    answer(session, version, EXPLAIN)
    following = next_version(session, version)
    assert following.version == 2
    assert following.snapshot_sha256 == version.snapshot_sha256


def test_the_next_version_is_drafted_once(session: Session, agency: AgencyProfile) -> None:
    version = objected(session, agency)
    answer(session, version, ACCEPT)
    assert next_version(session, version) is next_version(session, version)


def test_a_draft_with_other_terms_takes_over_what_was_agreed(
    session: Session, agency: AgencyProfile
) -> None:
    version = objected(session, agency)
    answer(session, version, COUNTER)
    project = version.document.project
    assert project is not None
    following = draft(session, project, agency, payment_days=45)
    assert read_snapshot(following).terms.payment_days == 45
    assert [each.text for each in JOB.wordings(following)] == [COUNTER.text]


def test_without_all_answers_there_is_no_next_version(
    session: Session, agency: AgencyProfile
) -> None:
    version = objected(session, agency)
    with pytest.raises(ConflictError, match="objections wait for an answer"):
        next_version(session, version)


def test_a_version_nobody_objected_to_is_not_negotiated(
    session: Session, agency: AgencyProfile
) -> None:
    with pytest.raises(ConflictError, match="nothing to negotiate"):
        next_version(session, approved(session, agency))


def test_answers_can_be_changed_until_the_next_version_takes_over(
    session: Session, agency: AgencyProfile
) -> None:
    version = objected(session, agency)
    answer(session, version, EXPLAIN)
    answer(session, version, COUNTER)
    following = next_version(session, version)
    assert read_snapshot(following).wordings[0].text == COUNTER.text
    invite_again(session, following, agency)
    decide(session, following, Outcome.ACCEPTED)
    with pytest.raises(ConflictError):
        next_version(session, version)


def invite_again(session: Session, version: DocumentVersion, agency: AgencyProfile) -> None:
    approve(session, version)
    invite(session, version, agency)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ([], "has no answer yet"),
        ([Answer(Reply.COUNTER, " ")], "says nothing"),
        ([Answer(Reply.EXPLAIN, "")], "says nothing"),
        ([Answer(Reply.COUNTER, "x" * 8_001)], "more than 8000 characters"),
    ],
)
def test_an_answer_that_says_nothing_names_its_clause(
    session: Session, agency: AgencyProfile, given: list[Answer], why: str
) -> None:
    version = objected(session, agency)
    with pytest.raises(InputError, match=why) as raised:
        answer(session, version, *given)
    assert raised.value.where == OBJECTION.number


def test_what_was_not_proposed_cannot_be_accepted(session: Session, agency: AgencyProfile) -> None:
    only_why = RaisedObjection("§ 1 (1)", "Gegenstand", "Die Agentur arbeitet.", "", "Wozu?")
    version = objected(session, agency, only_why)
    with pytest.raises(InputError, match="has proposed no words"):
        answer(session, version, ACCEPT)


def test_an_objection_without_words_and_reason_is_refused(
    session: Session, agency: AgencyProfile
) -> None:
    same = RaisedObjection(
        "§ 1 (1)", "Gegenstand", "Die Agentur arbeitet.", "Die Agentur arbeitet.", ""
    )
    with pytest.raises(InputError, match="neither other words nor a reason"):
        objected(session, agency, same)


def made(reply: Reply, original: str, proposal: str, text: str = "") -> Objection:
    return Objection(
        heading="Haftung", original=original, proposal=proposal, reply=reply, reply_text=text
    )


def test_a_second_round_changes_what_the_first_agreed_on() -> None:
    first = negotiate([], [made(Reply.ACCEPT, "alt", "neu")])
    second = negotiate(first, [made(Reply.COUNTER, "neu", "neuer", "am neuesten")])
    assert [(each.original, each.text) for each in second] == [("alt", "am neuesten")]


def test_a_clause_that_reads_like_the_template_again_needs_no_agreement() -> None:
    first = negotiate([], [made(Reply.ACCEPT, "alt", "neu")])
    assert negotiate(first, [made(Reply.ACCEPT, "neu", "alt")]) == ()


def test_one_paragraph_of_an_agreement_is_changed_alone() -> None:
    before = [Wording(heading="Haftung", original="alt", text="eins\nzwei")]
    [after] = negotiate(before, [made(Reply.ACCEPT, "zwei", "drei")])
    assert after.text == "eins\ndrei"


def test_a_variant_chosen_now_takes_precedence() -> None:
    before = Wording(heading="Haftung", original="alt", text="neu")
    chosen = before.model_copy(update={"text": "gewählt"})
    other = Wording(heading="Haftung", original="anderes", text="x")
    assert with_variants([before, other], [chosen]) == (chosen, other)


def test_a_kept_wording_is_chosen_by_its_name_in_a_later_contract(
    session: Session, agency: AgencyProfile
) -> None:
    version = objected(session, agency)
    answer(session, version, COUNTER)
    assert version.decision is not None
    [objection] = version.decision.objections
    kept = keep_variant(session, objection, title="Haftung bis 25.000", by=LENA, now=NOW)
    assert kept is keep_variant(session, objection, title="Haftung bis 25.000", by=LENA, now=NOW)
    assert [each.name for each in variants(session, kind="contract", language="de")] == [kept.name]

    project = approved(session, agency).document.project
    assert project is not None
    later = draft(session, project, agency, clause_variants=[kept.name])
    assert JOB.wordings(later)[0].text == COUNTER.text
    again = draft(session, project, agency, payment_days=30)
    assert JOB.wordings(again)[0].text == COUNTER.text
    dropped = draft(session, project, agency, keep_wordings=False)
    assert JOB.wordings(dropped) == ()


def test_an_unknown_variant_is_refused_with_those_there_are(
    session: Session, agency: AgencyProfile
) -> None:
    project = approved(session, agency).document.project
    assert project is not None
    with pytest.raises(InputError, match="no wording is kept as “x”"):
        draft(session, project, agency, clause_variants=["x"])


def test_other_words_cannot_take_a_name_that_is_given(
    session: Session, agency: AgencyProfile
) -> None:
    for given in (ACCEPT, COUNTER):
        version = objected(session, agency)
        answer(session, version, given)
        assert version.decision is not None
        if given is ACCEPT:
            keep_variant(session, version.decision.objections[0], title="Haftung", by=LENA, now=NOW)
        else:
            with pytest.raises(ConflictError, match="other words have this name"):
                keep_variant(
                    session, version.decision.objections[0], title="Haftung", by=LENA, now=NOW
                )

from acctflows.app import JOBS, WORD_JOBS
from acctflows.documents.kinds import ANSWERED_KINDS, WORD_KINDS
from tests.conftest import ROOT


def test_every_kind_the_client_answers_has_its_job() -> None:
    assert {name: job.kind for name, job in JOBS.items()} == ANSWERED_KINDS


def test_every_kind_with_a_word_template_has_its_job() -> None:
    assert {name: job.kind for name, job in WORD_JOBS.items()} == WORD_KINDS


def test_every_job_has_its_mails() -> None:
    ends = ("invitation", "accepted", "accepted_news", "declined")
    wanted = {f"{job.mails}_{end}" for job in JOBS.values() for end in ends}
    assert wanted <= {folder.name for folder in (ROOT / "templates" / "mail").iterdir()}

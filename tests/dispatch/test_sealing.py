"""What was accepted is sealed with its evidence, also where no page can be added to it."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pypdf
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from acctflows.dispatch.sealing import Acceptance, seal_acceptance
from acctflows.documents.fonts import install_fonts
from acctflows.documents.pdf.faces import load_faces
from acctflows.documents.sealing.certificate import Owner, SealKey, load_seal_key
from acctflows.documents.sealing.evidence_pdf import House
from acctflows.documents.sealing.inspecting import inspect_pdf
from acctflows.documents.sealing.seal import seal
from tests.documents.sealing.samples import accepted_pdf, evidence, house


@pytest.fixture(scope="module")
def seal_key(tmp_path_factory: pytest.TempPathFactory) -> SealKey:
    home = tmp_path_factory.mktemp("seal")
    owner = Owner("Nordlicht Digital GmbH", "DE")
    return load_seal_key(home, owner=owner, pkcs12_file=None, now=datetime.now(UTC))


@pytest.fixture(scope="module")
def letterhead(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house(load_faces(install_fonts(tmp_path_factory.mktemp("home")).folder))


def accepted(pdf: bytes) -> Acceptance:
    told = evidence(pdf=pdf)
    named = replace(told, shown=replace(told.shown, name="V-2026-0001-v2.pdf"))
    return Acceptance(pdf, named, "de")


def encrypted() -> bytes:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(accepted_pdf())))
    writer.encrypt("owner", "")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def without_pages() -> bytes:
    return accepted_pdf().replace(b"/Count 2", b"/Spoil 2")


def test_evidence_stands_behind_the_accepted_pages(letterhead: House, seal_key: SealKey) -> None:
    made = seal_acceptance(
        accepted(accepted_pdf()), house=letterhead, seal_key=seal_key, timestamps=None
    )
    assert made.ending == "sealed.pdf"
    assert made.file.pdf.startswith(accepted_pdf())


@pytest.mark.parametrize("kind", ["encrypted", "cut off", "without a tree of pages", "signed"])
def test_what_takes_no_page_is_laid_into_its_evidence(
    letterhead: House, seal_key: SealKey, kind: str
) -> None:
    content = {
        "encrypted": encrypted,
        "cut off": lambda: accepted_pdf()[:-200],
        "without a tree of pages": without_pages,
        "signed": lambda: seal(accepted_pdf(), seal_key=seal_key, reason="by hand").pdf,
    }[kind]()

    made = seal_acceptance(accepted(content), house=letterhead, seal_key=seal_key, timestamps=None)

    assert made.ending == "evidence.pdf"
    assert made.file.sha256 == sha256(made.file.pdf).hexdigest()
    read = pypdf.PdfReader(io.BytesIO(made.file.pdf))
    assert read.attachments == {"V-2026-0001-v2.pdf": [content]}
    assert "liegt dieser Datei als Anlage bei" in " ".join(
        " ".join(page.extract_text() for page in read.pages).split()
    )
    (found,) = inspect_pdf(made.file.pdf)["signatures"]
    assert (found["intact"], found["whole"]) == (True, True)

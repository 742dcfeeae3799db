import asyncio
import io
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pypdf
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from acctflows.documents.sealing.certificate import SealKey, fingerprint
from acctflows.documents.sealing.inspecting import inspect_pdf
from acctflows.documents.sealing.seal import for_pyhanko, is_signed, seal
from acctflows.documents.sealing.timestamps import TimestampService
from acctflows.errors import ConflictError, InputError
from tests.documents.sealing.samples import accepted_pdf, certificate_for
from tests.documents.sealing.tsa import (
    STAMPED,
    Answer,
    refuse,
    stamp,
    stamp_something_else,
    time_stamp_service,
)

REASON = "Angenommen von Anna Möwe, 2026-11-24T12:05:09Z"


def test_readers_find_the_whole_file_sealed_and_unchanged(seal_key: SealKey) -> None:
    sealed = seal(accepted_pdf(), seal_key=seal_key, reason=REASON)

    (found,) = PdfFileReader(io.BytesIO(sealed.pdf)).embedded_signatures
    trust = ValidationContext(trust_roots=[for_pyhanko(seal_key.certificate)])
    status = validate_pdf_signature(found, trust)
    assert status.bottom_line
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert found.docmdp_level is MDPPerm.NO_CHANGES
    assert found.sig_object["/Reason"] == REASON
    assert found.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert sealed.sha256 == sha256(sealed.pdf).hexdigest()
    assert (sealed.timestamped, sealed.note) == (False, "")


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="pdfsig (poppler-utils) is not there")
def test_another_reader_agrees(seal_key: SealKey, tmp_path: Path) -> None:
    file = tmp_path / "sealed.pdf"
    file.write_bytes(seal(accepted_pdf(), seal_key=seal_key, reason=REASON).pdf)

    said = subprocess.run(["pdfsig", file], capture_output=True, text=True, check=True).stdout

    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "Signer Certificate Common Name: Nordlicht Digital GmbH" in said


def test_the_accepted_pages_are_not_touched(seal_key: SealKey) -> None:
    pdf = accepted_pdf()
    sealed = seal(pdf, seal_key=seal_key, reason=REASON).pdf

    assert sealed.startswith(pdf)
    first, last = pypdf.PdfReader(io.BytesIO(sealed)).pages
    assert "/Annots" not in first
    assert len(last["/Annots"]) == 1


def test_it_works_within_an_event_loop_and_in_threads(seal_key: SealKey) -> None:
    async def within() -> bytes:
        return seal(accepted_pdf(), seal_key=seal_key, reason=REASON).pdf

    with ThreadPoolExecutor(3) as pool:
        work = [
            pool.submit(seal, accepted_pdf(), seal_key=seal_key, reason=REASON) for _ in range(3)
        ]
    made = [asyncio.run(within()), *(each.result().pdf for each in work)]

    assert all(is_signed(each) for each in made)


def test_a_key_of_an_authority_seals_and_its_chain_goes_along() -> None:
    authority, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = certificate_for(authority, "Vertrauensdienst")
    leaf = certificate_for(own, "Siegel", issuer=(root, authority))

    sealed = seal(accepted_pdf(), seal_key=SealKey(leaf, own, (root,), Path("x")), reason=REASON)

    (found,) = PdfFileReader(io.BytesIO(sealed.pdf)).embedded_signatures
    (described,) = inspect_pdf(sealed.pdf)["signatures"]
    assert (described["intact"], described["certificate"]) == (True, fingerprint(leaf))
    assert [each.subject.native["common_name"] for each in found.other_embedded_certs] == [
        "Vertrauensdienst"
    ]


def test_a_sealed_file_is_not_sealed_again(seal_key: SealKey) -> None:
    sealed = seal(accepted_pdf(), seal_key=seal_key, reason=REASON)
    with pytest.raises(ConflictError, match="signed already"):
        seal(sealed.pdf, seal_key=seal_key, reason=REASON)


def _encrypted() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(accepted_pdf()))
    writer.encrypt("x", algorithm="AES-256")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


@pytest.mark.parametrize(
    "pdf", [b"", b"rubbish", b"<html></html>", accepted_pdf()[:700], _encrypted()]
)
def test_what_is_no_pdf_that_can_be_sealed_is_refused(seal_key: SealKey, pdf: bytes) -> None:
    with pytest.raises(InputError, match="cannot be read as a PDF"):
        seal(pdf, seal_key=seal_key, reason=REASON)


class TestTimeStamp:
    def test_a_service_that_answers_is_asked_once(self, seal_key: SealKey) -> None:
        asked = []

        def answer(request: bytes) -> tuple[str, bytes]:
            asked.append(request)
            return stamp(request)

        with time_stamp_service(answer) as url:
            sealed = seal(
                accepted_pdf(), seal_key=seal_key, reason=REASON, timestamps=TimestampService(url)
            )

        (found,) = inspect_pdf(sealed.pdf)["signatures"]
        assert sealed.timestamped
        assert (sealed.note, len(asked)) == ("", 1)
        assert (found["intact"], found["whole"]) == (True, True)
        assert found["stamped_at"] == STAMPED.isoformat()

    @pytest.mark.parametrize(
        "answer",
        [
            refuse,
            stamp_something_else,
            lambda _request: ("text/html", b"<html>busy</html>"),
            lambda _request: ("application/timestamp-reply", b"rubbish"),
            lambda _request: ("application/timestamp-reply", b""),
        ],
        ids=["refuses", "stamps something else", "html", "rubbish", "nothing"],
    )
    def test_a_bad_answer_keeps_nothing_up(self, seal_key: SealKey, answer: Answer) -> None:
        with time_stamp_service(answer) as url:
            sealed = seal(
                accepted_pdf(), seal_key=seal_key, reason=REASON, timestamps=TimestampService(url)
            )

        assert not sealed.timestamped
        assert sealed.note.startswith(f"no time stamp from {url}: ")
        assert is_signed(sealed.pdf)

    def test_a_service_that_is_down_is_noted(self, seal_key: SealKey) -> None:
        with time_stamp_service(stamp) as url:
            pass
        sealed = seal(
            accepted_pdf(), seal_key=seal_key, reason=REASON, timestamps=TimestampService(url)
        )
        assert "Connect call failed" in sealed.note
        assert is_signed(sealed.pdf)

    def test_a_service_that_hangs_is_left(self, seal_key: SealKey) -> None:
        over = threading.Event()

        def hang(_request: bytes) -> tuple[str, bytes]:
            over.wait(20)
            return "text/plain", b""

        with time_stamp_service(hang) as url:
            service = TimestampService(url, seconds=0.3)
            sealed = seal(accepted_pdf(), seal_key=seal_key, reason=REASON, timestamps=service)
            over.set()

        assert "TimeoutError" in sealed.note
        assert is_signed(sealed.pdf)

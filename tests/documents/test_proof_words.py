"""What is said of signatures given outside of our page: doubts like the rest, never “valid”."""

from datetime import UTC, datetime

import pytest

from acctflows.documents.proof_words import scan_findings, signature_findings
from acctflows.documents.scans import Scan
from acctflows.documents.sealing.external import Covers, ExternalSignature, ForeignSignature

AT = datetime(2026, 11, 24, 12, 5, tzinfo=UTC)
PLAIN = {
    "name": "Anna Möwe",
    "organisation": "",
    "issuer": "CN: Dienst",
    "signed_at": AT,
    "stamped_at": None,
    "intact": True,
    "covers": Covers.FILE,
    "claims": (),
    "trust": "",
    "problem": "",
}


def said(language: str, differences: tuple[str, ...] = (), **given: object) -> str:
    signature = ForeignSignature(**{**PLAIN, **given})  # type: ignore[arg-type]  # one of PLAIN's
    found = ExternalSignature("0" * 64, not differences, differences, (signature,))
    words = signature_findings(found, language, moment=lambda at: f"{at:%d.%m.%Y}")
    return " ".join(words)


def test_a_plain_signature_is_told_with_its_doubts() -> None:
    assert said("de") == (
        "Die Datei beginnt Byte für Byte mit der gezeigten. Signiert von Anna Möwe; das "
        "Zertifikat kommt von: CN: Dienst. Zeit nach der Uhr des Signierenden: 24.11.2026. Die "
        "Signatur ist unversehrt und deckt die ganze Datei. Das Zertifikat sagt nicht von sich, "
        "qualifiziert zu sein. Keine Stelle, der die Agentur vertraut, steht hinter dem "
        "Zertifikat: Ob der Name stimmt, ist damit nicht gesagt."
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": ""}, "somebody without a name"),
        ({"organisation": "Möwe GmbH"}, "Anna Möwe, Möwe GmbH"),
        ({"signed_at": None}, "names no time"),
        ({"stamped_at": AT}, "Time stamp in the file: 24.11.2026"),
        ({"covers": Covers.REVISION}, "only other signatures or data"),
        ({"covers": Covers.PART}, "does not cover the file"),
        ({"intact": False}, "The signature is broken"),
        ({"problem": "odd"}, "could not be checked to the end (odd)"),
        ({"claims": ("qc_compliance", "qc_sscd")}, "qualified, with the key in a secure device"),
        ({"trust": "Root X"}, "an authority the agency trusts: Root X"),
        ({"differences": ("page 2 differs",)}, "not the one that was shown: page 2 differs."),
    ],
)
def test_each_finding_has_its_words(given: dict[str, object], words: str) -> None:
    differences = given.pop("differences", ())
    assert words in said("en", differences, **given)  # type: ignore[arg-type]  # texts


def test_differences_are_told_in_german() -> None:
    told = said("de", ("3 pages instead of 2",))
    assert "ist nicht die gezeigte: 3 statt 2 Seiten." in told


def test_a_scan_is_told_with_its_pages() -> None:
    assert scan_findings(Scan("pdf", 3), "en") == ("Scan of the signed document (PDF, 3 pages).",)
    assert scan_findings(Scan("jpeg", 1), "de")[0].endswith("(JPEG, 1 Seite).")

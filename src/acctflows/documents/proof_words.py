"""The words about signatures given outside of our page, in both languages.

They say what was seen and never “valid” or “qualified”: that is for a validation service with the
trusted lists of the Union (Art. 32, 33 of Regulation (EU) 910/2014, eIDAS).
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime

from babel.dates import format_date

from acctflows.db.models.documents import Means
from acctflows.documents.scans import Scan
from acctflows.documents.sealing.external import Covers, ExternalSignature, ForeignSignature
from acctflows.money import LOCALES

Moment = Callable[[datetime], str]
"""Writes a moment as the reader's clock and language have it."""

_CONSENT = {
    "de": {
        Means.PAPER: "Auf Papier unterschrieben am {signed} von {who}, eingegangen am {received}. "
        "Der Scan liegt bei den Akten, SHA-256 {sha256}. Erfasst von {by}.",
        Means.SIGNED_PDF: "Als PDF-Datei signiert am {signed} von {who}, eingegangen am "
        "{received}. Die signierte Datei liegt bei den Akten, SHA-256 {sha256}. Erfasst von {by}.",
    },
    "en": {
        Means.PAPER: "Signed on paper on {signed} by {who}, received on {received}. The scan is on "
        "file, SHA-256 {sha256}. Recorded by {by}.",
        Means.SIGNED_PDF: "Signed as a PDF on {signed} by {who}, received on {received}. The "
        "signed file is on file, SHA-256 {sha256}. Recorded by {by}.",
    },
}

_SCAN = {
    "de": {
        True: "Scan des unterschriebenen Dokuments ({kind}, 1 Seite).",
        False: "Scan des unterschriebenen Dokuments ({kind}, {pages} Seiten).",
    },
    "en": {
        True: "Scan of the signed document ({kind}, 1 page).",
        False: "Scan of the signed document ({kind}, {pages} pages).",
    },
}
"""By whether it is a single page."""

_WORDS = {
    "de": {
        "grown": "Die Datei beginnt Byte für Byte mit der gezeigten.",
        "saved": "Die Datei wurde vor dem Signieren neu gespeichert; ihre Seiten sagen und zeigen "
        "dasselbe wie die gezeigten.",
        "differs": "Die Datei ist nicht die gezeigte: {differences}.",
        "signed": "Signiert von {who}; das Zertifikat kommt von: {issuer}.",
        "no_name": "jemandem ohne Namen im Zertifikat",
        "at": "Zeit nach der Uhr des Signierenden: {at}.",
        "no_time": "Eine Zeit nennt die Signatur nicht.",
        "stamped": "Zeitstempel in der Datei: {at}; wer ihn ausgestellt hat, wurde nicht geprüft.",
        Covers.FILE: "Die Signatur ist unversehrt und deckt die ganze Datei.",
        Covers.REVISION: "Die Signatur ist unversehrt; nach ihr kamen nur weitere Signaturen oder "
        "Angaben für spätere Prüfungen hinzu.",
        Covers.PART: "Die Signatur deckt die Datei nicht: Nach ihr wurde etwas geändert oder "
        "hinzugefügt.",
        "broken": "Die Signatur ist gebrochen: Was signiert wurde, ist nicht mehr dasselbe.",
        "problem": "Die Signatur ließ sich nicht zu Ende prüfen ({problem}).",
        "qualified": "Das Zertifikat sagt von sich, qualifiziert zu sein{more}; ob das stimmt, "
        "sagt nur ein Validierungsdienst.",
        "qc_sscd": ", mit dem Schlüssel in einem sicheren Gerät",
        "not_qualified": "Das Zertifikat sagt nicht von sich, qualifiziert zu sein.",
        "trusted": "Dahinter steht eine Stelle, der die Agentur vertraut: {trust}. Ob das "
        "Zertifikat gesperrt wurde, wurde nicht gefragt.",
        "untrusted": "Keine Stelle, der die Agentur vertraut, steht hinter dem Zertifikat: Ob der "
        "Name stimmt, ist damit nicht gesagt.",
    },
    "en": {
        "grown": "The file begins with the one that was shown, byte for byte.",
        "saved": "The file was saved anew before it was signed; its pages say and show the same as "
        "those that were shown.",
        "differs": "The file is not the one that was shown: {differences}.",
        "signed": "Signed by {who}; the certificate comes from: {issuer}.",
        "no_name": "somebody without a name in the certificate",
        "at": "Time by the signer's clock: {at}.",
        "no_time": "The signature names no time.",
        "stamped": "Time stamp in the file: {at}; who issued it was not checked.",
        Covers.FILE: "The signature is intact and covers the entire file.",
        Covers.REVISION: "The signature is intact; only other signatures or data for later checks "
        "came after it.",
        Covers.PART: "The signature does not cover the file: something was changed or added "
        "after it.",
        "broken": "The signature is broken: what was signed is not the same any more.",
        "problem": "The signature could not be checked to the end ({problem}).",
        "qualified": "The certificate says of itself that it is qualified{more}; whether that is "
        "true, only a validation service can say.",
        "qc_sscd": ", with the key in a secure device",
        "not_qualified": "The certificate does not say of itself that it is qualified.",
        "trusted": "Behind it stands an authority the agency trusts: {trust}. Whether the "
        "certificate was revoked was not asked.",
        "untrusted": "No authority the agency trusts stands behind the certificate: whether the "
        "name is true is not said by it.",
    },
}

_GERMAN_DIFFERENCES = {
    r"page (\d+) differs": r"Seite \1 weicht ab",
    r"(\d+) pages instead of (\d+)": r"\1 statt \2 Seiten",
    r"more than (\d+) pages.*": r"mehr als \1 Seiten, die nicht verglichen werden",
}


def consent_words(
    means: Means,
    *,
    name: str,
    function: str,
    signed_on: date,
    received_on: date,
    sha256: str,
    by: str,
    lang: str,
) -> str:
    """The sentence that takes the place of a declaration on our page.

    Args:
        means: On paper or as a signed PDF.
        name: Who signed.
        function: In what function; may be empty.
        signed_on: Day of the signature.
        received_on: Day on which it came to the agency.
        sha256: Of the file that shows it.
        by: Who records it.
        lang: ``de`` or ``en``.
    """
    return _CONSENT[lang][means].format(
        signed=format_date(signed_on, "long", locale=LOCALES[lang]),
        received=format_date(received_on, "long", locale=LOCALES[lang]),
        who=f"{name} ({function})" if function else name,
        sha256=sha256,
        by=by,
    )


def scan_findings(scan: Scan, language: str) -> tuple[str, ...]:
    """What a scan is, in a sentence."""
    words = _SCAN[language][scan.pages == 1]
    return (words.format(kind=scan.kind.upper(), pages=scan.pages),)


def signature_findings(
    found: ExternalSignature, language: str, *, moment: Moment
) -> tuple[str, ...]:
    """What was seen in a PDF signed elsewhere, in sentences; doubts are said like the rest.

    Args:
        found: What was seen.
        language: ``de`` or ``en``.
        moment: Writes moments.
    """
    words = _WORDS[language]
    if found.differences:
        first = words["differs"].format(differences=", ".join(_differences(found, language)))
    else:
        first = words["grown" if found.grown else "saved"]
    signed = (_signature(each, words, moment) for each in found.signatures)
    return (first, *(" ".join(sentences) for sentences in signed))


def _differences(found: ExternalSignature, language: str) -> Iterator[str]:
    patterns = _GERMAN_DIFFERENCES if language == "de" else {}
    for said in found.differences:
        words = (re.sub(pattern, put, said) for pattern, put in patterns.items())
        yield next((each for each in words if each != said), said)


def _signature(found: ForeignSignature, words: dict[str, str], moment: Moment) -> Iterator[str]:
    who = ", ".join(filter(None, (found.name, found.organisation))) or words["no_name"]
    yield words["signed"].format(who=who, issuer=found.issuer or "–")
    at = found.signed_at
    yield words["at"].format(at=moment(at)) if at else words["no_time"]
    if found.stamped_at:
        yield words["stamped"].format(at=moment(found.stamped_at))
    if found.problem:
        yield words["problem"].format(problem=found.problem)
    else:
        yield words[found.covers] if found.intact else words["broken"]
    if "qc_compliance" in found.claims:
        more = words["qc_sscd"] if "qc_sscd" in found.claims else ""
        yield words["qualified"].format(more=more)
    else:
        yield words["not_qualified"]
    yield words["trusted"].format(trust=found.trust) if found.trust else words["untrusted"]

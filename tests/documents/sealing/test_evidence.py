from dataclasses import replace

import pytest

from acctflows.documents.pdf.faces import Faces
from acctflows.documents.pdfcheck import check_pdf
from acctflows.documents.sealing.evidence import Evidence, Placement, ShownFile, Way
from acctflows.documents.sealing.evidence_pdf import evidence_pages
from acctflows.documents.sealing.evidence_words import FORMS, PLACES, SEAL, WAYS, WORDS
from tests.conftest import Golden
from tests.documents.pdf.reading import read_as_text, read_pages
from tests.documents.sealing.samples import CONSENT, evidence, house


def pages_of(evidence: Evidence, faces: Faces, language: str = "de") -> bytes:
    return evidence_pages(evidence, language=language, house=house(faces))


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_pages_say_who_when_how_and_from_where(
    faces: Faces, golden: Golden, language: str
) -> None:
    pdf = pages_of(evidence(language), faces, language)

    golden(f"evidence/{language}.txt", read_as_text(pdf))
    assert check_pdf(pdf, must_appear=[CONSENT[language], "Олена Шевченко"]).problems == ()


def test_the_same_input_gives_the_same_bytes(faces: Faces) -> None:
    assert pages_of(evidence(), faces) == pages_of(evidence(), faces)


def test_what_is_not_known_is_not_there(faces: Faces) -> None:
    bare = replace(
        evidence(),
        project="",
        approval=None,
        rounds=(),
        events=(),
        signers=(replace(evidence().signers[0], ip="", user_agent="", function=""),),
    )

    text = read_as_text(pages_of(bare, faces))

    for label in ("Projekt", "Intern freigegeben", "Frühere Fassungen", "Verlauf", "IP-Adresse"):
        assert label not in text
    assert "Erklärung: Anna Möwe" in text


def test_long_words_run_over_pages_and_none_is_lost(faces: Faces) -> None:
    words = [f"Wort{number}" for number in range(3000)]
    long = replace(
        evidence(),
        signers=(
            replace(
                evidence().signers[0],
                consent_text=" ".join(words),
                user_agent="Mozilla/" * 50,
            ),
        ),
    )

    pdf = pages_of(long, faces)

    assert len(read_pages(pdf)) > 3
    assert check_pdf(pdf, must_appear=[*words[::100], words[-1]]).problems == ()


@pytest.mark.parametrize("lines", range(1, 25, 3))
def test_the_heading_of_a_table_stands_with_its_first_row(faces: Faces, lines: int) -> None:
    first, _ = evidence().signers
    long = replace(
        evidence(),
        signers=(replace(first, consent_text="Zeile\n" * lines), replace(first, position=2)),
        rounds=(replace(evidence().rounds[0], words="Wort " * 60),),
    )

    pages = read_pages(pages_of(long, faces))

    (page,) = [text for text in pages if "Frühere Fassungen" in text]
    assert "Was dazu gesagt wurde" in page
    assert "Wort Wort" in page


def test_signs_of_no_typeface_do_not_keep_the_evidence_from_being_made(faces: Faces) -> None:
    strange = replace(evidence(), signers=(replace(evidence().signers[0], name="山田\x00太郎"),))

    text = read_as_text(pages_of(strange, faces))

    assert "Erklärung: \ufffd\ufffd\ufffd\ufffd" in text
    assert "Zeichen, die unsere Schriften nicht haben" in text
    assert "Zeichen, die unsere" not in read_as_text(pages_of(evidence(), faces))


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("language", ["de", "en"])
def test_each_way_is_told_with_what_it_shows(faces: Faces, language: str, way: Way) -> None:
    one = replace(evidence(language), signers=(replace(evidence(language).signers[0], way=way),))

    pdf = pages_of(one, faces, language)

    assert check_pdf(pdf, must_appear=[WAYS[language][way], FORMS[language][way]]).problems == ()
    others = [FORMS[language][each][:40] for each in Way if each is not way]
    text = " ".join(read_as_text(pdf).split())
    assert not [words for words in others if words in text]


def test_a_word_file_is_named_with_its_hash(faces: Faces) -> None:
    word = replace(
        evidence(),
        shown=ShownFile("Word", "ab" * 32, 20_480, None, name="V-2026-0001-v2.docx"),
        placement=Placement.INSIDE,
    )

    found = check_pdf(
        pages_of(word, faces),
        must_appear=["Word, 20.480 Bytes", "V-2026-0001-v2.docx", "ab" * 32, "als Anlage bei"],
    )

    assert found.problems == ()


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["de"].keys() == WORDS["en"].keys()
    for texts in (WAYS, FORMS, PLACES):
        assert texts["de"].keys() == texts["en"].keys()
    assert len(SEAL["de"]) == len(SEAL["en"])

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.documents.pdf import faces as faces_module
from acctflows.documents.pdf.faces import BOLD, Faces, load_faces, printable
from acctflows.errors import ConfigurationError, InputError

WORDS = st.text(st.sampled_from("abcäöüßЖΩ€ -/…\u00a0e\u0301"), max_size=300)


def test_the_typefaces_are_read_once(faces: Faces, tmp_path: Path) -> None:
    assert load_faces(tmp_path / "elsewhere") is faces


def test_a_missing_typeface_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="SourceSansPro-Regular"):
        faces_module.Faces(tmp_path)


def test_each_character_is_set_in_the_first_face_that_has_it(faces: Faces) -> None:
    names = [name for name, _ in faces.runs("Müller Привет Γειά → ╬ 🚀")]
    assert names[0] == "acctflows-SourceSansPro-Regular"
    assert names[-1] == "acctflows-NotoEmoji[wght]"
    assert "acctflows-DejaVuSans" in names


def test_runs_join_to_the_text(faces: Faces) -> None:
    text = "a🚀b Ж"
    assert "".join(run for _, run in faces.runs(text, BOLD)) == text


def test_a_character_that_no_face_has_is_refused_and_named(faces: Faces) -> None:
    with pytest.raises(InputError, match=r"U\+65E5"):
        faces.width("日本", 10)


def test_words_nobody_can_correct_are_set_as_far_as_they_can(faces: Faces) -> None:
    assert faces.settable("gut\n日本 Ж\x00🚀") == "gut\n\ufffd\ufffd Ж🚀"


@given(text=WORDS, width=st.floats(30, 300))
def test_wrapped_lines_fit_and_lose_nothing(faces: Faces, text: str, width: float) -> None:
    lines = faces.wrap(text, 10, width)

    assert all(faces.width(line, 10) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == printable(text).replace(" ", "")


def test_lines_end_at_spaces_but_never_at_no_break_spaces(faces: Faces) -> None:
    lines = faces.wrap("Leistung vom 13.\u00a0November\u00a02026", 10, faces.width("x" * 20, 10))
    assert lines == ["Leistung vom", "13.\u00a0November\u00a02026"]


def test_a_word_wider_than_the_line_is_broken_after_a_sign_where_it_has_one(faces: Faces) -> None:
    lines = faces.wrap("Suchmaschinen-Optimierungsbericht", 10, faces.width("m" * 12, 10))
    assert lines[0] == "Suchmaschinen-"


def test_an_accent_stays_with_its_letter(faces: Faces) -> None:
    word = "q\u0301" * 50  # no composed letter exists
    lines = faces.wrap(word, 10, 47)
    assert len(lines) > 2
    assert all(line.startswith("q") for line in lines)


def test_line_ends_are_kept_and_control_characters_dropped(faces: Faces) -> None:
    assert faces.wrap("eins\r\nzwei\u2028drei\x00\u200b!", 10, 200) == ["eins", "zwei", "drei!"]


def test_letters_are_composed() -> None:
    assert printable("u\u0308ber\u00adlang\t!") == "überlang !"

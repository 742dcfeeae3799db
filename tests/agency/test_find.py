"""Finding a record by what a person types."""

import pytest
from sqlalchemy.orm import Session

from acctflows.agency import find
from acctflows.errors import NotFoundError
from tests.factories import (
    make_client,
    make_contact,
    make_project,
    make_service,
    make_specialist,
)


def test_record_is_found_by_key_or_unique_name(session: Session) -> None:
    client = make_client(session, number="K-77", legal_name="Möwe & Söhne GmbH")
    contact = make_contact(session, client, email="kaethe@moewe.example")
    project = make_project(session, client=client, number="P-2026-099", title="Relaunch Möwe")
    lena = make_specialist(session, given_name="Leni", email="leni@nordlicht-digital.example")
    service = make_service(session, code="UX-TEST", title_de="Nutzertest", title_en="User test")
    for text in ("K-77", " k-77 ", "moewe + soehne gmbh", "K-77 Möwe & Söhne GmbH"):
        assert find.client(session, text) is client
    for text in ("KAETHE@moewe.example", "Käthe Brünning"):
        assert find.contact(session, text, client=client) is contact
    for text in ("p-2026-099", "relaunch möwe"):
        assert find.project(session, text) is project
    for text in ("leni@nordlicht-digital.example", "Leni Hansen"):
        assert find.specialist(session, text) is lena
    for text in ("ux-test", "Nutzertest", "user test"):
        assert find.service(session, text) is service


def test_name_that_several_have_lists_them(books: Session) -> None:
    for number in ("P-2026-051", "P-2026-052"):
        make_project(books, number=number, title="SEO-Betreuung")
    with pytest.raises(NotFoundError, match=r"P-2026-051 SEO-Betreuung, P-2026-052") as refused:
        find.project(books, "seo betreuung")
    assert "use the number" in str(refused.value)


def test_mistyped_name_suggests_what_comes_close(books: Session) -> None:
    make_client(books, number="K-77", legal_name="Tidenhub GmbH")
    for text in ("Tidenhup GmbH", "K-78", "tidenhub"):
        with pytest.raises(NotFoundError, match="did you mean K-77 Tidenhub GmbH"):
            find.client(books, text)


def test_unknown_record_says_what_to_do(books: Session) -> None:
    with pytest.raises(NotFoundError, match="register the client first"):
        find.client(books, "K-1")


@pytest.mark.parametrize("text", ["", "  ", "—", "%", "' OR 1=1 --", "\0"])
def test_nothing_is_found_by_nothing(books: Session, text: str) -> None:
    make_project(books)
    with pytest.raises(NotFoundError):
        find.project(books, text)
    with pytest.raises(NotFoundError):
        find.contact(books, text)

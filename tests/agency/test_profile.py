"""The agency's profile: read whole, each wrong field named before it does harm."""

from pathlib import Path

import pytest

from acctflows.agency.profile import load_agency
from acctflows.errors import ConfigurationError
from tests.conftest import ROOT

DEMO = (ROOT / "templates/agency/agency.yaml").read_text(encoding="utf-8")


def profile(folder: Path, old: str, new: str) -> Path:
    """The demo agency's profile with one line changed."""
    assert old in DEMO
    file = folder / "agency.yaml"
    file.write_text(DEMO.replace(old, new), encoding="utf-8")
    return file


def test_an_international_domain_is_kept_as_mail_servers_take_it(tmp_path: Path) -> None:
    file = profile(
        tmp_path,
        "mail_sender: hallo@nordlicht-digital.example\nmail_domain: nordlicht-digital.example",
        "mail_sender: info@müller-design.example\nmail_domain: müller-design.example",
    )
    agency = load_agency(file)
    assert agency.mail_sender == "info@xn--mller-design-dlb.example"
    assert agency.mail_domain == "xn--mller-design-dlb.example"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("mail_sender", "grüße@nordlicht-digital.example"),
        ("mail_sender", "nordlicht-digital.example"),
        ("mail_sender", "a@b.example, c@d.example"),
        ("mail_domain", "https://nordlicht-digital.example"),
        ("mail_domain", "nordlicht digital.example"),
        ("mail_domain", "hallo@nordlicht-digital.example"),
    ],
)
def test_a_sender_no_mail_server_takes_is_named(tmp_path: Path, field: str, wrong: str) -> None:
    given = {"mail_sender": "hallo@nordlicht-digital.example"}.get(
        field, "nordlicht-digital.example"
    )
    with pytest.raises(ConfigurationError, match=field) as refused:
        load_agency(profile(tmp_path, f"{field}: {given}", f"{field}: {wrong}"))
    assert wrong in str(refused.value)

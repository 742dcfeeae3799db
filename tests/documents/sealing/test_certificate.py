import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    NoEncryption,
    pkcs12,
)

from acctflows.documents.sealing.certificate import (
    Owner,
    Pkcs12,
    SealKey,
    fingerprint,
    holder,
    known_certificates,
    load_seal_key,
    new_certificate,
)
from acctflows.errors import ConfigurationError
from tests.documents.sealing.conftest import OWNER
from tests.documents.sealing.samples import NOW, Key, certificate_for, key_usage

MAKES = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from acctflows.documents.sealing.certificate import Owner, load_seal_key
print("ready", flush=True)
sys.stdin.readline()
made = load_seal_key(
    Path(sys.argv[1]), owner=Owner("Nordlicht", "DE"), pkcs12_file=None, now=datetime.now(UTC)
)
print(made.fingerprint)
"""


def own(home: Path, *, now: datetime = NOW) -> SealKey:
    return load_seal_key(home, owner=OWNER, pkcs12_file=None, now=now)


def from_file(home: Path, file: Path, passphrase: str = "geheim", now: datetime = NOW) -> SealKey:
    return load_seal_key(home, owner=OWNER, pkcs12_file=Pkcs12(file, passphrase), now=now)


def p12(
    tmp_path: Path,
    key: Key | None = None,
    *,
    certificate: x509.Certificate | None = None,
    passphrase: bytes = b"geheim",
) -> Path:
    """A PKCS#12 file; with a good key and certificate where nothing else is asked for."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    certificate = certificate or certificate_for(key, "Siegel")
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    file = tmp_path / "seal.p12"
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, lock))
    return file


@pytest.fixture(scope="module")
def made_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that has its seal: making one takes half a second."""
    home = tmp_path_factory.mktemp("made")
    own(home)
    return home


class TestOwnCertificate:
    def test_it_is_made_on_first_use_and_stays(self, made_in: Path) -> None:
        made = own(made_in)

        assert own(made_in, now=NOW + timedelta(days=3000)) is made
        assert made.source == made_in / "seal" / "seal.pem"
        assert stat.S_IMODE(made.source.stat().st_mode) == 0o600
        assert stat.S_IMODE(made.source.parent.stat().st_mode) == 0o700

    def test_readers_of_pdfs_can_use_it(self, made_in: Path) -> None:
        made = own(made_in)
        certificate = made.certificate

        assert made.holder == "Nordlicht Digital GmbH"
        assert isinstance(made.key, rsa.RSAPrivateKey)
        assert made.key.key_size == 3072
        assert made.days_left(NOW) > 10 * 365
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
        assert usage.critical
        assert usage.value == key_usage("digital_signature", "content_commitment")
        assert x509.load_pem_x509_certificate(made.pem) == certificate
        assert b"PRIVATE" not in made.pem

    def test_a_long_name_is_cut_as_certificates_want_it(self) -> None:
        owner = Owner("Gesellschaft für überaus schöne Werbung " * 3, "DE")
        key = ec.generate_private_key(ec.SECP256R1())
        name = holder(new_certificate(key, owner=owner, now=NOW))
        assert owner.legal_name.startswith(name)
        assert 60 <= len(name.encode()) <= 64

    def test_of_processes_that_start_together_one_makes_it(self, home: Path) -> None:
        command = [sys.executable, "-c", MAKES, str(home)]
        started = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        for process in started:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()

        made = {process.communicate()[0] for process in started}

        assert len(made) == 1
        assert [process.returncode for process in started] == [0, 0, 0]
        assert sorted(file.name for file in (home / "seal").iterdir()) == [
            ".lock",
            "certificates",
            "seal.pem",
        ]

    def test_a_broken_file_is_never_replaced_silently(self, home: Path) -> None:
        file = home / "seal" / "seal.pem"
        file.parent.mkdir(parents=True)
        file.write_bytes(b"rubbish")
        with pytest.raises(ConfigurationError, match="restore it from the backup"):
            own(home)
        assert file.read_bytes() == b"rubbish"

    def test_the_key_is_never_printed(self, made_in: Path) -> None:
        assert "key=" not in repr(own(made_in))
        assert "geheim" not in repr(Pkcs12(made_in, "geheim"))


class TestPkcs12:
    def test_the_agencys_own_is_used(self, home: Path, tmp_path: Path) -> None:
        assert from_file(home, p12(tmp_path)).holder == "Siegel"

    def test_one_without_passphrase_is_used(self, home: Path, tmp_path: Path) -> None:
        assert from_file(home, p12(tmp_path, passphrase=b""), passphrase="").holder == "Siegel"

    def test_a_wrong_passphrase_is_said(self, home: Path, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="passphrase is wrong") as error:
            from_file(home, p12(tmp_path), "falsch")
        assert "falsch" not in str(error.value)

    @pytest.mark.parametrize("content", [b"", b"rubbish", b"-----BEGIN CERTIFICATE-----"])
    def test_what_is_no_such_file_is_said(self, home: Path, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "x.p12"
        file.write_bytes(content)
        with pytest.raises(ConfigurationError, match=r"no PKCS#12 file"):
            from_file(home, file)

    def test_a_missing_file_is_said(self, home: Path, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
            from_file(home, tmp_path / "none.p12")

    def test_a_file_without_key_is_said(self, home: Path, tmp_path: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        file = tmp_path / "x.p12"
        file.write_bytes(
            pkcs12.serialize_key_and_certificates(
                b"x", None, None, [certificate_for(key, "x")], BestAvailableEncryption(b"geheim")
            )
        )
        with pytest.raises(ConfigurationError, match="no key with its certificate"):
            from_file(home, file)

    @pytest.mark.parametrize(
        ("days", "said"), [(5000, "ended on 2037"), (-500, "begins on 2025-10-20 only")]
    )
    def test_one_out_of_its_time_is_said(
        self, home: Path, tmp_path: Path, days: int, said: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=said):
            from_file(home, p12(tmp_path), now=NOW + timedelta(days=days))

    def test_one_for_other_purposes_is_said(self, home: Path, tmp_path: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        web = certificate_for(key, "Web", extensions=(key_usage("key_agreement"),))
        with pytest.raises(ConfigurationError, match="not meant for signatures"):
            from_file(home, p12(tmp_path, key, certificate=web))

    @pytest.mark.parametrize(
        ("key", "said"),
        [
            (ed25519.Ed25519PrivateKey.generate(), "neither RSA nor"),
            (rsa.generate_private_key(65537, 1024), "1024 bits"),
        ],
    )
    def test_a_key_few_readers_take_is_said(
        self, home: Path, tmp_path: Path, key: Key, said: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=said):
            from_file(home, p12(tmp_path, key))


def test_certificates_of_former_seals_stay_known(home: Path, tmp_path: Path) -> None:
    first = from_file(home, p12(tmp_path))
    second = from_file(home, p12(tmp_path))

    known = {fingerprint(each) for each in known_certificates(home)}

    assert known == {first.fingerprint, second.fingerprint}


def test_a_new_certificate_is_made_when_the_old_is_moved_away(home: Path) -> None:
    now = datetime.now(UTC)
    first = own(home, now=now)
    first.source.rename(home / "old.pem")

    second = own(home, now=now)

    assert second.fingerprint != first.fingerprint
    assert len(known_certificates(home)) == 2


def test_a_broken_certificate_among_the_known_is_named(home: Path) -> None:
    file = home / "seal" / "certificates" / "x.pem"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x")
    with pytest.raises(ConfigurationError, match=r"x\.pem"):
        known_certificates(home)

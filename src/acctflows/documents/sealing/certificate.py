"""The agency's seal: its key and certificate, made on first use or taken from a PKCS#12 file."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from acctflows.errors import ConfigurationError

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

YEARS = 20
"""How long a certificate of ours holds: longer than documents must be kept (§ 257 HGB: ten)."""
KEY_BITS = 3072
"""RSA, which every PDF reader checks; at least 3000 bits as BSI TR-02102-1 asks."""
LONGEST_NAME = 64
"""Bytes of a name in a certificate: RFC 5280 says characters, programs count bytes."""
WARNING_DAYS = 60
"""So long before its end the doctor speaks of a certificate."""

SETTING = "ACCTFLOWS_SEAL_PKCS12"
_FEWEST_BITS = 2048


@dataclass(frozen=True)
class Owner:
    """Whose seal it is: the agency's legal name and its country (ISO 3166-1, two letters)."""

    legal_name: str
    country: str


@dataclass(frozen=True)
class Pkcs12:
    """The agency's own key and certificate, from a trust service or its own authority."""

    file: Path
    passphrase: str = field(repr=False)


@dataclass(frozen=True)
class SealKey:
    """What a seal is made with.

    Args:
        certificate: Says whose seal it is.
        key: Secret; never printed.
        chain: Certificates of those who issued it, for the reader's convenience.
        source: The file it came from.
    """

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...]
    source: Path

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hexadecimal, as readers of PDFs show it."""
        return fingerprint(self.certificate)

    @property
    def pem(self) -> bytes:
        """The certificate, for whoever wants to check seals elsewhere; without the key."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def holder(self) -> str:
        """Whose seal it is, as the certificate says."""
        return holder(self.certificate)

    def days_left(self, now: datetime) -> int:
        """Whole days until the certificate ends."""
        return (self.certificate.not_valid_after_utc - now).days


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate, in hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def holder(certificate: x509.Certificate) -> str:
    """The name in a certificate: the common name, or all of it where there is none."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def load_seal_key(
    home: Path, *, owner: Owner, pkcs12_file: Pkcs12 | None, now: datetime
) -> SealKey:
    """The agency's seal; made on first use where no PKCS#12 file is set.

    Each certificate ever used is kept in the home, so that seals of former ones stay known.

    Args:
        home: The installation's own folder.
        owner: Who stands in a certificate that is made.
        pkcs12_file: The agency's own, where it has one.
        now: The present moment.

    Raises:
        ConfigurationError: The file, its passphrase or its certificate cannot be used.
    """
    if pkcs12_file is None:
        made = home.resolve() / "seal" / "seal.pem"
        if not made.exists():
            _make_once(made, owner, now)
        seal_key = _read_own(made, _changed_at(made))
    else:
        seal_key = _read_pkcs12(pkcs12_file, _changed_at(pkcs12_file.file))
    _require_valid(seal_key, now)
    _keep(home, seal_key)
    return seal_key


def known_certificates(home: Path) -> list[x509.Certificate]:
    """Every certificate this installation ever sealed with.

    Raises:
        ConfigurationError: One of the files is no certificate any more.
    """
    found = []
    for file in sorted(_kept(home).glob("*.pem")):
        try:
            found.append(x509.load_pem_x509_certificate(file.read_bytes()))
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                "a certificate of former seals cannot be read",
                where=str(file),
                todo="restore it from the backup",
            ) from error
    return found


def new_certificate(key: PrivateKey, *, owner: Owner, now: datetime) -> x509.Certificate:
    """A certificate that its own key has signed: it may seal, and vouch for nobody else.

    Readers ask for digital signature and content commitment (RFC 5280, 4.2.1.3); they take a
    certificate without extended usages for any.
    """
    name = owner.legal_name.encode()[:LONGEST_NAME].decode(errors="ignore").strip()
    names = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, owner.country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    usage = dict.fromkeys(
        (
            *("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign"),
            *("crl_sign", "encipher_only", "decipher_only"),
        ),
        False,
    )
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0)
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(names)
        .issuer_name(names)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=YEARS * 365))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )


def _make_once(target: Path, owner: Owner, now: datetime) -> None:
    """Make key and certificate unless another process has: one file, there whole or not at all."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(target.parent):
        if target.exists():
            return
        key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        certificate = new_certificate(key, owner=owner, now=now)
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(target, secret + certificate.public_bytes(Encoding.PEM), mode=0o600)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process is making a seal; the lock ends with the process."""
    with (folder / ".lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write(target: Path, content: bytes, *, mode: int) -> None:
    """Write in one step: another process may be reading."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)


def _keep(home: Path, seal_key: SealKey) -> None:
    file = _kept(home) / f"{seal_key.fingerprint}.pem"
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(file, seal_key.pem, mode=0o644)


def _kept(home: Path) -> Path:
    return home.resolve() / "seal" / "certificates"


def _changed_at(file: Path) -> int:
    """When the file was written, so that a new one is read; nothing where there is none."""
    return file.stat().st_mtime_ns if file.exists() else 0


@lru_cache(maxsize=8)
def _read_own(file: Path, _changed: int) -> SealKey:
    try:
        content = file.read_bytes()
        key = load_pem_private_key(content, password=None)
        certificate = x509.load_pem_x509_certificate(content)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            "the key of the seal cannot be read",
            where=str(file),
            todo="restore it from the backup; without one move it away, and a new one is made",
        ) from error
    return SealKey(certificate, _usable(key, certificate, str(file)), (), file)


@lru_cache(maxsize=8)
def _read_pkcs12(source: Pkcs12, _changed: int) -> SealKey:
    where = f"{SETTING}, {source.file}"
    try:
        content = source.file.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"the file cannot be read: {error.strerror}", where=where, todo="correct the path"
        ) from error
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(
            content, source.passphrase.encode() or None
        )
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(
            "the file is no PKCS#12 file, or the passphrase is wrong",
            where=where,
            todo="correct ACCTFLOWS_SEAL_PASSPHRASE, or export the file (.p12, .pfx) again",
        ) from error
    if key is None or certificate is None:
        raise ConfigurationError(
            "the file holds no key with its certificate",
            where=where,
            todo="export the certificate together with its private key",
        )
    return SealKey(certificate, _usable(key, certificate, where), tuple(others), source.file)


def _usable(key: object, certificate: x509.Certificate, where: str) -> PrivateKey:
    """The key, when it is of a kind that PDF readers check and may seal.

    Raises:
        ConfigurationError: It is of another kind, too short, another's, or meant for other things.
    """
    reason = ""
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        reason = "the key is neither RSA nor of an elliptic curve, so few readers could check it"
    elif isinstance(key, rsa.RSAPrivateKey) and key.key_size < _FEWEST_BITS:
        reason = f"the key has {key.key_size} bits, fewer than {_FEWEST_BITS}"
    elif key.public_key() != certificate.public_key():
        reason = "key and certificate do not belong together"
    elif not _may_seal(certificate):
        reason = "the certificate is not meant for signatures of documents (key usage)"
    else:
        return key
    raise ConfigurationError(
        reason, where=where, todo="use a certificate for signing or sealing documents"
    )


def _may_seal(certificate: x509.Certificate) -> bool:
    # Readers take either: content commitment was called non-repudiation.
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def _require_valid(seal_key: SealKey, now: datetime) -> None:
    begin = seal_key.certificate.not_valid_before_utc
    end = seal_key.certificate.not_valid_after_utc
    if begin <= now <= end:
        return
    said = f"ended on {end:%Y-%m-%d}" if now > end else f"begins on {begin:%Y-%m-%d} only"
    raise ConfigurationError(
        f"the certificate of the seal {said}",
        where=str(seal_key.source),
        todo=f"name a newer file in {SETTING}, or move this one away and a new one is made; "
        "documents sealed so far stay known",
    )

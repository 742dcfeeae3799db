"""The certificates of trust services that are believed in PDFs signed elsewhere."""

from pathlib import Path

from cryptography import x509

from acctflows.errors import ConfigurationError

_ENDINGS = {".pem", ".crt", ".cer", ".der"}


def read_roots(folder: Path | None) -> list[x509.Certificate]:
    """The certificates in a folder: files ending with .pem, .crt, .cer or .der.

    Raises:
        ConfigurationError: One of them is none.
    """
    if folder is None or not folder.is_dir():
        return []
    files = [file for file in sorted(folder.iterdir()) if file.suffix.lower() in _ENDINGS]
    return [root for file in files for root in _read_root(file)]


def _read_root(file: Path) -> list[x509.Certificate]:
    try:
        content = file.read_bytes()
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_certificates(content)
        return [x509.load_der_x509_certificate(content)]
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            "the file holds no certificate",
            where=str(file),
            todo="replace it by the root certificate of the trust service, or remove it",
        ) from error

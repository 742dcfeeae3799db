"""What the children of an installation are given."""

import ssl
from datetime import UTC, datetime

from cryptography import x509

from acctflows.clockwork.installation import NOBODY


def test_the_only_authority_of_prefects_clients_vouches_for_nobody() -> None:
    [read] = ssl.create_default_context(cafile=str(NOBODY)).get_ca_certs() or [None]
    certificate = x509.load_pem_x509_certificate(NOBODY.read_bytes())
    assert read is None  # it may sign no other certificate
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.not_valid_after_utc < datetime.now(UTC)

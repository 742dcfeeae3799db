"""A time-stamp service on the loopback, as obliging or as bad as a test wants it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import keys, tsp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign.timestamps import DummyTimeStamper

from acctflows.documents.sealing.seal import for_pyhanko
from tests.documents.sealing.samples import certificate_for

STAMPED = datetime(2026, 11, 24, 12, 7, tzinfo=UTC)
"""What time its clock says."""

Answer = Callable[[bytes], tuple[str, bytes]]
"""What a request is answered with: a content type and bytes."""

REPLY = "application/timestamp-reply"


def stamp(request: bytes) -> tuple[str, bytes]:
    """A good answer."""
    return REPLY, _answer(tsp.TimeStampReq.load(request))


def stamp_something_else(request: bytes) -> tuple[str, bytes]:
    """A good stamp, but of other bytes than were asked for."""
    asked = tsp.TimeStampReq.load(request)
    asked["message_imprint"]["hashed_message"] = bytes(32)
    return REPLY, _answer(asked)


def refuse(_request: bytes) -> tuple[str, bytes]:
    """What services say that are asked too often."""
    status = tsp.PKIStatusInfo({"status": tsp.PKIStatus("rejection")})
    return REPLY, tsp.TimeStampResp({"status": status}).dump()


@contextmanager
def time_stamp_service(answer: Answer) -> Iterator[str]:
    """The address of a service that answers so."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            kind, content = answer(request)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(OSError):  # who waited too long has gone
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — its own name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


_KEY = rsa.generate_private_key(65537, 2048)
_CERTIFICATE = certificate_for(
    _KEY, "Zeit", extensions=(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]),)
)


def _answer(request: tsp.TimeStampReq) -> bytes:
    secret = _KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    service = DummyTimeStamper(
        for_pyhanko(_CERTIFICATE), keys.PrivateKeyInfo.load(secret), fixed_dt=STAMPED
    )
    answer: bytes = asyncio.run(service.async_request_tsa_response(request)).dump()
    return answer

"""Handing one mail over, once, through yagmail.

yagmail supplies the configuration, the connection, TLS and the login. Its ``send`` is not used: it
tries three times when an answer is lost, which makes up to three mails of one, and says "gave up"
and "delivered" alike. The message and the single attempt are ours.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

import yagmail

from acctflows.errors import AcctflowsError, ConfigurationError, TemporaryError
from acctflows.mail.message import mail_address, one_line
from acctflows.mail.session import SecureSession, Session

Security = Literal["none", "starttls", "ssl"]
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_REPLIES_PER_ATTEMPT = 15
"""Answers waited for from connecting (2 × EHLO, TLS, AUTH …) to the one after the final dot."""
_PART = 64 * 1024


class Outcome(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    TEMPORARY = "temporary"
    """Not taken; the same mail may be tried later."""
    PERMANENT = "permanent"
    """Not taken; the same mail will not be taken later either."""
    UNKNOWN = "unknown"
    """Perhaps taken: never tried again by itself."""


@dataclass(frozen=True)
class Handover:
    """The outcome of an attempt and the server's words, or ours where it said nothing."""

    outcome: Outcome
    words: str


class Mailer(yagmail.SMTP):  # type: ignore[misc]  # yagmail has no types
    """A signed-in connection to one mail server, for one thread.

    Args:
        sender: Envelope sender of every mail; may differ from the login.
        host: The server.
        port: Its port.
        security: ``starttls`` and ``ssl`` verify the server's certificate; ``none`` is for a
            server on the same machine.
        login: User name; empty means no login.
        password: Password of that user.
        timeout: Seconds each answer may take.
        context: TLS settings; the system's authorities when None.

    Raises:
        ConfigurationError: When a password would travel unencrypted to another machine.
        InputError: When the sender is no address.
    """

    def __init__(
        self,
        sender: str,
        *,
        host: str,
        port: int,
        security: Security = "starttls",
        login: str = "",
        password: str = "",
        timeout: float = 30,
        context: ssl.SSLContext | None = None,
    ) -> None:
        if login and security == "none" and host not in _LOOPBACK:
            raise ConfigurationError(
                f"the password for {host} would travel unencrypted",
                where="ACCTFLOWS_SMTP_SECURITY",
                todo="set it to starttls or ssl",
            )
        tls = context or ssl.create_default_context()
        options: dict[str, Any] = {"timeout": timeout}
        if security == "ssl":
            options["context"] = tls
        super().__init__(
            mail_address(sender),
            password,  # never None: yagmail would ask on the terminal
            host=host,
            port=port,
            smtp_ssl=security == "ssl",
            smtp_starttls={"context": tls} if security == "starttls" else False,
            smtp_skip_login=True,  # its login name is always the sender; ours comes in `connect`
            soft_email_validation=False,  # addresses are checked when a mail is queued
            **options,
        )
        self.set_logging(None)  # yagmail installs a handler of its own
        self.timeout = timeout
        self._account = login
        self._password = password

    @property
    def connection(self) -> type[smtplib.SMTP]:
        """The kind of session yagmail opens."""
        return SecureSession if self.ssl else Session

    @property
    def longest_attempt(self) -> float:
        """Seconds after which an attempt has ended, whatever the server does."""
        return self.timeout * _REPLIES_PER_ATTEMPT

    def connect(self) -> None:
        """Have a signed-in connection: the open one if it still answers, else a new one.

        Raises:
            ConfigurationError: When the server refuses the login, when TLS or AUTH is not possible,
                or when user, password or host cannot be said to a server.
            TemporaryError: When the server cannot be reached or has no time.
        """
        if self._answers():
            return
        self._drop()
        try:
            self.login()  # yagmail's: connects and starts TLS
            # The body and the final dot are two writes; without this each mail waits 40 ms.
            self.smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.smtp.ehlo_or_helo_if_needed()
            if self._account:
                self.smtp.login(self._account, self._password)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            self._drop()
            raise self._explain(error) from error

    def close(self) -> None:
        """Take leave of the server; never raises because of it."""
        if self.smtp is not None and not self.is_closed:
            with suppress(OSError, smtplib.SMTPException):
                self.smtp.quit()
        self._drop()

    def deliver(
        self, recipient: str, raw: bytes, *, before_data: Callable[[], None] = lambda: None
    ) -> Handover:
        """Hand one mail over to the server: one recipient, one attempt.

        Args:
            recipient: ASCII address, as `mail_address` gives it.
            raw: The message, ASCII with CRLF line ends.
            before_data: Called when the server agreed to the envelope, just before the message:
                whoever is called notes that from here on the mail may have been taken.

        Raises:
            AcctflowsError: As `connect`, and ConfigurationError when the server refuses the
                sender: it would refuse every mail.
            Exception: What `before_data` raises. Whatever is raised, nothing was handed over.
        """
        self.connect()
        refusal = self._offer(recipient, len(raw))
        if refusal is not None:
            return refusal
        try:
            before_data()
        except BaseException:
            self._drop()  # an open envelope would swallow the next mail
            raise
        return self._hand_over(raw)

    def _answers(self) -> bool:
        if self.smtp is None or self.is_closed:
            return False
        try:
            return bool(self.smtp.noop()[0] == 250)
        except (OSError, smtplib.SMTPException):
            return False

    def _drop(self) -> None:
        self.is_closed = True
        if self.smtp is not None:
            self.smtp.close()

    def _explain(self, error: Exception) -> AcctflowsError:
        where = f"mail server {self.host}:{self.port}"
        match error:
            case UnicodeError():
                return ConfigurationError(
                    "user name, password and host may have no umlauts or other special letters",
                    where=where,
                    todo="check ACCTFLOWS_SMTP_USER, _PASSWORD and _HOST;"
                    " choose a password of plain letters and digits",
                )
            case smtplib.SMTPAuthenticationError(smtp_code=code) if code >= 500:
                return ConfigurationError(
                    f"it refuses the login of “{self._account}” ({words_of(error)})",
                    where=where,
                    todo="check ACCTFLOWS_SMTP_USER and ACCTFLOWS_SMTP_PASSWORD",
                )
            case smtplib.SMTPException() if type(error) is smtplib.SMTPException:
                return ConfigurationError(
                    f"it offers no way to sign in that we know ({words_of(error)})",
                    where=where,
                    todo="let it offer PLAIN, LOGIN or CRAM-MD5, for example to an app password",
                )
            case smtplib.SMTPNotSupportedError() | ssl.SSLError() if not _ended(error):
                return ConfigurationError(
                    f"no safe connection ({words_of(error)})",
                    where=where,
                    todo="check ACCTFLOWS_SMTP_SECURITY, _PORT and _CA_FILE",
                )
            case _:
                return TemporaryError(
                    f"it cannot be reached ({words_of(error)})",
                    where=where,
                    todo="mails stay queued; check ACCTFLOWS_SMTP_HOST and _PORT if it lasts",
                )

    def _offer(self, recipient: str, length: int) -> Handover | None:
        smtp = self.smtp
        limit = smtp.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < length:
            words = f"the mail has {length} bytes, the server takes {limit}"
            return Handover(Outcome.PERMANENT, words)
        try:
            code, reply = smtp.mail(self.user, [f"size={length}"] if limit else [])
            sender_refused = code >= 500 and code != 552  # 552: too large, the fault of this mail
            if 200 <= code < 300:
                code, reply = smtp.rcpt(recipient)
        except Exception as error:  # whatever is wrong with this mail, others may be sound
            self._drop()
            return Handover(Outcome.TEMPORARY, f"before the message: {words_of(error)}")
        if sender_refused:
            self._drop()
            raise ConfigurationError(
                f"the mail server refuses the sender {self.user} ({_words(code, reply)})",
                todo="check mail_sender in agency.yaml and the login",
            )
        return None if 200 <= code < 300 else self._refused(code, reply)

    def _hand_over(self, raw: bytes) -> Handover:
        # By hand, because smtplib's `data` does not tell "before the final dot" from "after it".
        dotted = False
        try:
            code, reply = self.smtp.docmd("DATA")
            if code != 354:
                return self._refused(code, reply)
            self._send(re.sub(rb"(?m)^\.", b"..", raw))
            dotted = True
            self.smtp.send(b".\r\n")
            code, reply = self.smtp.getreply()
        except Exception as error:  # no error of ours may hide that the server perhaps took it
            self._drop()
            if dotted:
                return Handover(Outcome.UNKNOWN, f"no answer to the message: {words_of(error)}")
            return Handover(Outcome.TEMPORARY, f"inside the message: {words_of(error)}")
        if 200 <= code < 300:
            return Handover(Outcome.SENT, _words(code, reply))
        if code < 400:  # no answer of SMTP (-1: not even a number)
            self._drop()
            return Handover(Outcome.UNKNOWN, _words(code, reply))
        return self._refused(code, reply)

    def _send(self, content: bytes) -> None:
        # In parts, each of which may take as long as an answer: a slow line is no dead one.
        for start in range(0, len(content), _PART):
            self.smtp.send(content[start : start + _PART])

    def _refused(self, code: int, reply: bytes) -> Handover:
        try:
            usable = code != 421 and self.smtp.rset()[0] == 250
        except (OSError, smtplib.SMTPException):
            usable = False
        if not usable:
            self._drop()
        outcome = Outcome.PERMANENT if code >= 500 else Outcome.TEMPORARY
        return Handover(outcome, _words(code, reply))


def _ended(error: Exception) -> bool:
    """Whether the server has no time rather than no TLS: it hung up in the middle of it."""
    return isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)


def _words(code: int, reply: bytes) -> str:
    return one_line(f"{code} {reply.decode('utf-8', 'replace')}", 500)


def words_of(error: Exception) -> str:
    """What went wrong, in one line: the server's words where it said some."""
    match error:
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=reply):
            return _words(code, reply if isinstance(reply, bytes) else str(reply).encode())
        case _:
            return one_line(f"{type(error).__name__}: {error}", 500)

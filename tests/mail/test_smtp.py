"""One attempt at a real conversation, with every way it can go wrong."""

import time

import pytest

from acctflows.errors import AcctflowsError, ConfigurationError, TemporaryError
from acctflows.mail.smtp import Mailer, Outcome
from tests.mail.conftest import SENDER, Certificates, plain_mailer
from tests.smtp_server import DRIP, DROP, FLOOD, HOLD, SLOW, SmtpServer, Step

TO = "kaethe@moewe.example"
RAW = b"Subject: Vertrag\r\n\r\nGuten Tag\r\n.\r\n..\r\nEnde\r\n"


def test_mail_arrives_byte_by_byte(server: SmtpServer, mailer: Mailer) -> None:
    handover = mailer.deliver(TO, RAW)

    assert handover.outcome is Outcome.SENT
    assert handover.words == "250 taken as 1"
    [accepted] = server.accepted
    assert (accepted.sender, accepted.recipient) == (SENDER.address, TO)
    assert accepted.content == RAW


def test_many_mails_go_over_one_connection(server: SmtpServer, mailer: Mailer) -> None:
    for _ in range(20):
        assert mailer.deliver(TO, RAW).outcome is Outcome.SENT

    assert server.connections == 1
    assert len(server.accepted) == 20


@pytest.mark.parametrize(
    ("step", "fault", "outcome"),
    [
        ("MAIL", "451 try later", Outcome.TEMPORARY),
        ("MAIL", "552 too large", Outcome.PERMANENT),
        ("MAIL", "421 too many mails", Outcome.TEMPORARY),
        ("MAIL", DROP, Outcome.TEMPORARY),
        ("MAIL", HOLD, Outcome.TEMPORARY),
        ("RCPT", "450 greylisted", Outcome.TEMPORARY),
        ("RCPT", "550 no such user", Outcome.PERMANENT),
        ("RCPT", "421 closing", Outcome.TEMPORARY),
        ("RCPT", DROP, Outcome.TEMPORARY),
        ("RCPT", HOLD, Outcome.TEMPORARY),
        ("RCPT", DRIP, Outcome.TEMPORARY),
        ("RCPT", FLOOD, Outcome.TEMPORARY),
        ("DATA", "452 disk full", Outcome.TEMPORARY),
        ("DATA", "421 closing", Outcome.TEMPORARY),
        ("DATA", "250 what?", Outcome.TEMPORARY),
        ("DATA", "554 no", Outcome.PERMANENT),
        ("DATA", DROP, Outcome.TEMPORARY),
        ("dot", "451 try later", Outcome.TEMPORARY),
        ("dot", "421 closing", Outcome.TEMPORARY),
        ("dot", "554 looks like spam", Outcome.PERMANENT),
        ("dot", DROP, Outcome.UNKNOWN),
        ("answer", DROP, Outcome.UNKNOWN),
        ("answer", HOLD, Outcome.UNKNOWN),
        ("answer", DRIP, Outcome.UNKNOWN),
        ("answer", "nonsense", Outcome.UNKNOWN),
    ],
)
def test_fault_is_classed_and_the_next_mail_goes_out(
    server: SmtpServer, mailer: Mailer, step: Step, fault: str, outcome: Outcome
) -> None:
    server.faults[step] = [fault]
    begun = time.monotonic()

    handover = mailer.deliver(TO, RAW)

    assert handover.outcome is outcome
    assert handover.words
    assert time.monotonic() - begun < mailer.timeout + 2
    taken = len(server.accepted)
    assert mailer.deliver(TO, RAW).outcome is Outcome.SENT
    assert len(server.accepted) == taken + 1


def test_connection_lost_inside_a_large_message(server: SmtpServer, mailer: Mailer) -> None:
    server.faults["message"] = [DROP]

    handover = mailer.deliver(TO, RAW + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 200_000)

    assert handover.outcome is Outcome.TEMPORARY
    assert server.accepted == []


def test_slow_line_takes_a_large_message_all_the_same(server: SmtpServer, mailer: Mailer) -> None:
    server.faults["message"] = [SLOW]
    begun = time.monotonic()

    handover = mailer.deliver(TO, RAW + (b"y" * 70 + b"\r\n") * 200_000)

    assert handover.outcome is Outcome.SENT
    assert time.monotonic() - begun > mailer.timeout  # each part in time, the whole not


def test_answer_lost_makes_no_second_copy(server: SmtpServer, mailer: Mailer) -> None:
    server.faults["answer"] = [DROP]

    assert mailer.deliver(TO, RAW).outcome is Outcome.UNKNOWN
    assert len(server.accepted) == 1


def test_server_that_hung_up_between_two_mails_costs_no_attempt(
    server: SmtpServer, mailer: Mailer
) -> None:
    mailer.deliver(TO, RAW)
    server.faults["NOOP"] = [DROP]

    assert mailer.deliver(TO, RAW).outcome is Outcome.SENT
    assert server.connections == 2


def test_mail_larger_than_the_server_takes_is_not_even_offered() -> None:
    with SmtpServer(size=1000) as server, plain_mailer(server) as mailer:
        handover = mailer.deliver(TO, b"Subject: x\r\n\r\n" + b"x" * 1000)

        assert handover.outcome is Outcome.PERMANENT
        assert "1000" in handover.words
        assert mailer.deliver(TO, RAW).outcome is Outcome.SENT


def test_before_data_is_called_when_the_envelope_is_agreed(
    server: SmtpServer, mailer: Mailer
) -> None:
    called: list[int] = []
    server.faults["RCPT"] = ["550 no such user"]

    mailer.deliver(TO, RAW, before_data=lambda: called.append(1))
    assert called == []
    mailer.deliver(TO, RAW, before_data=lambda: called.append(len(server.accepted)))
    assert called == [0]


def test_failing_note_leaves_no_open_envelope_behind(server: SmtpServer, mailer: Mailer) -> None:
    def fail() -> None:
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        mailer.deliver(TO, RAW, before_data=fail)

    assert server.accepted == []
    mailer.deliver("other@moewe.example", RAW)
    assert [mail.recipient for mail in server.accepted] == ["other@moewe.example"]


@pytest.mark.parametrize(
    ("step", "fault", "error"),
    [
        ("greeting", "421 too busy", TemporaryError),
        ("greeting", "554 no service here", TemporaryError),
        ("greeting", DROP, TemporaryError),
        ("greeting", HOLD, TemporaryError),
        ("greeting", DRIP, TemporaryError),
        ("EHLO", DROP, TemporaryError),
        ("AUTH", "535 wrong password", ConfigurationError),
        ("AUTH", "454 try later", TemporaryError),
        ("MAIL", "553 sender not yours", ConfigurationError),
        ("MAIL", "530 sign in first", ConfigurationError),
    ],
)
def test_what_would_fail_for_every_mail_is_an_error(
    server: SmtpServer, step: Step, fault: str, error: type[AcctflowsError]
) -> None:
    server.faults[step] = [fault]
    begun = time.monotonic()

    with (
        plain_mailer(server, login="apikey", password="wrong") as mailer,
        pytest.raises(error) as raised,
    ):
        mailer.deliver(TO, RAW)

    assert raised.value.todo
    assert server.accepted == []
    assert time.monotonic() - begun < mailer.timeout + 2


def test_nobody_listens() -> None:
    with SmtpServer() as server:
        port = server.port
    mailer = Mailer(SENDER.address, host="127.0.0.1", port=port, security="none", timeout=0.5)

    with pytest.raises(TemporaryError, match=f"127.0.0.1:{port}"):
        mailer.connect()


def test_login_name_differs_from_the_sender(server: SmtpServer) -> None:
    with plain_mailer(server, login="apikey", password="s3cret") as mailer:
        mailer.deliver(TO, RAW)

    assert server.logins == ["AUTH PLAIN AGFwaWtleQBzM2NyZXQ=\r\n"]
    assert server.accepted[0].sender == SENDER.address


def test_sender_in_an_international_domain(server: SmtpServer) -> None:
    with Mailer(
        "info@müller-design.example", host="127.0.0.1", port=server.port, security="none"
    ) as mailer:
        assert mailer.deliver(TO, RAW).outcome is Outcome.SENT

    assert server.accepted[0].sender == "info@xn--mller-design-dlb.example"


@pytest.mark.parametrize("mechanisms", ["PLAIN", "LOGIN", "CRAM-MD5"])
@pytest.mark.parametrize(("login", "password"), [("lena", "Grüße-123"), ("käthe", "s3cret")])
def test_login_no_server_can_be_told_is_named_without_telling_it(
    mechanisms: str, login: str, password: str
) -> None:
    with SmtpServer(mechanisms=mechanisms) as server:
        server.faults["AUTH"] = ["334 UGFzc3dvcmQ6"] * 2
        with (
            plain_mailer(server, login=login, password=password) as mailer,
            pytest.raises(ConfigurationError, match="umlauts") as raised,
        ):
            mailer.deliver(TO, RAW)

    assert "ACCTFLOWS_SMTP_USER, _PASSWORD" in raised.value.todo
    assert password not in str(raised.value)
    assert server.accepted == []


def test_server_that_offers_no_way_to_sign_in_is_no_passing_trouble() -> None:
    with (
        SmtpServer(mechanisms="XOAUTH2") as server,
        plain_mailer(server, login="lena", password="secret") as mailer,
        pytest.raises(ConfigurationError, match="no way to sign in"),
    ):
        mailer.connect()


@pytest.mark.parametrize("fault", [UnicodeEncodeError("ascii", "ü", 0, 1, "x"), ValueError("CR")])
def test_fault_nobody_thought_of_belongs_to_one_mail(
    server: SmtpServer, mailer: Mailer, fault: Exception
) -> None:
    mailer.connect()

    def fail(_recipient: str) -> None:
        raise fault

    mailer.smtp.rcpt = fail
    assert mailer.deliver(TO, RAW).outcome is Outcome.TEMPORARY
    assert mailer.deliver(TO, RAW).outcome is Outcome.SENT


def test_fault_nobody_thought_of_after_the_message_is_a_doubt(
    server: SmtpServer, mailer: Mailer
) -> None:
    mailer.connect()
    say, heard = mailer.smtp.getreply, iter(range(9))

    def fail_after_the_message() -> tuple[int, bytes]:
        answer = say()
        if next(heard) == 4:  # NOOP, MAIL, RCPT, DATA, the message
            raise ValueError("nonsense")
        return answer

    mailer.smtp.getreply = fail_after_the_message
    assert mailer.deliver(TO, RAW).outcome is Outcome.UNKNOWN
    assert len(server.accepted) == 1


def test_password_never_travels_unencrypted_to_another_machine() -> None:
    with pytest.raises(ConfigurationError, match="unencrypted"):
        Mailer("a@b.example", host="mail.example", port=25, security="none", login="a")


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_certificate_of_a_known_authority(certificates: Certificates, security: str) -> None:
    with SmtpServer(tls=security, context=certificates.server) as server:
        with _tls_mailer(server, security, certificates.trusted) as mailer:
            assert mailer.deliver(TO, RAW).outcome is Outcome.SENT
        assert server.accepted[0].content == RAW


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_certificate_nobody_vouches_for_is_refused(
    certificates: Certificates, security: str
) -> None:
    with SmtpServer(tls=security, context=certificates.server) as server:
        with (
            _tls_mailer(server, security, None) as mailer,
            pytest.raises(ConfigurationError, match="certificate"),
        ):
            mailer.deliver(TO, RAW)
        assert server.logins == server.accepted == []


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_certificate_of_another_server_is_refused(
    certificates: Certificates, security: str
) -> None:
    with SmtpServer(tls=security, context=certificates.server) as server:
        with (
            _tls_mailer(server, security, certificates.trusted, host="localhost") as mailer,
            pytest.raises(ConfigurationError, match="localhost"),
        ):
            mailer.deliver(TO, RAW)
        assert server.logins == server.accepted == []


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_server_that_hangs_up_inside_tls_may_have_time_later(
    certificates: Certificates, security: str
) -> None:
    with SmtpServer(tls=security, context=certificates.server) as server:
        server.faults["TLS"] = [DROP]
        with _tls_mailer(server, security, certificates.trusted) as mailer:
            with pytest.raises(TemporaryError):
                mailer.deliver(TO, RAW)
            assert mailer.deliver(TO, RAW).outcome is Outcome.SENT


def test_server_without_tls_gets_no_password(server: SmtpServer) -> None:
    with (
        _tls_mailer(server, "starttls", None) as mailer,
        pytest.raises(ConfigurationError, match="STARTTLS"),
    ):
        mailer.deliver(TO, RAW)
    assert server.logins == []


@pytest.mark.parametrize("fault", ["454 TLS not now", "502 no", DROP, "220 but no handshake"])
def test_starttls_that_fails_leaves_nothing_readable(
    certificates: Certificates, fault: str
) -> None:
    with SmtpServer(tls="starttls", context=certificates.server) as server:
        server.faults["STARTTLS"] = [fault]
        with (
            _tls_mailer(server, "starttls", certificates.trusted) as mailer,
            pytest.raises(AcctflowsError),
        ):
            mailer.deliver(TO, RAW)
        assert server.logins == server.accepted == []


def test_answers_slipped_in_before_tls_are_not_heard_inside_it(certificates: Certificates) -> None:
    with (
        SmtpServer(
            tls="starttls",
            context=certificates.server,
            slipped_in="\r\n250-evil.example\r\n250 AUTH LOGIN\r\n235 welcome",
        ) as server,
        _tls_mailer(server, "starttls", certificates.trusted) as mailer,
    ):
        assert mailer.deliver(TO, RAW).outcome is Outcome.SENT
        assert mailer.smtp.esmtp_features["auth"].strip() == "PLAIN"


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_dripping_answer_inside_tls(certificates: Certificates, security: str) -> None:
    with SmtpServer(tls=security, context=certificates.server) as server:
        server.faults["answer"] = [DRIP]
        with _tls_mailer(server, security, certificates.trusted) as mailer:
            assert mailer.deliver(TO, RAW).outcome is Outcome.UNKNOWN


def _tls_mailer(
    server: SmtpServer, security: str, trusted: object, host: str = "127.0.0.1"
) -> Mailer:
    return Mailer(
        SENDER.address,
        host=host,
        port=server.port,
        security=security,
        login="apikey",
        password="s3cret",
        timeout=1,
        context=trusted,
    )

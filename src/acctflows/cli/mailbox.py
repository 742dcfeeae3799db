"""``acctflows mailbox``: a mail server of one's own that shows every mail in the browser."""

from zoneinfo import ZoneInfo

from acctflows.agency.profile import load_agency
from acctflows.clock import Clock
from acctflows.mailbox.serve import serve_mailbox
from acctflows.settings import read_settings


def mailbox(*, host: str = "127.0.0.1") -> None:
    """Take every mail that is sent and show it in the browser, until Ctrl-C.

    Args:
        host: Address to listen on; whoever reaches it can read all mails.
    """
    settings = read_settings()  # not the whole application, which takes longer to load than this

    def tell() -> None:
        print(f"Mailbox  http://{host}:{settings.mailbox_port}/  (SMTP on {settings.smtp_port})")

    serve_mailbox(
        settings.make_home() / "mailbox",
        templates=settings.path(settings.templates),
        clock=Clock(zone=ZoneInfo(load_agency(settings.path(settings.agency)).timezone)),
        host=host,
        smtp_port=settings.smtp_port,
        web_port=settings.mailbox_port,
        ready=tell,
    )

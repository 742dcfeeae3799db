"""``acctflows mailbox``: a mail server of one's own that shows every mail in the browser."""

from acctflows.app import load_app
from acctflows.mailbox.serve import serve_mailbox


def mailbox(*, host: str = "127.0.0.1") -> None:
    """Take every mail that is sent and show it in the browser, until Ctrl-C.

    Args:
        host: Address to listen on; whoever reaches it can read all mails.
    """
    app = load_app()
    settings = app.settings

    def tell() -> None:
        print(f"Mailbox  http://{host}:{settings.mailbox_port}/  (SMTP on {settings.smtp_port})")

    serve_mailbox(
        app.home / "mailbox",
        templates=app.templates,
        clock=app.clock,
        host=host,
        smtp_port=settings.smtp_port,
        web_port=settings.mailbox_port,
        ready=tell,
    )

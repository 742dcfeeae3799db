"""The command line: one file per job, gathered here."""

import sys

import cyclopts

from acctflows import __version__
from acctflows.errors import AcctflowsError

app = cyclopts.App(
    name="acctflows",
    help="The back office of an agency's account manager.",
    version=__version__,
)

# Loaded only when called: `acctflows --help` must not wait for libraries it does not need.
COMMANDS = {
    "up": "acctflows.cli.up:up",
    "doctor": "acctflows.cli.doctor:doctor",
    "import": "acctflows.cli.records:import_file",
    "export": "acctflows.cli.records:export_file",
    "work": "acctflows.cli.work:app",
    "payment": "acctflows.cli.payments:app",
    "survey": "acctflows.cli.surveys:app",
    "user": "acctflows.cli.users:app",
    "mail": "acctflows.cli.mail:app",
    "contract": "acctflows.cli.contracts:app",
    "document": "acctflows.cli.documents:app",
    "template": "acctflows.cli.templates:app",
    "portal": "acctflows.cli.portal:portal",
    "mailbox": "acctflows.cli.mailbox:mailbox",
    "demo": "acctflows.cli.demo:demo",
}
"""Command name to the function or sub-application that serves it."""

for _name, _target in COMMANDS.items():
    app.command(_target, name=_name)


def main() -> None:
    """Run the command line; an error a person can act on is printed without a traceback."""
    try:
        app()
    except AcctflowsError as error:
        print(f"acctflows: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)

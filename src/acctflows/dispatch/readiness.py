"""What stands between a client's records and any document that is put before them."""

from collections.abc import Iterator

from acctflows.db.models.agency import Client
from acctflows.dispatch.parties import possible_signers

LAWS = ("DE", "AT")
LANGUAGES = ("de", "en")


def party_problems(client: Client, *, what: str, signer: str, language: str) -> Iterator[str]:
    """Whether the client can stand in a document and someone there can answer it.

    Args:
        client: The other party.
        what: What is to be drafted, such as ``contract``.
        signer: E-mail of the contact who is to answer; empty: whoever may sign.
        language: The document's.
    """
    if client.archived_at is not None:
        yield f"client {client.number} is archived"
    for field in ("street", "postal_code", "city"):
        if not getattr(client, field).strip():
            yield f"client {client.number} has no {field.replace('_', ' ')}"
    if client.law not in LAWS:
        yield f"there is no {what} under the law of “{client.law}”, only {' and '.join(LAWS)}"
    if language not in LANGUAGES:
        yield f"there is no {what} in “{language}”: choose de or en in the form"
    yield from _signer_problems(client, signer)


def _signer_problems(client: Client, email: str) -> Iterator[str]:
    signers = possible_signers(client, email)
    if len(signers) == 1:
        return
    if signers:
        names = ", ".join(f"{signer.full_name} <{signer.email}>" for signer in signers)
        yield f"more than one contact may sign: name one in the form ({names})"
    elif email:
        yield f"client {client.number} has no contact with the e-mail “{email}”"
    else:
        yield f"client {client.number} has no signer: give one contact the role “signer”"

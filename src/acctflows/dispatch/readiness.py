"""What stands between a client's records and any document that is put before them."""

from collections.abc import Iterator, Sequence

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


def co_signer_problems(client: Client, *, signer: str, co_signers: Sequence[str]) -> Iterator[str]:
    """Whether those who sign after the first can be asked, each once.

    Args:
        client: The other party.
        signer: E-mail of the first; empty: whoever may sign.
        co_signers: Theirs.
    """
    asked = {contact.id for contact in possible_signers(client, signer)[:1]}
    for email in co_signers:
        found = possible_signers(client, email.strip()) if email.strip() else []
        if not found:
            yield f"client {client.number} has no contact with the e-mail “{email}”"
        elif found[0].id in asked:
            yield f"{found[0].full_name} would sign twice"
        asked |= {contact.id for contact in found}


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

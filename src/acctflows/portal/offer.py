"""What a client's link leads to: a frozen view of the document, read once per request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from acctflows.app import JOBS, App
from acctflows.db.models.agency import Specialist
from acctflows.db.models.documents import AccessLink, ClientDecision, Defect, DocumentVersion
from acctflows.db.models.signing import Objection, SignerConsent
from acctflows.documents import codes
from acctflows.documents.kinds import KINDS
from acctflows.documents.versions import shown_before
from acctflows.portal.files import is_intact
from acctflows.portal.kinds import KIND_PAGES, KindPage
from acctflows.portal.texts import Texts, choose_language


@dataclass(frozen=True)
class Offer:
    """Everything the client's page says."""

    token: str
    version_id: int
    kind: str
    number: str
    version: int
    title: str
    language: str
    """The reader's own: the contact's, or the document's where the pages do not speak it."""
    client: str
    contact: str
    function: str
    manager: Specialist | None
    """Whom to ask; None where the document belongs to no project."""
    answer_by: datetime
    sha256: str
    pages: int | None
    has_pdf: bool
    intact: bool
    """Whether the stored file is the registered one; without it nobody is asked to decide."""
    doc: Any
    page: KindPage
    decision: ClientDecision | None
    sealed: bool
    """Whether the file with the evidence is there already."""
    defects: tuple[Defect, ...]
    """What the client named with the decision."""
    objections: tuple[Objection, ...]
    """What the client objected to with the decision."""
    consent_given: SignerConsent | None
    """What this reader has given already, through whichever link, while others have to sign."""
    signers: tuple[str, ...]
    """Names of all who sign, in order."""
    signed: int
    """How many of them have."""
    asks_code: bool
    """Whether accepting needs a code that is mailed to the signer."""
    code_until: datetime | None
    """Until when the code that was mailed can be typed; None where one must be asked for."""
    code_to: str
    """Where codes are mailed, so that the reader knows which mailbox to open, and no more."""
    before: DocumentVersion | None
    """The version the client saw before this one."""
    answers: tuple[Objection, ...]
    """The objections to the version before, with what the agency answered."""

    @property
    def turn_of(self) -> str:
        """Who signs next; empty when all have."""
        return next(iter(self.signers[self.signed :]), "")

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"/d/{self.token}"

    @property
    def consumer(self) -> bool:
        """Whether the client is a consumer, whose button must say that it costs money."""
        return self.page.consumer(self.doc)

    @property
    def pays(self) -> bool:
        """Whether the button must say that accepting obliges to pay (§ 312j (3) BGB)."""
        return self.consumer and self.page.pays

    def kind_title(self, language: str) -> str:
        """What a reader of that language calls such a document."""
        return KINDS[self.kind].title(language)

    def consent(self, t: Texts) -> str:
        """The declaration a client makes by accepting, in the language of those texts."""
        who = "private" if self.consumer else "business"
        return t(
            f"consent.{self.kind}.{who}",
            number=self.number,
            version=self.version,
            client=self.client,
        )


def masked(address: str) -> str:
    """An e-mail address only its owner recognises: ``k***@moewe.example``."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}"


def read_offer(app: App, session: Session, link: AccessLink, token: str) -> Offer:
    """The view of what the link, still in its session, leads to."""
    version: DocumentVersion = link.version
    document, contact = version.document, link.contact
    before = shown_before(session, version)
    objected = before.decision if before else None
    code = codes.open_code(session, link, now=app.clock.now()) if link.asks_code else None
    page = KIND_PAGES[document.kind]
    doc = page.read(version.snapshot)
    return Offer(
        token=token,
        version_id=version.id,
        kind=document.kind,
        number=document.number,
        version=version.version,
        title=page.heading(doc),
        language=choose_language(contact.language, document.language),
        client=document.client.legal_name,
        contact=contact.full_name,
        function=contact.function,
        manager=document.project.manager if document.project else None,
        answer_by=link.expires_at,
        sha256=version.shown_sha256,
        pages=version.pages,
        has_pdf=bool(version.pdf_path),
        intact=is_intact(app.docs_out, version),
        doc=doc,
        page=page,
        decision=version.decision,
        sealed=version.sealed is not None,
        defects=tuple(version.decision.defects) if version.decision else (),
        objections=tuple(version.decision.objections) if version.decision else (),
        consent_given=next(
            (each for each in version.consents if each.link.contact_id == link.contact_id), None
        ),
        signers=tuple(each.name for each in JOBS[document.kind].signers(version)),
        signed=len(version.consents),
        asks_code=link.asks_code,
        code_until=code.expires_at if code else None,
        code_to=masked(contact.email),
        before=before,
        answers=tuple(objected.objections) if objected else (),
    )

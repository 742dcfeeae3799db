"""The kinds of record, in the order in which they depend on each other."""

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from acctflows.agency import (
    clients,
    columns,
    contacts,
    plan,
    projects,
    recurring_fees,
    references,
    services,
    specialists,
    work_columns,
    work_records,
)
from acctflows.agency.columns import Column
from acctflows.agency.forms import (
    ClientForm,
    ContactForm,
    MilestoneForm,
    PlanLineForm,
    ProjectForm,
    RecurringFeeForm,
    ServiceForm,
    SpecialistForm,
    WorkRecordForm,
)
from acctflows.agency.forms.fields import RecordForm
from acctflows.agency.rules import fold
from acctflows.agency.saving import Saved
from acctflows.db.models.agency import (
    Client,
    Contact,
    Milestone,
    Project,
    ProjectService,
    Service,
    Specialist,
)
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.models.receivables import RecurringFee


@dataclass(frozen=True, eq=False)
class RecordKind:
    """A kind of record as lists have it."""

    name: str
    de: str
    en: str
    also: tuple[str, ...]
    """What else a file or sheet of them may be called."""
    model: type[Any]
    form: type[RecordForm]
    columns: tuple[Column, ...]
    marks: frozenset[str]
    """Fields without which a list is not one of this kind."""
    put: Callable[..., Saved[Any]]
    fields: Callable[[Any], dict[str, Any]]
    words: Callable[[Any], str]
    """Number and name, to tell records apart."""
    marks_any: frozenset[str] = frozenset()
    """Fields one of which a list must have too, where there are any."""

    def title(self, language: str) -> str:
        """The plural in that language (``de`` or ``en``), which also names its file or sheet."""
        return self.de if language == "de" else self.en

    def column(self, field: str) -> Column | None:
        """The column of a field."""
        return next((column for column in self.columns if column.field == field), None)

    def lacks(self, fields: Set[str]) -> set[str]:
        """Fields without which a list with these fields is not one of this kind."""
        one_of = set() if self.marks_any & fields else self.marks_any
        return set(self.marks - fields) | set(one_of)

    def is_named(self, text: str) -> bool:
        """Whether a file or sheet of that name holds this kind."""
        names = {fold(name) for name in (self.name, self.de, self.en, *self.also)}
        return fold(text).strip("0123456789") in names


KindName: TypeAlias = Literal[
    "specialists", "services", "clients", "contacts", "projects", "plan_lines", "milestones",
    "work_records", "recurring_fees",
]  # fmt: skip
"""The keys of KINDS, for forms and the command line."""

KINDS: dict[str, RecordKind] = {
    kind.name: kind
    for kind in (
        RecordKind(
            name="specialists",
            de="Spezialisten",
            en="Specialists",
            also=("Spezialistinnen", "Team", "Mitarbeiter", "Mitarbeitende", "Staff", "Employees"),
            model=Specialist,
            form=SpecialistForm,
            columns=columns.SPECIALIST_COLUMNS,
            marks=frozenset({"email", "discipline"}),
            put=specialists.put_specialist,
            fields=specialists.specialist_fields,
            words=references.person_words,
        ),
        RecordKind(
            name="services",
            de="Leistungen",
            en="Services",
            also=("Leistungskatalog", "Service catalogue", "Catalogue", "Katalog", "Preisliste"),
            model=Service,
            form=ServiceForm,
            columns=columns.SERVICE_COLUMNS,
            marks=frozenset({"code", "unit_price"}),
            put=services.put_service,
            fields=services.service_fields,
            words=references.service_words,
        ),
        RecordKind(
            name="clients",
            de="Kunden",
            en="Clients",
            also=("Kundenliste", "Customers", "Client list", "Kundenstamm"),
            model=Client,
            form=ClientForm,
            columns=columns.CLIENT_COLUMNS,
            marks=frozenset({"legal_name"}),
            put=clients.put_client,
            fields=clients.client_fields,
            words=references.client_words,
        ),
        RecordKind(
            name="contacts",
            de="Ansprechpartner",
            en="Contacts",
            also=("Kontakte", "Ansprechpartnerinnen", "People", "Personen"),
            model=Contact,
            form=ContactForm,
            columns=columns.CONTACT_COLUMNS,
            marks=frozenset({"client", "email"}),
            put=contacts.put_contact,
            fields=contacts.contact_fields,
            words=references.person_words,
        ),
        RecordKind(
            name="projects",
            de="Projekte",
            en="Projects",
            also=("Projektliste", "Project list"),
            model=Project,
            form=ProjectForm,
            columns=columns.PROJECT_COLUMNS,
            marks=frozenset({"client", "title"}),
            put=projects.put_project,
            fields=projects.project_fields,
            words=references.project_words,
        ),
        RecordKind(
            name="plan_lines",
            de="Projektleistungen",
            en="Project services",
            also=("Projektplan", "Plan", "Planzeilen", "Plan lines", "Positionen"),
            model=ProjectService,
            form=PlanLineForm,
            columns=columns.LINE_COLUMNS,
            marks=frozenset({"project", "service"}),
            put=plan.put_line,
            fields=plan.line_fields,
            words=references.line_words,
        ),
        RecordKind(
            name="milestones",
            de="Meilensteine",
            en="Milestones",
            also=("Termine",),
            model=Milestone,
            form=MilestoneForm,
            columns=columns.MILESTONE_COLUMNS,
            marks=frozenset({"project", "title", "due_on"}),
            put=plan.put_milestone,
            fields=plan.milestone_fields,
            words=references.milestone_words,
        ),
        RecordKind(
            name="work_records",
            de="Erbrachte Leistungen",
            en="Work records",
            also=("Zeiterfassung", "Stundenzettel", "Zeiten", "Timesheet", "Time entries", "Work"),
            model=WorkRecord,
            form=WorkRecordForm,
            columns=work_columns.WORK_COLUMNS,
            marks=frozenset({"project", "done_on"}),
            marks_any=frozenset({"hours", "quantity"}),
            put=work_records.put_work_record,
            fields=work_records.work_record_fields,
            words=references.work_words,
        ),
        RecordKind(
            name="recurring_fees",
            de="Laufende Gebühren",
            en="Recurring fees",
            also=("Gebühren", "Pauschalen", "Retainer", "Abonnements", "Fees", "Subscriptions"),
            model=RecurringFee,
            form=RecurringFeeForm,
            columns=work_columns.FEE_COLUMNS,
            marks=frozenset({"project", "service", "starts_on"}),
            put=recurring_fees.put_recurring_fee,
            fields=recurring_fees.fee_fields,
            words=references.fee_words,
        ),
    )
}
"""Every kind by name; a kind comes after those its records name."""

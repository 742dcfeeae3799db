"""The forms in which records are given: by the Prefect UI, the command line and imported files.

Titles and descriptions are what a person reads beside the field. Rules that concern one field, or
a field and the ones before it, live here; what depends on other records is checked when saving.
"""

from acctflows.agency.forms.delivery import FinishForm, WorkRecordForm
from acctflows.agency.forms.fees import RecurringFeeForm
from acctflows.agency.forms.people import ClientForm, ContactForm, SpecialistForm
from acctflows.agency.forms.work import (
    MilestoneForm,
    MilestoneStep,
    PlanLine,
    PlanLineForm,
    ProjectForm,
    ServiceForm,
)

__all__ = [
    "ClientForm",
    "ContactForm",
    "FinishForm",
    "MilestoneForm",
    "MilestoneStep",
    "PlanLine",
    "PlanLineForm",
    "ProjectForm",
    "RecurringFeeForm",
    "ServiceForm",
    "SpecialistForm",
    "WorkRecordForm",
]

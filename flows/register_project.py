"""A form for a project: register a new one, or change what is known of one."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from acctflows.agency.forms import ProjectForm
from acctflows.agency.projects import save_project
from flows.records import keep


@flow(name="register-project", flow_run_name="project {project.title}")
def register_project(project: ProjectForm) -> State[Any]:
    """Register a project or change one; a field left empty keeps what is there.

    Args:
        project: To change one, give its number and what is new; a new one gets the next number.
    """
    return keep(
        "project",
        lambda session, now: save_project(session, project, now=now),
        lambda row: f"{row.number} {row.title}",
    )

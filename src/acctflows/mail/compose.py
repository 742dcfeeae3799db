"""What a mail says: templates of a folder, filled strictly, in the client's language."""

import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import (
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    select_autoescape,
)
from jinja2.exceptions import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from acctflows.errors import ConfigurationError
from acctflows.mail.message import ComposedMail, Sender, one_line

__all__ = ["PARTS", "ComposedMail", "Sender", "compose"]

PARTS = ("subject.txt", "body.txt", "body.html")
"""The files of a mail in ``templates/mail/<name>/<language>/``."""


def compose(
    name: str, *, language: str, context: Mapping[str, Any], templates: Path
) -> ComposedMail:
    """Fill the three templates of a mail.

    ``body.html`` extends ``layout.html`` (blocks ``content`` and ``closing``; set ``button_url``
    and ``button_label`` for the button); ``body.txt`` ends with ``{% include "signature.txt" %}``.

    Args:
        name: Folder of the mail below ``templates/mail``.
        language: ``de`` or ``en``.
        context: What the templates may use; ``sender`` (a `Sender`) signs the mail.
        templates: The installation's templates folder.

    Raises:
        ConfigurationError: When a template is missing, broken, or uses a value that is not given;
            names the file, the line where known, and what is wrong.
    """
    environment = _environment(templates / "mail")
    subject, text, html = (
        _render(environment, f"{name}/{language}/{part}", {**context, "language": language})
        for part in PARTS
    )
    return ComposedMail(subject=one_line(subject), text=text, html=html)


@cache
def _environment(folder: Path) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _render(
    environment: ImmutableSandboxedEnvironment, path: str, context: Mapping[str, Any]
) -> str:
    try:
        return environment.get_template(path).render(context).strip() + "\n"
    except TemplateNotFound as error:
        raise ConfigurationError(
            f"the mail template {error.name} is missing",
            where=f"mail/{path}",
            todo="a mail has subject.txt, body.txt and body.html in each language",
        ) from error
    except TemplateSyntaxError as error:
        raise ConfigurationError(
            str(error.message),
            where=f"mail/{error.name or path}, line {error.lineno}",
            todo="correct the template",
        ) from error
    except Exception as error:  # a template may compute, so it may fail in every way Python can
        raise ConfigurationError(
            str(error),
            where=f"mail/{path}{_line(error)}",
            todo="use only values the mail is given",
        ) from error


def _line(error: Exception) -> str:
    """Where in which template it happened; Jinja writes the template's lines into the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if frame.filename.endswith((".txt", ".html"))]
    return f", line {inside[-1].lineno} of {Path(inside[-1].filename).name}" if inside else ""

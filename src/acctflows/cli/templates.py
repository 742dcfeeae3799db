"""``acctflows template``: whether the Word templates can be used."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cyclopts

from acctflows.app import load_app
from acctflows.contracts.sample import sample_context
from acctflows.delivery.reports.sample import sample_context as report_context
from acctflows.delivery.sample import SAMPLES as ACT_SAMPLES
from acctflows.documents.checking import Asked, check_apart
from acctflows.documents.lint import Problem

app = cyclopts.App(name="template", help="The Word templates of the documents.")

SAMPLES: dict[str, Callable[[str], dict[str, Any]]] = {
    "contract": sample_context,
    **ACT_SAMPLES,
    "report": report_context,
}
"""Document kind (the folder of its templates) to sample data in a language."""


@app.command
def check(*files: Path) -> None:
    """Say everything that is wrong with Word templates; ends with 1 if one cannot be used.

    A template in its kind's folder, such as contract/de.docx, is also filled with sample data.

    Args:
        files: The templates; all of the agency's when none is named.
    """
    chosen = files or sorted(load_app().templates.glob("documents/*/*.docx"))
    checked = zip(chosen, check_apart([_with_sample(file) for file in chosen]), strict=True)
    unusable = [file for file, problems in checked if not _is_usable(file, problems)]
    print(f"{len(chosen)} templates checked, {len(unusable)} cannot be used.")
    if unusable or not chosen:
        sys.exit(1)


def _with_sample(file: Path) -> Asked:
    kind = SAMPLES.get(file.resolve().parent.name)
    return file, kind(file.stem) if kind and file.stem in ("de", "en") else None


def _is_usable(file: Path, problems: list[Problem]) -> bool:
    """Print the file's problems."""
    print(f"{file}: {'ok' if not problems else ''}".rstrip())
    for problem in problems:
        print(f"  {'✗' if problem.fatal else '!'} {problem}")
    return not any(problem.fatal for problem in problems)

"""Checks Word templates in a process of its own, with little time and memory.

A template is a program of whoever edits it: loops in loops never end, a text can be made long
enough to fill any memory. In a process of its own that ends the check alone, and is said.
"""

import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from acctflows.documents.convert.office import TIE
from acctflows.documents.lint import Problem

SECONDS = 10
"""For one template; ours take a tenth of a second."""
MEGABYTES = 1500
"""Of address space for the whole process; ours take a fifth."""

Asked = tuple[Path, Mapping[str, Any] | None]
"""A template and the sample data to fill it with, as for `check_template`."""

# The answer is JSON: what comes from a process that has read a hostile file is never unpickled.
_CHILD = f"""{TIE}
import json, pickle, resource
from dataclasses import asdict
from acctflows.documents.lint import Problem, check_template
seconds, memory = int(sys.argv[2]), int(sys.argv[3]) * 1_000_000
asked = pickle.load(sys.stdin.buffer)
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
for template, sample in asked:
    signal.alarm(seconds)
    try:
        problems = check_template(template, sample)
    except MemoryError:
        problems = [Problem("", "", sys.argv[4])]
    signal.alarm(0)
    print(json.dumps([asdict(problem) for problem in problems]), flush=True)
"""
_TOO_MUCH = "It asks for more memory than a document may need: look at its loops and long texts."


def check_apart(asked: Sequence[Asked]) -> list[list[Problem]]:
    """The problems of each template, as `check_template` finds them, or that it asked for too much.

    Args:
        asked: Templates with their sample data; the time is limited for each.
    """
    found: list[list[Problem]] = []
    while len(found) < len(asked):
        rest = asked[len(found) :]
        done = subprocess.run(  # noqa: S603 — our own interpreter and program
            [sys.executable, "-I", "-c", _CHILD, *_arguments()],
            input=pickle.dumps(list(rest)),
            capture_output=True,
            check=False,
        )
        lines = done.stdout.splitlines()
        answers = [[Problem(**each) for each in json.loads(line)] for line in lines]
        found += answers
        if len(answers) < len(rest):
            found.append([Problem("", "", _reason(done))])
    return found


def _arguments() -> list[str]:
    return [str(os.getpid()), str(SECONDS), str(MEGABYTES), _TOO_MUCH]


def _reason(done: "subprocess.CompletedProcess[bytes]") -> str:
    """Why the process ended before it had an answer."""
    if done.returncode == -signal.SIGALRM:
        return f"It could not be filled within {SECONDS} seconds: look at its loops."
    if done.returncode < 0:
        return f"The check was ended by signal {-done.returncode}; perhaps the memory ran out."
    last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
    return f"The check broke off ({last[0]})."

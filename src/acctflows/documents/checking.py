"""Checks Word templates in a process of its own, with little time and memory.

A template is a program of whoever edits it: loops in loops never end, a text can be made long
enough to fill any memory. In a process of its own that ends the check alone, and is said.
"""

import base64
import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from acctflows.documents.convert.office import TIE
from acctflows.documents.lint import Asked, Problem, Report
from acctflows.documents.saying import Said, said

__all__ = ["Asked", "check_apart"]

SECONDS = 10
"""Of processor time for one template; ours take a tenth of a second."""
PATIENCE = 3
"""How many times as long it may take on a busy machine."""
MEGABYTES = 1500
"""Of address space for the whole process; ours take a fifth."""

# The answer is JSON: what comes from a process that has read a hostile file is never unpickled.
_CHILD = f"""{TIE}
import base64, json, pickle, resource
from dataclasses import asdict
from acctflows.documents.lint import Asked, Problem, Report, examine
from acctflows.documents.saying import said
seconds, patience, memory = int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]) * 1_000_000
asked = pickle.load(sys.stdin.buffer)
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
for each in asked:
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(seconds * patience)
    try:
        report = asdict(examine(Asked(*each)))
    except MemoryError:
        report = asdict(Report([Problem("", "", said("too_much_memory"))]))
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.alarm(0)
    report["filled"] = base64.b64encode(report["filled"] or b"").decode()
    print(json.dumps(report), flush=True)
"""


def check_apart(asked: Sequence[Asked]) -> list[Report]:
    """What `examine` finds in each template, or that it asked for too much.

    Args:
        asked: Templates with their sample data; the time is limited for each.
    """
    found: list[Report] = []
    while len(found) < len(asked):
        rest = asked[len(found) :]
        done = subprocess.run(  # noqa: S603 — our own interpreter and program
            [sys.executable, "-I", "-c", _CHILD, *_arguments()],
            input=pickle.dumps([(file, data, dict(made)) for file, data, made in rest]),
            capture_output=True,
            check=False,
        )
        lines = done.stdout.splitlines()
        answers = [_report(json.loads(line)) for line in lines]
        found += answers
        if len(answers) < len(rest):
            found.append(Report([Problem("", "", _reason(done))]))
    return found


def _arguments() -> list[str]:
    return [str(os.getpid()), str(SECONDS), str(PATIENCE), str(MEGABYTES)]


def _report(told: dict[str, Any]) -> Report:
    """What the process told."""
    problems = [Problem(**{**each, "said": Said(**each["said"])}) for each in told["problems"]]
    return Report(problems, told["variables"], base64.b64decode(told["filled"]) or None)


def _reason(done: "subprocess.CompletedProcess[bytes]") -> Said:
    """Why the process ended before it had an answer."""
    if -done.returncode in (signal.SIGPROF, signal.SIGALRM):
        return said("too_slow", seconds=SECONDS)
    if done.returncode < 0:
        return said("ended_by_signal", number=-done.returncode)
    last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
    return said("broke_off", reason=last[0])

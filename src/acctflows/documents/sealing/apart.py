"""Reads files of strangers in a process of its own, with little time and memory.

A PDF can be made to keep a reader busy for ever or to fill any memory. In a process of its own that
ends the reading alone, and is said.
"""

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from typing import Any

from acctflows.documents.convert.office import TIE
from acctflows.errors import InputError

SECONDS = 15
"""Of processor time for one file; an ordinary one takes one."""
PATIENCE = 3
"""How many times as long it may take on a busy machine."""
MEGABYTES = 1500
"""Of address space for the whole process."""

_AT_ONCE = threading.BoundedSemaphore(2)
"""Files read at the same time, whoever uploads how many."""

# The answer is JSON: what comes from a process that has read a hostile file is never unpickled.
_CHILD = f"""{TIE}
import importlib, json, pickle, resource, signal
memory = int(sys.argv[2]) * 1_000_000
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
signal.setitimer(signal.ITIMER_PROF, int(sys.argv[3]))
signal.alarm(int(sys.argv[3]) * int(sys.argv[4]))
read = getattr(importlib.import_module(sys.argv[5]), sys.argv[6])
print(json.dumps(read(**pickle.load(sys.stdin.buffer))))
"""


def read_apart(read: str, **given: object) -> Any:
    """What a function says of a file, read in another process.

    Args:
        read: Name of the function with that of its module, so that what it imports is loaded there
            and not here; it answers with what JSON can hold.
        given: Its arguments.

    Raises:
        InputError: It took too long, too much memory, or broke off.
    """
    with _AT_ONCE:
        done = subprocess.run(  # noqa: S603 — our own interpreter and program
            [
                *(sys.executable, "-I", "-c", _CHILD, str(os.getpid())),
                *(str(MEGABYTES), str(SECONDS), str(PATIENCE), *read.rsplit(".", 1)),
            ],
            input=pickle.dumps(given),
            capture_output=True,
            check=False,
        )
    if done.returncode == 0:
        return json.loads(done.stdout)
    raise InputError(
        f"the file cannot be read ({_reason(done)})", todo="ask its sender for another copy"
    )


def _reason(done: "subprocess.CompletedProcess[bytes]") -> str:
    if -done.returncode in (signal.SIGPROF, signal.SIGALRM):
        return f"not within {SECONDS} seconds"
    if done.returncode < 0:
        return f"reading it was ended by signal {-done.returncode}"
    last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
    return last[0][:200]

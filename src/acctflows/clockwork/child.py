"""Runs a program so that it never outlives the process that started it.

Started as ``python -m acctflows.clockwork.child [--fork] [--first MODULE] [--preload MODULE]
[--wait] -- MODULE ARGUMENT...`` it asks the kernel to end it with its parent. Where a starter has
everything loaded, a fork of that runs the program. Else it runs the first module, loads the others,
waits for a line on its standard input where asked, and then becomes ``python -m MODULE
ARGUMENT...`` in the same process.
"""

import argparse
import ctypes
import gc
import importlib
import os
import runpy
import signal
import sys

from acctflows.clockwork.stand_in import ask_for_fork

PR_SET_PDEATHSIG = 1
"""``prctl(2)``: the signal this process gets when the thread that started it ends."""


def die_with_parent(signum: int = signal.SIGTERM, *, parent: int | None = None) -> None:
    """Get ``signum`` when the parent ends, however it ends; Linux only, elsewhere nothing happens.

    Where the kernel cannot do this, the next ``acctflows up`` ends what was left over.

    Args:
        signum: The signal.
        parent: Its process id where it is known: it may have ended already.
    """
    if sys.platform != "linux":
        return
    parent = parent or os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent:  # it ended between the fork and here
        os.kill(os.getpid(), signum)


def main() -> None:
    """Read the arguments and become the program."""
    parser = argparse.ArgumentParser(prog="acctflows.clockwork.child")
    parser.add_argument("--first", metavar="MODULE", help="run it, and end its standard output")
    parser.add_argument("--preload", action="append", default=[], metavar="MODULE")
    parser.add_argument("--wait", action="store_true", help="wait for a line before the start")
    parser.add_argument("--fork", action="store_true", help="ask the starter to run the program")
    parser.add_argument("--signal", default="SIGTERM", help="what the death of the parent sends")
    parser.add_argument("program", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    die_with_parent(signal.Signals[given.signal])
    program = [word for word in given.program if word != "--"]
    if given.fork:
        ask_for_fork(program)
    gc.disable()  # modules make many objects and no garbage: looking for it takes a quarter longer
    if given.first:
        runpy.run_module(given.first, run_name="__main__", alter_sys=True)
        sys.stdout.flush()
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for name in given.preload:
        importlib.import_module(name)
    gc.freeze()
    gc.enable()
    if given.wait and not sys.stdin.readline():
        return  # the parent is gone before it gave the word
    become(program)


def become(program: list[str]) -> None:
    """Run a module with its arguments as ``python -m`` does, in this process."""
    module, *arguments = program
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

"""The processes of an installation's LibreOffices, and waiting for what happens to them."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil

from acctflows.documents.convert.libreoffice import office_folder, stop_libreoffice


class Running(NamedTuple):
    """Processes of one installation: each keeper has listeners, and each listener an office."""

    keepers: list[psutil.Process]
    listeners: list[psutil.Process]
    offices: list[psutil.Process]


def running(home: Path) -> Running:
    """What runs for this installation."""
    folder = str(office_folder(home))
    parents: dict[int, int] = {}
    offices, others = [], []
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline())
            if folder not in command or process.status() == psutil.STATUS_ZOMBIE:
                continue
            parents[process.pid] = process.ppid()
            (others if "keeper.py" in command else offices).append(process)
        except psutil.Error:  # it has ended, perhaps between two looks
            continue
    keepers = [each for each in others if parents[each.pid] not in parents]
    return Running(keepers, [each for each in others if each not in keepers], offices)


def eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for the condition, looking often; fail when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.02)


def leave_nothing(home: Path) -> None:
    """Stop the installation's LibreOffices; fail when any process is left over."""
    stop_libreoffice(home)
    eventually(lambda: not any(running(home)))

"""How many documents this machine can print at the same time."""

import os
from contextlib import suppress
from pathlib import Path

LISTENER_BYTES = 250_000_000
"""What a LibreOffice that prints a contract holds, measured."""

_MOST = 8
"""More would wait for the disk and for Prefect, not for a core."""
_MEMORY_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def listeners_for(*, cores: int, memory: int) -> int:
    """How many LibreOffices fit: one for each core, in at most a quarter of the memory.

    Args:
        cores: What this process may use.
        memory: Bytes of the machine, or of the container we are in.
    """
    return max(1, min(cores, memory // 4 // LISTENER_BYTES, _MOST))


def listeners_here() -> int:
    """How many LibreOffices fit on this machine."""
    return listeners_for(cores=_cores(), memory=_memory())


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> int:
    """Bytes of the machine, or fewer where a container has a limit."""
    found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for file in _MEMORY_LIMITS:
        with suppress(OSError, ValueError):  # no container, or one without a limit (“max”)
            found.append(int(file.read_text("ascii")))
    return min(found)

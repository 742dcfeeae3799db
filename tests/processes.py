"""Processes that tests end and then look at."""

import psutil


def ended(process: psutil.Process) -> bool:
    """Whether it runs no more, waited for by its parent or not; it may end while we look."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def words_of(process: psutil.Process) -> list[str]:
    """Its command line; empty when it ends while we look."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []

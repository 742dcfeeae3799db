"""One supervisor per home: a lock the kernel gives back when its holder dies."""

import fcntl
import os
from pathlib import Path
from typing import IO

from acctflows.errors import ConflictError


def take_lock(home: Path) -> IO[str]:
    """Become the one supervisor of this home; close the file to give it up.

    Raises:
        ConflictError: Another process is; names it.
    """
    home.mkdir(parents=True, exist_ok=True)
    file = (home / "up.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read().strip()
        file.close()
        raise ConflictError(
            f"acctflows is running here already (process {holder})",
            where=str(home),
            todo=f"stop it with Ctrl-C or “kill {holder}”, or choose another ACCTFLOWS_HOME",
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file

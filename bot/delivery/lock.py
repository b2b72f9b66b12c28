"""One process per KEDERGI_HOME: a lock on a file that the system itself releases when the process dies.

flock and not a file with a process id: nothing is left behind by `kill -9` that would keep the next start out.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import AlreadyRunningError


@contextmanager
def sole_instance(home: Path) -> Iterator[None]:
    """Hold the lock of `home`. Raises AlreadyRunningError at once when another process holds it."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / "kedergi.lock"
    with path.open("a") as file:
        path.chmod(0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(
                f"{home}: another Kedergi is running with this folder; stop it, or set KEDERGI_HOME to another folder"
            ) from None
        yield

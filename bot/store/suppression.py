"""The list of who has been erased, kept a second time beside the database, where a restored backup cannot undo it.

A line is an HMAC of the chat and the time of its erasure, so the file says nothing about anybody without the key. It
only grows. A backup folder gets a copy, so that an older backup that is carried to a new machine with its folder
brings back nobody who was erased before the newest one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from bot.errors import StoreError
from bot.store.database import Store

LIST_FILE = "erased.txt"

# HMAC of the chat, time of the erasure.
Entry = tuple[str, str]
_LINE = re.compile(r"[0-9a-f]{32} \d{4}-\d\d-\d\dT[\d:.]+\+00:00")


def read_list(folder: Path) -> set[Entry]:
    """The entries of the list in `folder`; none where there is no list. Raises StoreError for a line that is none."""
    path = folder / LIST_FILE
    entries = set()
    for number, line in enumerate(path.read_text(errors="replace").splitlines() if path.exists() else (), 1):
        if not _LINE.fullmatch(line):
            raise StoreError(f"{path}: line {number}: must be 32 hexadecimal digits and a time in UTC")
        chat_hmac, _, erased_at = line.partition(" ")
        entries.add((chat_hmac, erased_at))
    return entries


def add_to_list(folder: Path, entries: set[Entry]) -> None:
    """Add entries to the list in `folder` (0600), whole or not at all, whenever the process dies."""
    known = read_list(folder)
    if entries <= known:
        return
    path = folder / LIST_FILE
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{chat_hmac} {erased_at}\n" for chat_hmac, erased_at in sorted(known | entries, key=_by_time))
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)


def entries_of(store: Store) -> set[Entry]:
    """The entries that the database has."""
    return {(row["chat_hmac"], row["erased_at"]) for row in store.rows("SELECT chat_hmac, erased_at FROM suppressed")}


def keep_beside(store: Store) -> None:
    """Bring the list beside the database up to it."""
    add_to_list(store.home, entries_of(store))


def _by_time(entry: Entry) -> Entry:
    return entry[1], entry[0]

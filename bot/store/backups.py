"""Copies of the database file that can be taken while it is written to, and putting one back.

VACUUM INTO and not the backup API: it reads one moment of the database whatever the writer does meanwhile, and leaves
out what was deleted. The pseudonym key is never part of a copy: whoever finds one has no way from a pseudonym to a
person, and whoever restores one on a new machine must have kept the key elsewhere.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from bot.errors import StoreError
from bot.store.database import FILE, KEY_FILE, Store, open_store
from bot.store.migrations import migrations
from bot.store.suppression import Entry, add_to_list, read_list

RESTORING = "restoring"
# How many respondents are compared with the key: with a wrong key none of them fits.
COMPARED = 20


def take(home: Path, target: Path) -> None:
    """Write the database of `home` as it is at this moment to `target` (0600), checked and on disk.

    `target` appears whole or not at all. Takes as long as reading and writing the whole file. Raises StoreError.
    """
    path = home / FILE
    part = target.with_suffix(".part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as reader:
            reader.execute("VACUUM INTO ?", (str(part),))
        check(part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(target)
        sync_folder(target.parent)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"{target}: the backup cannot be written ({error}); check the disk") from error


def check(path: Path) -> None:
    """Raises StoreError when `path` is not a whole database of ours, or one of a later version of Kedergi."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as reader:
            (found,) = reader.execute("PRAGMA integrity_check(1)").fetchone()
            applied = applied_in(reader)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: cannot be read as a backup of Kedergi ({error})") from error
    if found != "ok":
        raise StoreError(f"{path}: is damaged ({found}); take an older backup")
    if unknown := applied - migration_names():
        raise StoreError(f"{path}: comes from a later version of Kedergi (it has {min(unknown)}); update first")


def erased_in(file: Path) -> set[Entry]:
    """The suppression list of a backup that `check` has passed."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as reader:
        return set(reader.execute("SELECT chat_hmac, erased_at FROM suppressed"))


def applied_in(reader: sqlite3.Connection) -> set[str]:
    """The migrations that a database has had."""
    return {name for (name,) in reader.execute(f"SELECT name FROM {migrations.migrations_table}")}


def migration_names() -> set[str]:
    """The migrations that this version knows."""
    return {one.name for one in migrations.pending(Database(memory=True))}


def put_back(file: Path, home: Path) -> Store:
    """Make the backup `file` the database of `home`, migrated, with everybody erased since then erased again.

    The caller holds the lock of `home` and has put the old database aside. Whoever stands in the list beside `file`,
    in that of `home` or in the backup itself stays erased. Raises StoreError, and then `home` is as it was.
    """
    check(file)
    beside = home / RESTORING
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir(mode=0o700, parents=True)
        shutil.copyfile(file, beside / FILE)
        if (home / KEY_FILE).exists():
            shutil.copy(home / KEY_FILE, beside / KEY_FILE)
        add_to_list(beside, read_list(home) | read_list(file.parent))
        with closing(open_store(beside)) as store:
            _check_key(store, file)
        _replace(beside, home)
    except OSError as error:
        raise StoreError(f"{file}: cannot be put back ({error})") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return open_store(home)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace(beside: Path, home: Path) -> None:
    add_to_list(home, read_list(beside))
    for ending in ("-wal", "-shm"):
        # They belong to the old file and would be read into the new one.
        (home / f"{FILE}{ending}").unlink(missing_ok=True)
    (beside / FILE).replace(home / FILE)
    sync_folder(home)


def _check_key(store: Store, file: Path) -> None:
    """Raises StoreError when none of the respondents' pseudonyms was made with the key of this home."""
    known = store.rows(
        "SELECT chat_id, respondent_key FROM respondents JOIN chats USING (chat_key) WHERE chat_id > 0 LIMIT ?",
        COMPARED,
    )
    most = store.value("SELECT count(*) FROM suppressed")
    fitting = any(
        row["respondent_key"] == store.pseudonym(f"respondent:{row['chat_id']}:{generation}")
        for row in known
        for generation in range(most + 1)
    )
    if known and not fitting:
        raise StoreError(f"{file}: was made with another {KEY_FILE}; put back the key that belongs to it")

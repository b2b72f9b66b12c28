"""The database file: how it is opened, written and read. The only writer connection of the process lives in `Store`.

WAL with synchronous=FULL: what is committed survives `kill -9` and a power cut. One writer connection, because SQLite
before 3.51.3 has a race between two connections that reset the WAL; readers open their own, read-only. `secure_delete`
overwrites what is deleted, but leaves a copy behind where SQLite has moved a row to another page: erasure relies on
`rewrite`.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.errors import StoreError
from bot.store.migrations import migrations

FILE = "kedergi.db"
KEY_FILE = "pseudonym.key"
KEY_BYTES = 32
BUSY_MS = 5000

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Store:
    """The writer connection, the folder it lies in, and the key of the pseudonyms."""

    db: Database
    home: Path
    key: bytes

    def atomic(self) -> AbstractContextManager[Database]:
        """A transaction; inside another one, a savepoint."""
        return self.db.atomic()

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """All rows of a query as dictionaries."""
        cursor = self.db.conn.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def row(self, sql: str, *values: Any) -> Row | None:
        """The first row of a query, or None."""
        return next(iter(self.rows(sql, *values)), None)

    def value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row, or None."""
        found = self.db.conn.execute(sql, values).fetchone()
        return found[0] if found else None

    def run(self, sql: str, *values: Any) -> int:
        """Carry out a writing statement; number of rows changed."""
        return int(self.db.conn.execute(sql, values).rowcount)

    def insert(self, sql: str, *values: Any) -> int:
        """Carry out an INSERT; the new row's key."""
        return int(self.db.conn.execute(sql, values).lastrowid or 0)

    def run_many(self, sql: str, values: Sequence[Sequence[Any]]) -> None:
        """Carry out a writing statement once for each row of values."""
        self.db.conn.executemany(sql, values)

    def pseudonym(self, text: str) -> str:
        """HMAC-SHA256 of `text` under the key of this KEDERGI_HOME, 32 hexadecimal digits."""
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()[:32]

    def close(self) -> None:
        """Close the writer connection."""
        self.db.close()


def open_store(home: Path) -> Store:
    """Open or create the database in `home` (folder 0700, files 0600). Raises StoreError, one line.

    Whoever was erased stays so: an old copy that was put in its place is erased again before anybody reads it.
    """
    # Erasure is written in terms of what stands here.
    from bot.store.erasure import erase_again

    path = home / FILE
    try:
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
        known = path.exists() and path.stat().st_size > 0
        key = _key(home / KEY_FILE, new=not known)
        path.touch(mode=0o600)
        path.chmod(0o600)
        crashed = _log_left(path)
        db = Database(_connect(path))
        migrations.apply(db)
        store = Store(db, home, key)
        if erase_again(store) or crashed:
            rewrite(db)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path}: cannot be opened as a database ({error}); check the disk and the file") from error
    return store


def open_reader(home: Path) -> sqlite3.Connection:
    """A read-only connection for reports. Raises StoreError when there is no readable database."""
    path = home / FILE
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        connection.execute("PRAGMA query_only=ON")
        connection.execute("SELECT count(*) FROM interviews")
    except sqlite3.Error as error:
        raise StoreError(f"{path}: cannot be read as a database ({error}); has the bot run with this home?") from error
    connection.row_factory = sqlite3.Row
    return connection


def rewrite(db: Database) -> bool:
    """Write the file anew, so that nothing deleted is left in it, and empty the write-ahead log, where it lives on.

    To be called outside a transaction. False when a reader holds the log open: what was deleted is still in it.
    """
    db.conn.execute("VACUUM")
    busy, _, _ = db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def timestamp(moment: datetime) -> str:
    """An aware time as it is stored: ISO 8601, UTC, microseconds; text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str) -> datetime:
    """The aware time that `timestamp` wrote."""
    return datetime.fromisoformat(text)


@contextmanager
def opened(home: Path) -> Iterator[Store]:
    """`open_store` for the length of a block."""
    store = open_store(home)
    try:
        yield store
    finally:
        store.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in (
        "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", f"busy_timeout={BUSY_MS}",
        "temp_store=MEMORY",  # What is rewritten never lies outside the home, not even for a moment.
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")
    for beside in (path.with_name(f"{FILE}-wal"), path.with_name(f"{FILE}-shm")):
        if beside.exists():
            beside.chmod(0o600)
    return connection


def _log_left(path: Path) -> bool:
    """Whether a crash has left a write-ahead log, in which erased texts may still stand."""
    log = path.with_name(f"{FILE}-wal")
    return log.exists() and log.stat().st_size > 0


def _key(path: Path, *, new: bool) -> bytes:
    """The key of the pseudonyms, made once. It never enters the database: without it no pseudonym leads to a chat.

    With a database but without its key nobody would be recognised, not even who has been erased: an error.
    """
    if not path.exists():
        if not new:
            raise StoreError(f"{path}: is missing, but {FILE} is there; put back the key that belongs to it")
        _write_key(path)
    text = path.read_text(errors="replace").strip()
    if not re.fullmatch(f"[0-9a-f]{{{2 * KEY_BYTES}}}", text):
        raise StoreError(f"{path}: must hold {2 * KEY_BYTES} hexadecimal digits")
    return bytes.fromhex(text)


def _write_key(path: Path) -> None:
    """Write a new key beside its place and move it there whole, so that a crash leaves all of it or nothing."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)

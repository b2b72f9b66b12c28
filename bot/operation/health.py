"""How the running service is doing, in figures, and which of them a person has to hear about."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.operation.backups import folder_of, newest
from bot.settings import Settings
from bot.store.database import FILE, open_reader
from bot.store.operations import Queues, queues

# Longer than any backlog that goes away by itself.
INBOX_PATIENCE = timedelta(minutes=5)
OUTBOX_PATIENCE = timedelta(minutes=15)
CODER_PATIENCE = timedelta(minutes=30)
# A night and what a slow disk may take.
BACKUP_PATIENCE = timedelta(hours=30)
LEAST_FREE_BYTES = 500 * 2**20


@dataclass(frozen=True, slots=True)
class Health:
    """One look: the queues, the age of the last backup (None: there is none), and the disk in bytes."""

    queues: Queues
    backup_age: timedelta | None
    disk_free: int
    database_size: int


def look(settings: Settings, now: datetime) -> Health:
    """Look at database and disk. Raises StoreError or OSError where they cannot be read."""
    with closing(open_reader(settings.home)) as reader:
        waiting = queues(reader, now)
    last = newest(folder_of(settings), now)
    size = (settings.home / FILE).stat().st_size
    return Health(waiting, now - last if last else None, shutil.disk_usage(settings.home).free, size)


def disk_is_low(free: int, database_size: int) -> bool:
    """Whether the disk has less room than a backup and a rewriting of the database need."""
    return free < max(LEAST_FREE_BYTES, 2 * database_size)


def alarms_of(health: Health, settings: Settings) -> Iterator[str]:
    """The names of the alarms that this look gives reason for."""
    if health.queues.inbox.age > INBOX_PATIENCE:
        yield "inbox_waits"
    if health.queues.outbox.age > OUTBOX_PATIENCE:
        yield "outbox_waits"
    if settings.coder and health.queues.coder.age > CODER_PATIENCE:
        yield "coder_behind"
    if disk_is_low(health.disk_free, health.database_size):
        yield "disk_low"

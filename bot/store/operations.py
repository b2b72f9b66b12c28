"""What the tables say about how the service is doing: queues, lags and what was set aside. Reads only."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store.database import moment

_QUEUES = {
    "inbox": "SELECT count(*), min(received_at) FROM inbox WHERE done_at IS NULL",
    "outbox": "SELECT count(*), min(queued_at) FROM outbox JOIN chats USING (chat_key) "
    "WHERE done_at IS NULL AND blocked = 0",
    "coder": "SELECT count(*), min(submitted_at) FROM to_code JOIN units USING (unit_id) "
    "JOIN answers USING (answer_id) JOIN answer_versions USING (answer_id, version) WHERE version = current_version",
}
_DEAD = {
    "inbox": "SELECT count(*) FROM inbox WHERE dead_reason IS NOT NULL AND raw IS NOT NULL",
    "outbox": "SELECT count(*) FROM outbox WHERE dead_reason IS NOT NULL AND dead_reason <> 'blocked'",
}


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits: how many, and for how long the oldest has."""

    waiting: int
    age: timedelta


@dataclass(frozen=True, slots=True)
class Queues:
    """The three queues. Those who blocked the bot wait in none; `coder` are answers that no model has coded.

    The dead: updates that could not be handled and whose text is still kept, messages that Telegram refused.
    """

    inbox: Queue
    outbox: Queue
    coder: Queue
    dead_updates: int
    dead_messages: int


def queues(reader: sqlite3.Connection, now: datetime) -> Queues:
    """How the queues stand at `now`."""
    waiting = {name: _queue(reader, sql, now) for name, sql in _QUEUES.items()}
    dead = {name: int(reader.execute(sql).fetchone()[0]) for name, sql in _DEAD.items()}
    return Queues(**waiting, dead_updates=dead["inbox"], dead_messages=dead["outbox"])


def damage(reader: sqlite3.Connection) -> str | None:
    """What SQLite finds wrong with the file, its first line; None when nothing is. Reads the whole file."""
    (found,) = reader.execute("PRAGMA integrity_check(1)").fetchone()
    return None if found == "ok" else str(found)


def _queue(reader: sqlite3.Connection, sql: str, now: datetime) -> Queue:
    count, oldest = reader.execute(sql).fetchone()
    return Queue(int(count), max(now - moment(oldest), timedelta()) if oldest else timedelta())

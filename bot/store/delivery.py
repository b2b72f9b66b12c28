"""Inbox, outbox and marks: the tables behind "what came is on disk before it is acknowledged".

Their keys are the guarantee: an update counts once by its id, a message to send once by cause and number, a prompt
once by chat and message id. Every function writes inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store.database import Store, timestamp
from bot.store.people import chat_key_of

# How long the keys of finished rows are kept; Telegram keeps updates for 24 hours.
KEEP = timedelta(hours=48)
# No message is put off for longer. What waits for a later time was put off while the clock was wrong, and is due.
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Received:
    """An update to keep. `chat_id` is None where there is no private chat behind it; `raw` is its JSON."""

    update_id: int
    chat_id: int | None
    raw: str


@dataclass(frozen=True, slots=True)
class InboxRow:
    """An update that waits for the worker."""

    inbox_key: int
    update_id: int
    chat_key: int | None
    raw: str
    received_at: str


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message that waits for the sender. `doubt_from`: see `Mark`; `tries` counts the sendings begun."""

    outbox_id: int
    chat_key: int
    chat_id: int
    message: str
    step: str | None
    tries: int
    doubt_from: int | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A prompt that is known to be on the screen. `doubt_from`: newest inbox row at a first try of unknown outcome."""

    message_id: int
    step: str
    doubt_from: int | None = None


def receive(store: Store, updates: Iterable[Received], now: datetime) -> int:
    """Keep the updates of a batch; how many were new. Known update ids are passed over."""
    new = 0
    for update in updates:
        chat = None if update.chat_id is None else chat_key_of(store, update.chat_id, now)
        new += store.run(
            "INSERT INTO inbox (update_id, chat_key, raw, received_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (update_id) DO NOTHING",
            update.update_id,
            chat,
            update.raw,
            timestamp(now),
        )
    return new


def waiting_inbox(store: Store, limit: int, skip: Collection[int] = (), each: int | None = None) -> list[InboxRow]:
    """The updates whose turn it is, without those of the chats in `skip`; at most `limit`, at most `each` of one chat.

    Every chat has its turn: first the oldest update of each, then the second of each. Within a chat, and between chats
    at the same turn, in order of arrival. Updates without a chat share one turn.
    """
    found = store.rows(
        "SELECT inbox_key, update_id, chat_key, raw, received_at FROM inbox JOIN ("
        "SELECT inbox_key, row_number() OVER (PARTITION BY chat_key ORDER BY inbox_key) AS turn FROM inbox "
        "WHERE done_at IS NULL AND (chat_key IS NULL OR chat_key NOT IN (SELECT value FROM json_each(?)))"
        ") USING (inbox_key) WHERE turn <= ? ORDER BY turn, inbox_key LIMIT ?",
        json.dumps(list(skip)),
        each or limit,
        limit,
    )
    return [InboxRow(**row) for row in found]


def newest_inbox(store: Store) -> int:
    """The key of the newest update ever received, 0 when there was none."""
    return int(store.value("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'inbox'") or 0)


def finish_inbox(store: Store, inbox_key: int, now: datetime) -> None:
    """The update is done; what it said is no longer kept here."""
    store.run("UPDATE inbox SET raw = NULL, done_at = ? WHERE inbox_key = ?", timestamp(now), inbox_key)


def dead_letter(store: Store, inbox_key: int, reason: str, now: datetime) -> None:
    """The update cannot be handled: it is kept whole, out of the way of the others."""
    store.run("UPDATE inbox SET dead_reason = ?, done_at = ? WHERE inbox_key = ?", reason, timestamp(now), inbox_key)


def revive(store: Store) -> int:
    """The dead letters whose text is still kept wait again, as long ago as they came; how many."""
    return store.run(
        "UPDATE inbox SET done_at = NULL, dead_reason = NULL WHERE dead_reason IS NOT NULL AND raw IS NOT NULL"
    )


def queue(store: Store, chat_key: int, cause: str, seq: int, message: str, step: str | None, now: datetime) -> None:
    """Put a message into the outbox; the same cause and number a second time changes nothing."""
    store.run(
        "INSERT INTO outbox (chat_key, cause, seq, message, step, queued_at) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (cause, seq) DO NOTHING",
        chat_key,
        cause,
        seq,
        message,
        step,
        timestamp(now),
    )


def sendable(store: Store, now: datetime, limit: int, busy: Collection[int] = ()) -> list[OutboxRow]:
    """The oldest waiting message of each chat that is due, without the chats in `busy` and the blocked ones."""
    found = store.rows(
        "SELECT outbox_id, chat_key, chat_id, message, step, tries, doubt_from FROM outbox AS own "
        "INDEXED BY outbox_in_order CROSS JOIN chats USING (chat_key) WHERE done_at IS NULL AND blocked = 0 "
        "AND (next_at IS NULL OR next_at <= ? OR next_at > ?) "
        "AND NOT EXISTS (SELECT 1 FROM outbox AS older WHERE older.chat_key = own.chat_key "
        "AND older.done_at IS NULL AND older.outbox_id < own.outbox_id) "
        "AND chat_key NOT IN (SELECT value FROM json_each(?)) ORDER BY outbox_id LIMIT ?",
        timestamp(now),
        timestamp(now + LONGEST_WAIT),
        json.dumps(list(busy)),
        limit,
    )
    return [OutboxRow(**row) for row in found]


def begin_send(store: Store, outbox_id: int) -> None:
    """Keep the intent to send, before the call: from here on its outcome is in doubt until it is known."""
    store.run(
        "UPDATE outbox SET tries = tries + 1, doubt_from = coalesce(doubt_from, ?) WHERE outbox_id = ?",
        newest_inbox(store),
        outbox_id,
    )


def sent(store: Store, row: OutboxRow, message_id: int | None, now: datetime) -> None:
    """The message is on the screen. A prompt becomes a mark; its text is no longer kept here.

    `row` is as it was read before this try: the mark carries the doubt that earlier tries left, not this one's.
    A message whose chat was erased while it was being sent leaves no mark.
    """
    waited = _done(store, row.outbox_id, None, now)
    if waited and row.step is not None and message_id is not None:
        store.run(
            "INSERT OR REPLACE INTO marks (chat_key, message_id, step, doubt_from) VALUES (?, ?, ?, ?)",
            row.chat_key,
            message_id,
            row.step,
            row.doubt_from,
        )


def put_off(store: Store, row: OutboxRow, next_at: datetime, *, certain: bool) -> None:
    """Try again at `next_at`, not more than `LONGEST_WAIT` from now.

    `certain`: this try is known to have shown nothing, so it adds no doubt.
    """
    doubt = row.doubt_from if certain else None
    store.run(
        "UPDATE outbox SET next_at = ?, doubt_from = CASE WHEN ? THEN ? ELSE doubt_from END WHERE outbox_id = ?",
        timestamp(next_at),
        certain,
        doubt,
        row.outbox_id,
    )


def dead(store: Store, outbox_id: int, reason: str, now: datetime) -> None:
    """The message cannot be sent: it makes no mark and holds up nothing."""
    _done(store, outbox_id, reason, now)


def marks_of(store: Store, chat_key: int) -> list[Mark]:
    """All marks of a chat, oldest message first."""
    found = store.rows(
        "SELECT message_id, step, doubt_from FROM marks WHERE chat_key = ? ORDER BY message_id", chat_key
    )
    return [Mark(**row) for row in found]


def doubtful_chats(store: Store) -> set[int]:
    """Chats with a prompt that may or may not be on the screen: their messages wait."""
    found = store.rows(
        "SELECT DISTINCT chat_key FROM outbox WHERE done_at IS NULL AND step IS NOT NULL AND doubt_from IS NOT NULL"
    )
    return {int(row["chat_key"]) for row in found}


def prompt_waits(store: Store, chat_key: int) -> bool:
    """Whether a prompt of this chat is still to be sent."""
    found = store.value(
        "SELECT 1 FROM outbox WHERE chat_key = ? AND done_at IS NULL AND step IS NOT NULL LIMIT 1", chat_key
    )
    return found is not None


def waiting_outbox(store: Store, chat_key: int) -> int:
    """How many messages to this chat are still to be sent."""
    return int(store.value("SELECT count(*) FROM outbox WHERE chat_key = ? AND done_at IS NULL", chat_key))


def purge(store: Store, now: datetime) -> int:
    """Forget the keys of updates and messages done more than 48 hours ago; dead letters stay. How many."""
    before = timestamp(now - KEEP)
    gone = store.run("DELETE FROM inbox WHERE done_at < ? AND dead_reason IS NULL", before)
    return gone + store.run("DELETE FROM outbox WHERE done_at < ?", before)


def _done(store: Store, outbox_id: int, reason: str | None, now: datetime) -> int:
    return store.run(
        "UPDATE outbox SET message = NULL, done_at = ?, dead_reason = ? WHERE outbox_id = ? AND done_at IS NULL",
        timestamp(now),
        reason,
        outbox_id,
    )

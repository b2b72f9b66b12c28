"""Turns: what waits of each chat, found without reading what waits of the others."""

from __future__ import annotations

from sqlite_utils import Database

from bot.store.migrations.registry import migrations, run

TURNS = """
DROP INDEX inbox_waiting;
CREATE INDEX inbox_turns ON inbox (chat_key, inbox_key) WHERE done_at IS NULL;
"""


@migrations()
def m013_turns(db: Database) -> None:
    """The oldest updates of every chat are found first, so that one chat that floods the inbox holds up no other."""
    run(db, TURNS)


ORDER = """
CREATE INDEX outbox_in_order ON outbox (outbox_id) WHERE done_at IS NULL;
"""


@migrations()
def m014_order(db: Database) -> None:
    """The oldest messages to send are found first, however many wait behind them."""
    run(db, ORDER)

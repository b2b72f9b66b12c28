"""Migration 9: who is at work on which answer, which answers two people code, and why a difference was settled."""

from __future__ import annotations

from sqlite_utils import Database

from bot.store.migrations.registry import migrations, run

REVIEW = """
CREATE TABLE draws (
    unit_id INTEGER PRIMARY KEY REFERENCES units ON DELETE CASCADE,
    doubled INTEGER NOT NULL CHECK (doubled IN (0, 1)),
    drawn_at TEXT NOT NULL
);
CREATE TABLE reviews (
    review_id INTEGER PRIMARY KEY AUTOINCREMENT,
    unit_id INTEGER NOT NULL REFERENCES units ON DELETE CASCADE,
    chat_key INTEGER NOT NULL REFERENCES chats ON DELETE CASCADE,
    settling INTEGER NOT NULL CHECK (settling IN (0, 1)),
    state TEXT NOT NULL CHECK (state IN ('open', 'saved', 'skipped', 'unsure', 'gone')),
    turn INTEGER NOT NULL,
    draft TEXT NOT NULL,
    cause TEXT NOT NULL,
    claimed_at TEXT NOT NULL,
    closed_at TEXT,
    UNIQUE (unit_id, chat_key, settling)
);
CREATE INDEX reviews_of ON reviews (chat_key, state);
CREATE TABLE reasons (
    coding_id INTEGER PRIMARY KEY REFERENCES codings ON DELETE CASCADE,
    reason TEXT NOT NULL
)
"""


@migrations()
def m009_review(db: Database) -> None:
    """Draws, reviews and reasons. Erasing an answer takes them along.

    A unit without a row in draws has not been shown yet. reviews.settling: this person settles a difference instead of
    coding; turn grows each time the answer is opened, and buttons carry it; draft is what is chosen but not saved, as
    JSON; cause names the outbox rows that show it; an open review claims the answer for half an hour from claimed_at;
    closed_at is NULL while it is open. reasons holds the words with which an adjudicated coding was explained.
    """
    run(db, REVIEW)

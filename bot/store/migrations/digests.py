"""Migration 7: who wants the digest and when, what was composed for whom, actions taken, and words to respondents."""

from __future__ import annotations

from sqlite_utils import Database

from bot.store.migrations.registry import migrations, run

DIGESTS = """
CREATE TABLE subscriptions (
    member_id INTEGER PRIMARY KEY REFERENCES members,
    weekday INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    hour INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
    since TEXT NOT NULL
);
CREATE TABLE deliveries (
    delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL,
    week TEXT NOT NULL,
    member_id INTEGER NOT NULL REFERENCES members,
    wanted_at TEXT NOT NULL,
    scope TEXT NOT NULL,
    lens TEXT NOT NULL,
    queued_at TEXT,
    UNIQUE (job, week, member_id)
);
CREATE INDEX deliveries_wanted ON deliveries (delivery_id) WHERE queued_at IS NULL;
CREATE TABLE actions (
    action_id INTEGER PRIMARY KEY AUTOINCREMENT,
    member_id INTEGER NOT NULL REFERENCES members,
    category TEXT NOT NULL,
    scope TEXT NOT NULL,
    taken_on TEXT NOT NULL,
    text TEXT NOT NULL,
    recorded_at TEXT NOT NULL
);
CREATE TABLE publications (
    publication_id INTEGER PRIMARY KEY AUTOINCREMENT,
    member_id INTEGER NOT NULL REFERENCES members,
    scope TEXT NOT NULL,
    round TEXT NOT NULL,
    text_kk TEXT NOT NULL,
    text_ru TEXT,
    written_at TEXT NOT NULL,
    published_at TEXT
)
"""


@migrations()
def m007_digests(db: Database) -> None:
    """Subscriptions to the digest, its deliveries, actions taken on a barrier, and publications to respondents.

    subscriptions: ISO weekday (1 Monday) and hour in Almaty. deliveries: `job` is 'weekly', or the cause that asked;
    the key is the promise that a week is composed once for a subscriber; queued_at is NULL while it waits to be
    composed. actions.taken_on is a day, YYYY-MM-DD. publications.text_ru is NULL while it is not written,
    published_at while it is a draft.
    """
    run(db, DIGESTS)

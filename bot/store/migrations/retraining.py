"""Which coder has coded since when, and which coder is to code again what only a model has coded."""

from __future__ import annotations

from sqlite_utils import Database

from bot.store.migrations.registry import migrations, run

RETRAINING = """
CREATE TABLE coder_changes (
    changed_at TEXT NOT NULL,
    coder TEXT NOT NULL,
    coder_before TEXT
);
CREATE TABLE recodings (
    coder TEXT PRIMARY KEY,
    requested_at TEXT NOT NULL
);
"""


@migrations()
def m011_retraining(db: Database) -> None:
    """Models come and go while the bot runs, and the digest says since when which one codes.

    coder_changes.coder_before is NULL for the first coder of all. A row of recodings asks that coder to code again
    every answer that only models have coded; without it a new model codes only what no model has coded.
    """
    run(db, RETRAINING)

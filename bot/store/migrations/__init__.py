"""The schema as numbered migrations. They are only ever added to; each says why it exists and what its NULLs mean.

Times are ISO 8601 text in UTC (`bot.store.database.timestamp`). Each subject has a file of its own; `SUBJECTS` names
them in the order in which they are applied. Telegram ids stand in `chats` only; everything else points at `chat_key`,
so that forgetting a person is one row away from forgetting who they were. Keys are AUTOINCREMENT: what an erased row
was called is never the name of another person's row, which a coder that is still at work on it, or an outbox row named
after it, would take it for.
"""

from __future__ import annotations

from sqlite_utils import Database

from bot.store.migrations import (
    digest_speed,
    digests,
    fairness,
    first,
    members,
    operations,
    retraining,
    review,
    triage,
)
from bot.store.migrations.registry import migrations

SUBJECTS = (first, members, digests, triage, review, operations, retraining, digest_speed, fairness)

__all__ = ["SUBJECTS", "migrations", "schema_text"]


def schema_text(db: Database) -> str:
    """Every table and view with its columns, one a line, tables first: the schema block of the README."""
    names = [table.name for table in db.tables if not table.name.startswith(("sqlite_", migrations.migrations_table))]
    return "\n".join(_columns(db, name) for name in [*sorted(names), *sorted(db.view_names())])


def _columns(db: Database, name: str) -> str:
    return f"{name}({', '.join(column[0] for column in db.execute(f'SELECT * FROM {name}').description)})"

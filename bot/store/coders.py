"""Which model codes since when, and the wish that it code again what only models have coded.

A promoted model is taken over by the running bot; the row written then is what the digest reports. Left out: who
promoted a model and why, which stands in `KEDERGI_HOME/models/history.jsonl` beside the models.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Store, moment, timestamp


@dataclass(frozen=True, slots=True)
class CoderChange:
    """From `changed_at` on `coder` codes (`model:<fingerprint>`) and no longer `before`."""

    changed_at: datetime
    coder: str
    before: str


def note_coder(store: Store, coder: str, now: datetime) -> bool:
    """Remember that from now on `coder` codes; False, and nothing written, where it already did."""
    before = store.value("SELECT coder FROM coder_changes ORDER BY rowid DESC LIMIT 1")
    if before == coder:
        return False
    store.run("INSERT INTO coder_changes VALUES (?, ?, ?)", timestamp(now), coder, before)
    return True


def coder_changes(reader: sqlite3.Connection, since: datetime, until: datetime) -> list[CoderChange]:
    """The changes from one model to another from `since` until just before `until`, in order; the first model of all
    is no change."""
    rows = reader.execute(
        "SELECT changed_at, coder, coder_before FROM coder_changes "
        "WHERE coder_before IS NOT NULL AND changed_at >= ? AND changed_at < ? ORDER BY rowid",
        (timestamp(since), timestamp(until)),
    )
    return [CoderChange(moment(row[0]), row[1], row[2]) for row in rows]


def ask_recoding(store: Store, coder: str, now: datetime) -> int:
    """Ask `coder` to code again all that only other models have coded, now and later; how many answers that is now."""
    store.run("INSERT INTO recodings VALUES (?, ?) ON CONFLICT (coder) DO NOTHING", coder, timestamp(now))
    return int(
        store.value(
            "SELECT count(*) FROM units AS unit JOIN answers AS answer ON answer.answer_id = unit.answer_id "
            "AND answer.current_version = unit.version WHERE unit.whole "
            "AND EXISTS (SELECT 1 FROM codings WHERE unit_id = unit.unit_id) "
            "AND NOT EXISTS (SELECT 1 FROM codings "
            "WHERE unit_id = unit.unit_id AND (coder = ? OR coder_kind <> 'model'))",
            coder,
        )
    )


def coder_now(reader: sqlite3.Connection) -> str | None:
    """The model that has coded last; None where none has."""
    found = reader.execute(
        "SELECT coder FROM codings WHERE coder_kind = 'model' ORDER BY coding_id DESC LIMIT 1"
    ).fetchone()
    return None if found is None else str(found[0])

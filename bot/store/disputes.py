"""Answers on which people differ or cannot decide, both codings of them, and how they were settled, with the reason.

On the list: two people whose categories differ, an answer that somebody was unsure of, and what was settled under an
older codebook. Urgent answers are not, until their case is closed. Every function works in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.store.codings import Coding, code_unit
from bot.store.database import Store
from bot.store.reviews import Reviewer, asked, codes_of


@dataclass(frozen=True, slots=True)
class Side:
    """What one person made of a disputed answer."""

    coder: str
    kind: str
    codebook_version: str
    codes: tuple[tuple[str, str | None], ...]


def disputed(store: Store, who: Reviewer, codebook_version: str, now: datetime) -> list[int]:
    """Units that wait to be settled by this person: differences of others first, oldest first, then their own."""
    found = store.db.conn.execute(
        _DISPUTED,
        asked(who, codebook_version, now),
    )
    return [int(row[0]) for row in found]


def sides(store: Store, unit_id: int) -> list[Side]:
    """The newest coding of each person who coded or settled the unit, the earliest first."""
    rows = store.rows(
        "SELECT max(coding_id) AS coding_id, coder, coder_kind, codebook_version FROM codings "
        "WHERE unit_id = ? AND coder_kind IN ('human', 'adjudicated') GROUP BY coder, coder_kind ORDER BY coding_id",
        unit_id,
    )
    return [
        Side(row["coder"], row["coder_kind"], row["codebook_version"], tuple(codes_of(store, row["coding_id"])))
        for row in rows
    ]


def settle(
    store: Store,
    unit_id: int,
    coding: Coding,
    codes: Sequence[tuple[str, str | None]],
    reason: str,
    now: datetime,
) -> None:
    """Keep the coding that settles a difference, and why."""
    coding_id = code_unit(store, unit_id, coding, [(*code, None) for code in codes], now)
    store.run("INSERT INTO reasons (coding_id, reason) VALUES (?, ?)", coding_id, reason)


_DISPUTED = """
WITH open_answer AS MATERIALIZED (SELECT answer_id, source, pile FROM standing WHERE pile <> 'urgent'),
disputed AS MATERIALIZED (
    SELECT unit.unit_id,
        open_answer.source = 'human' AND open_answer.pile = 'review' AS differ,
        open_answer.source IS NOT 'adjudicated' AND EXISTS (
            SELECT 1 FROM reviews WHERE unit_id = unit.unit_id AND NOT settling AND state = 'unsure'
        ) AS unsure,
        open_answer.source = 'adjudicated' AND :book <> (
            SELECT codebook_version FROM codings WHERE unit_id = unit.unit_id AND coder_kind = 'adjudicated'
            ORDER BY coding_id DESC LIMIT 1
        ) AS outdated,
        EXISTS (SELECT 1 FROM codings WHERE unit_id = unit.unit_id AND coder = :coder AND coder_kind = 'human') AS own
    FROM answers_current AS answer
    JOIN open_answer ON open_answer.answer_id = answer.answer_id
    JOIN units AS unit ON unit.answer_id = answer.answer_id AND unit.version = answer.version AND unit.whole
    WHERE (:scope = 'all' OR answer.district = :scope)
        AND answer.respondent_key IS NOT (SELECT respondent_key FROM respondents WHERE chat_key = :chat)
)
SELECT unit_id FROM disputed
WHERE (differ OR unsure OR outdated) AND NOT EXISTS (
    SELECT 1 FROM reviews WHERE unit_id = disputed.unit_id AND settling AND (
        chat_key <> :chat AND state = 'open' AND claimed_at > :claimed
        OR chat_key = :chat AND state = 'skipped' AND closed_at > :skipped
    )
)
ORDER BY outdated, own, unit_id
"""

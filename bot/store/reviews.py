"""What people review: which answers wait for them, who is at work on which, and what is chosen but not yet saved.

An open review claims an answer for half an hour, so that no two people code the same one, unless it was drawn to be
coded by two. One row a person and answer: the row also remembers what was passed over or left undecided. Urgent answers
are nobody's to review until their case is closed. Every function works inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.store.database import Row, Store, timestamp
from classifier.priority import Coded

CLAIM = timedelta(minutes=30)
# How long an answer that was passed over stays away from who passed it over.
SKIPPED = timedelta(hours=24)

State = Literal["open", "saved", "skipped", "unsure", "gone"]
Stage = Literal["second", "first", "recode"]


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who reviews: the chat, what they may see (`all` or a district) and the coder that their codings name."""

    chat_key: int
    scope: str
    coder: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that a reviewer may take. `second`: another person has coded it and it was drawn for two."""

    unit_id: int
    answer_id: int
    version: int
    stage: Stage
    question: int
    lang: str | None
    scores: Mapping[str, float]
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Review:
    """A person's review of an answer. `current`: the answer still reads as it was; `doubled`: two people code it."""

    review_id: int
    unit_id: int
    answer_id: int
    settling: bool
    state: State
    turn: int
    draft: str
    question: int
    lang: str | None
    text: str
    current: bool
    doubled: bool


def waiting(store: Store, who: Reviewer, codebook_version: str, now: datetime) -> list[Waiting]:
    """What this person may code now, oldest first: to code, to code a second time, or again by a newer codebook."""
    found = store.db.conn.execute(
        _WAITING,
        asked(who, codebook_version, now),
    )
    return [
        Waiting(unit_id, answer_id, version, stage, question, lang, json.loads(scores or "{}"), bool(confirmed))
        for unit_id, answer_id, version, stage, question, lang, scores, confirmed in found
    ]


def asked(who: Reviewer, codebook_version: str, now: datetime) -> dict[str, str | int]:
    """What questions about a reviewer name: who, what they may see, and from when claims and skips count."""
    return {
        "chat": who.chat_key,
        "scope": who.scope,
        "coder": who.coder,
        "book": codebook_version,
        "claimed": timestamp(now - CLAIM),
        "skipped": timestamp(now - SKIPPED),
    }


def coded_so_far(store: Store) -> Coded:
    """How many answers people have coded, by category and by language."""
    by_people = "whole AND coder_kind IN ('human', 'adjudicated')"
    languages = store.rows(
        "SELECT lang, count(*) AS number FROM answers_current WHERE answer_id IN "
        f"(SELECT answer_id FROM current_codings WHERE {by_people}) GROUP BY lang"
    )
    categories = store.rows(
        "SELECT category, count(DISTINCT answer_id) AS number FROM current_codings JOIN coding_codes USING (coding_id) "
        f"WHERE {by_people} GROUP BY category"
    )
    return Coded(
        sum(row["number"] for row in languages),
        {row["category"]: row["number"] for row in categories},
        {row["lang"]: row["number"] for row in languages if row["lang"]},
    )


def draw(store: Store, unit_id: int, doubled: bool, now: datetime) -> bool:
    """Keep whether two people code this answer; the first draw counts. What counts."""
    store.run(
        "INSERT INTO draws (unit_id, doubled, drawn_at) VALUES (?, ?, ?) ON CONFLICT (unit_id) DO NOTHING",
        unit_id,
        doubled,
        timestamp(now),
    )
    return bool(store.value("SELECT doubled FROM draws WHERE unit_id = ?", unit_id))


def claim(
    store: Store, chat_key: int, unit_id: int, draft: str, cause: str, now: datetime, *, settling: bool = False
) -> Review:
    """Open a review of this answer, or open it again with a new turn."""
    found = store.row(
        "INSERT INTO reviews (unit_id, chat_key, settling, state, turn, draft, cause, claimed_at) "
        "VALUES (?, ?, ?, 'open', 1, ?, ?, ?) ON CONFLICT (unit_id, chat_key, settling) DO UPDATE "
        "SET state = 'open', turn = turn + 1, draft = excluded.draft, cause = excluded.cause, "
        "claimed_at = excluded.claimed_at, closed_at = NULL RETURNING review_id",
        unit_id,
        chat_key,
        settling,
        draft,
        cause,
        timestamp(now),
    )
    assert found is not None
    review = review_of(store, chat_key, found["review_id"])
    assert review is not None
    return review


def keep_draft(store: Store, review_id: int, draft: str, cause: str, now: datetime) -> None:
    """Keep what is chosen, and the claim alive."""
    store.run(
        "UPDATE reviews SET draft = ?, cause = ?, claimed_at = ? WHERE review_id = ?",
        draft,
        cause,
        timestamp(now),
        review_id,
    )


def close(store: Store, review_id: int, state: State, now: datetime) -> None:
    """The review is over; the answer is free for others unless it was saved."""
    store.run("UPDATE reviews SET state = ?, closed_at = ? WHERE review_id = ?", state, timestamp(now), review_id)


def review_of(store: Store, chat_key: int, review_id: int) -> Review | None:
    """This person's review with this key, or None: never theirs, or its answer was erased."""
    return _review(store.row(f"{_REVIEW} WHERE review.review_id = ? AND review.chat_key = ?", review_id, chat_key))


def open_review(store: Store, chat_key: int, *, settling: bool = False) -> Review | None:
    """What this person has on the screen and has not decided."""
    return _review(
        store.row(
            f"{_REVIEW} WHERE review.chat_key = ? AND review.state = 'open' AND review.settling = ? "
            "ORDER BY review.claimed_at DESC LIMIT 1",
            chat_key,
            settling,
        )
    )


def last_closed(store: Store, chat_key: int) -> Review | None:
    """The review that this person decided last, if its answer still reads as it did."""
    found = _review(
        store.row(
            f"{_REVIEW} WHERE review.chat_key = ? AND review.state IN ('saved', 'skipped', 'unsure') "
            "AND NOT review.settling ORDER BY review.closed_at DESC, review.review_id DESC LIMIT 1",
            chat_key,
        )
    )
    return found if found and found.current else None


def taken(store: Store, review: Review, who: Reviewer, now: datetime) -> bool:
    """Whether others have the answer now: as many have coded or claimed it as are meant to code it."""
    others = store.db.conn.execute(
        _OTHERS,
        {
            "unit": review.unit_id,
            "settling": review.settling,
            "chat": who.chat_key,
            "coder": who.coder,
            "claimed": timestamp(now - CLAIM),
        },
    ).fetchone()[0]
    return int(others) > (0 if review.settling else int(review.doubled))


def coding_of(store: Store, unit_id: int, coder: str | None = None) -> list[tuple[str, str | None]] | None:
    """(category, descriptive code) of the newest coding of a unit by `coder`, or by a model; None where there is none.

    No pairs: no barrier."""
    newest = store.value(
        "SELECT max(coding_id) FROM codings WHERE unit_id = ? AND "
        + ("coder = ? AND coder_kind = 'human'" if coder else "coder_kind = 'model'"),
        *([unit_id, coder] if coder else [unit_id]),
    )
    return None if newest is None else codes_of(store, newest)


def codes_of(store: Store, coding_id: int) -> list[tuple[str, str | None]]:
    """(category, descriptive code) of a coding, in the order in which they were saved."""
    rows = store.rows(
        "SELECT category, descriptive_code FROM coding_codes WHERE coding_id = ? ORDER BY rowid", coding_id
    )
    return [(row["category"], row["descriptive_code"]) for row in rows]


def _review(row: Row | None) -> Review | None:
    if row is None:
        return None
    return Review(**{**row, **{name: bool(row[name]) for name in ("settling", "current", "doubled")}})


_REVIEW = """
SELECT review.review_id, review.unit_id, unit.answer_id, review.settling, review.state, review.turn, review.draft,
    answer.question, version.lang, version.text, answer.current_version = unit.version AS current,
    coalesce(draws.doubled, 0) AS doubled
FROM reviews AS review
JOIN units AS unit ON unit.unit_id = review.unit_id
JOIN answers AS answer ON answer.answer_id = unit.answer_id
JOIN answer_versions AS version ON version.answer_id = unit.answer_id AND version.version = unit.version
LEFT JOIN draws ON draws.unit_id = unit.unit_id
"""
# Materialised, because SQLite would otherwise work the view out anew for every answer.
_WAITING = """
WITH reviewable AS MATERIALIZED (
    SELECT answer_id FROM standing WHERE pile <> 'urgent' AND source IS NOT 'adjudicated'
),
answer AS MATERIALIZED (
    SELECT unit.unit_id, unit.answer_id, unit.version, answer.question, answer.lang, (
            SELECT count(DISTINCT coder) FROM codings WHERE unit_id = unit.unit_id AND coder_kind = 'human'
        ) AS coders,
        (
            SELECT codebook_version FROM codings
            WHERE unit_id = unit.unit_id AND coder = :coder AND coder_kind = 'human' ORDER BY coding_id DESC LIMIT 1
        ) AS own_book,
        coalesce((SELECT doubled FROM draws WHERE unit_id = unit.unit_id), 0) AS doubled
    FROM answers_current AS answer
    JOIN reviewable ON reviewable.answer_id = answer.answer_id
    JOIN units AS unit ON unit.answer_id = answer.answer_id AND unit.version = answer.version AND unit.whole
    WHERE (:scope = 'all' OR answer.district = :scope)
        AND answer.respondent_key IS NOT (SELECT respondent_key FROM respondents WHERE chat_key = :chat)
        AND NOT EXISTS (
            SELECT 1 FROM reviews WHERE unit_id = unit.unit_id AND NOT settling AND (
                state = 'unsure' OR chat_key = :chat AND state = 'skipped' AND closed_at > :skipped
            )
        )
)
SELECT unit_id, answer_id, version,
    CASE WHEN own_book IS NOT NULL THEN 'recode' WHEN coders > 0 THEN 'second' ELSE 'first' END AS stage,
    question, lang,
    (
        SELECT scores FROM codings WHERE unit_id = answer.unit_id AND coder_kind = 'model'
        ORDER BY coding_id DESC LIMIT 1
    ) AS scores,
    EXISTS (SELECT 1 FROM codings WHERE unit_id = answer.unit_id AND coder_kind = 'respondent') AS confirmed
FROM answer
WHERE own_book <> :book OR own_book IS NULL AND coders + (
    SELECT count(*) FROM reviews
    WHERE unit_id = answer.unit_id AND chat_key <> :chat AND NOT settling AND state = 'open' AND claimed_at > :claimed
) <= doubled
ORDER BY unit_id
"""
_OTHERS = """
SELECT (
    SELECT count(DISTINCT coder) FROM codings
    WHERE unit_id = :unit AND coder_kind = 'human' AND coder <> :coder AND NOT :settling
) + (
    SELECT count(*) FROM reviews
    WHERE unit_id = :unit AND chat_key <> :chat AND settling = :settling AND state = 'open' AND claimed_at > :claimed
)
"""

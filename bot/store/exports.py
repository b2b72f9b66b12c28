"""What leaves the database as tables, read-only: the public views, and the answers that people are to code."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PUBLIC_VIEWS = ("answers_current", "answer_categories_current", "coded_units")


def view(reader: sqlite3.Connection, name: str) -> tuple[list[str], Iterator[tuple[str | int | float | None, ...]]]:
    """Columns and rows of a public view. Raises ValueError for any other name."""
    if name not in PUBLIC_VIEWS:
        raise ValueError(f"view {name}: allowed are {', '.join(PUBLIC_VIEWS)}")
    cursor = reader.execute(f"SELECT * FROM {name} ORDER BY 1, 2")
    return [column[0] for column in cursor.description], (tuple(row) for row in cursor)


@dataclass(frozen=True, slots=True)
class ToCode:
    """An answer to code: its text as it stands, what a model says of it, whether its author has confirmed that."""

    answer_id: int
    version: int
    question: int
    lang: str | None
    text: str
    scores: Mapping[str, float]
    confirmed: bool


def to_code(reader: sqlite3.Connection, scope: str, codebook_version: str, *, outdated: bool) -> list[ToCode]:
    """Answers of a scope that no person has coded; or, `outdated`, that people coded by an earlier codebook only."""
    rows = reader.execute(_TO_CODE, {"scope": scope, "book": codebook_version, "outdated": outdated})
    return [
        ToCode(answer_id, version, question, lang, text, json.loads(scores or "{}"), bool(confirmed))
        for answer_id, version, question, lang, text, scores, confirmed in rows
    ]


def people_coded(reader: sqlite3.Connection) -> int:
    """How many answers people have coded."""
    people = (
        "SELECT count(DISTINCT answer_id) FROM current_codings WHERE whole AND coder_kind IN ('human', 'adjudicated')"
    )
    return int(reader.execute(people).fetchone()[0])


_TO_CODE = """
SELECT answer.answer_id, answer.version, answer.question, answer.lang, answer.text,
    (SELECT scores FROM codings WHERE unit_id = unit.unit_id AND coder_kind = 'model' ORDER BY coding_id DESC LIMIT 1),
    EXISTS (SELECT 1 FROM codings WHERE unit_id = unit.unit_id AND coder_kind = 'respondent')
FROM answers_current AS answer
JOIN standing ON standing.answer_id = answer.answer_id AND standing.pile <> 'urgent'
JOIN units AS unit ON unit.answer_id = answer.answer_id AND unit.version = answer.version AND unit.whole
WHERE (:scope = 'all' OR answer.district = :scope)
    AND :outdated = EXISTS (
        SELECT 1 FROM codings WHERE unit_id = unit.unit_id AND coder_kind IN ('human', 'adjudicated')
    )
    AND NOT EXISTS (
        SELECT 1 FROM codings WHERE unit_id = unit.unit_id AND coder_kind IN ('human', 'adjudicated')
            AND codebook_version = :book
    )
ORDER BY answer.answer_id
"""

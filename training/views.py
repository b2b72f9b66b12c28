"""What people have coded, read from the two public views of a bot's database, read-only.

One row per answer as it counts now: adjudicated before people who agree, people before the respondent's own check. A
model's codings are not asked for: a model must not learn from its own output. Two people who disagree have not settled
anything yet. Only answers whose author allows training, in the version that stands.

Left out: meaning units; people and respondents code whole answers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from training.errors import SnapshotError

DATABASE = "kedergi.db"
PEOPLE = ("adjudicated", "human")
WEAKER = "respondent"
SOURCES = (*PEOPLE, WEAKER)

_CODINGS = """
SELECT answer.answer_id, answer.version, answer.respondent_key, answer.round, answer.role, answer.question, answer.lang,
    answer.script, answer.text, unit.coder, unit.coder_kind, unit.codebook_version, unit.coded_at, unit.category,
    unit.descriptive_code
FROM answers_current AS answer
JOIN coded_units AS unit ON unit.answer_id = answer.answer_id AND unit.answer_version = answer.version
WHERE answer.consent_training = 1 AND unit.is_current = 1 AND unit.coder_kind IN ('adjudicated', 'human', 'respondent')
    AND unit.start = 0 AND unit."end" = length(answer.text)
ORDER BY answer.answer_id, unit.coded_at, unit.coder
"""
_ANSWERS = """
SELECT answer_id, question, lang, text FROM answers_current WHERE consent_training = 1 ORDER BY answer_id
"""
_LIVING = "SELECT answer_id, respondent_key FROM answers_current WHERE consent_training = 1"


@dataclass(frozen=True, slots=True)
class Coded:
    """An answer and what counts of its codings. `source`: who said it; `disputed`: people do not agree on it."""

    answer_id: int
    version: int
    respondent: str
    round: str
    role: str | None
    question: int
    lang: str | None
    script: str | None
    text: str
    source: str
    codebook_version: str
    categories: frozenset[str]
    codes: frozenset[str]
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that may be trained on, coded or not."""

    answer_id: int
    question: int
    lang: str | None
    text: str


@dataclass(frozen=True, slots=True)
class _Coding:
    """One coder's newest coding of an answer."""

    kind: str
    codebook_version: str
    categories: frozenset[str]
    codes: frozenset[str]


def coded_answers(home: Path) -> list[Coded]:
    """All answers that may be trained on and that people or their authors have coded. Raises SnapshotError."""
    rows = read(home, _CODINGS)
    return [_counting(list(own)) for _, own in groupby(rows, key=lambda row: row["answer_id"])]


def answers(home: Path) -> list[Answer]:
    """All answers that may be trained on, oldest first. Raises SnapshotError."""
    return [Answer(**dict(row)) for row in read(home, _ANSWERS)]


def living(home: Path) -> frozenset[tuple[int, str]]:
    """(answer_id, respondent_key) of all answers whose authors are there and allow training. Raises SnapshotError."""
    return frozenset((row["answer_id"], row["respondent_key"]) for row in read(home, _LIVING))


def read(home: Path, query: str) -> list[sqlite3.Row]:
    """The rows of a query on the database of a bot, opened read-only. Raises SnapshotError."""
    path = home / DATABASE
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as reader:
            reader.row_factory = sqlite3.Row
            return reader.execute(query).fetchall()
    except sqlite3.Error as error:
        raise SnapshotError(f"{path}: cannot be read ({error}); give the bot's folder with --home") from error


def _counting(rows: list[sqlite3.Row]) -> Coded:
    """What counts of the codings of one answer."""
    codings = list(_codings(rows))
    kind = next(kind for kind in SOURCES if any(one.kind == kind for one in codings))
    speaking = [one for one in codings if one.kind == kind]
    if kind != "human":
        speaking = speaking[-1:]
    first: Any = rows[0]
    return Coded(
        answer_id=first["answer_id"],
        version=first["version"],
        respondent=first["respondent_key"],
        round=first["round"],
        role=first["role"],
        question=first["question"],
        lang=first["lang"],
        script=first["script"],
        text=first["text"],
        source=kind,
        codebook_version=speaking[-1].codebook_version,
        categories=speaking[-1].categories,
        codes=frozenset().union(*(one.codes for one in speaking)),
        disputed=len({one.categories for one in speaking}) > 1,
    )


def _codings(rows: list[sqlite3.Row]) -> Iterator[_Coding]:
    """Each coder's coding, oldest first."""
    for (_, _, kind), own in groupby(rows, key=lambda row: (row["coded_at"], row["coder"], row["coder_kind"])):
        marks = list(own)
        yield _Coding(
            kind,
            marks[0]["codebook_version"],
            frozenset(mark["category"] for mark in marks) - {None},
            frozenset(mark["descriptive_code"] for mark in marks) - {None},
        )

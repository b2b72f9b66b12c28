"""Codings: append-only rows of people, respondents and models. Of a coder's codings of a unit the newest counts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.store.database import Store, timestamp

Code = tuple[str, str | None, float | None]  # category, descriptive code, probability of the category


@dataclass(frozen=True, slots=True)
class Uncoded:
    """A finished answer, in its current version, that a coder has not coded yet."""

    answer_id: int
    version: int
    question: int
    text: str


@dataclass(frozen=True, slots=True)
class Coding:
    """Who coded, by which codebook, and the doubts that a model states about its own coding."""

    coder: str
    kind: str
    codebook_version: str
    scores: Mapping[str, float] | None = None
    needs_review: bool = False
    urgent: bool = False


def uncoded(store: Store, coder: str, limit: int) -> list[Uncoded]:
    """Up to `limit` answers that wait for this model: first those that no model has coded, oldest first; then, where
    it was asked to code again, those that only other models have coded. Pilot rounds are coded too."""
    unit = (
        "SELECT unit.answer_id, unit.version, answer.question, version.text FROM units AS unit "
        "JOIN answers AS answer ON answer.answer_id = unit.answer_id AND answer.current_version = unit.version "
        "JOIN answer_versions AS version ON version.answer_id = unit.answer_id AND version.version = unit.version "
    )
    never = f"{unit} JOIN to_code USING (unit_id) ORDER BY unit.unit_id LIMIT ?"
    again = (
        f"{unit} WHERE unit.whole AND EXISTS (SELECT 1 FROM recodings WHERE coder = ?1) "
        "AND NOT EXISTS (SELECT 1 FROM to_code WHERE unit_id = unit.unit_id) AND NOT EXISTS "
        "(SELECT 1 FROM codings WHERE unit_id = unit.unit_id AND (coder = ?1 OR coder_kind <> 'model')) "
        "ORDER BY unit.unit_id LIMIT ?2"
    )
    found = store.rows(never, limit)
    found += store.rows(again, coder, limit - len(found))
    return [Uncoded(**row) for row in found]


def save_model_coding(
    store: Store,
    answer_id: int,
    version: int,
    result: Mapping[str, Any],
    categories_of: Mapping[str, Sequence[str]],
    codebook_version: str,
    now: datetime,
) -> bool:
    """Keep what a model made of an answer: the whole of it and its meaning units (fields of the coder's output).

    `categories_of` says which categories a descriptive code belongs to. False, and nothing kept, when that version
    has been erased meanwhile.
    """
    whole = store.value("SELECT unit_id FROM units WHERE answer_id = ? AND version = ? AND whole", answer_id, version)
    if whole is None:
        return False
    coding = Coding(
        f"model:{result['model']}",
        "model",
        codebook_version,
        result["scores"],
        result["needs_review"],
        result["urgent"],
    )
    code_unit(store, int(whole), coding, _codes(result, categories_of, result["scores"]), now)
    for part in result["units"]:
        unit = _unit(store, answer_id, version, part["start"], part["end"])
        if unit != whole:
            finer = Coding(coding.coder, "model", codebook_version)
            code_unit(store, unit, finer, _codes(part, categories_of, part.get("scores", {})), now)
    return True


def save_respondent_coding(
    store: Store, answer_id: int, categories: Sequence[str], codebook_version: str, now: datetime
) -> None:
    """Keep what a respondent says their own answer is about. Does nothing for an answer without a version."""
    coding = Coding("respondent", "respondent", codebook_version)
    save_coding(store, answer_id, coding, [(category, None, None) for category in categories], now)


def save_coding(store: Store, answer_id: int, coding: Coding, codes: Sequence[Code], now: datetime) -> bool:
    """Keep what a person made of an answer as it reads now; no codes: no barrier. False when it has no version."""
    unit = store.value(
        "SELECT unit_id FROM answers JOIN units ON units.answer_id = answers.answer_id "
        "AND units.version = answers.current_version AND units.whole WHERE answers.answer_id = ?",
        answer_id,
    )
    if unit is None:
        return False
    code_unit(store, int(unit), coding, codes, now)
    return True


def code_unit(store: Store, unit_id: int, coding: Coding, codes: Sequence[Code], now: datetime) -> int:
    """Add a coding of a unit, of whatever version of its answer; the coding's key. No codes: no barrier."""
    coding_id = store.insert(
        "INSERT INTO codings (unit_id, coder, coder_kind, codebook_version, scores, needs_review, urgent, coded_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        unit_id,
        coding.coder,
        coding.kind,
        coding.codebook_version,
        None if coding.scores is None else json.dumps(coding.scores),
        coding.needs_review,
        coding.urgent,
        timestamp(now),
    )
    store.run_many(
        "INSERT INTO coding_codes (coding_id, category, descriptive_code, score) VALUES (?, ?, ?, ?)",
        [(coding_id, *code) for code in codes],
    )
    return coding_id


def checks_due(store: Store) -> list[tuple[int, int]]:
    """(chat_key, interview_id) of finished interviews that a model has coded whole and that had no member check."""
    found = store.rows(
        "SELECT chat_key, interview_id FROM interviews "
        "JOIN respondents USING (respondent_id) JOIN chats USING (chat_key) "
        "WHERE finished_at IS NOT NULL AND check_sent_at IS NULL AND blocked = 0 "
        "AND EXISTS (SELECT 1 FROM answers WHERE interview_id = interviews.interview_id AND current_version > 0) "
        "AND NOT EXISTS (SELECT 1 FROM answers WHERE interview_id = interviews.interview_id AND current_version > 0 "
        "AND NOT EXISTS (SELECT 1 FROM current_codings "
        "WHERE answer_id = answers.answer_id AND whole AND coder_kind = 'model'))"
    )
    return [(row["chat_key"], row["interview_id"]) for row in found]


def model_categories(store: Store, interview_id: int) -> list[tuple[int, tuple[str, ...]]]:
    """(question, categories) of every answer as the newest model coding has it, in question order."""
    found = store.rows(
        "SELECT question, answers.answer_id, (SELECT max(coding_id) FROM current_codings "
        "WHERE answer_id = answers.answer_id AND whole AND coder_kind = 'model') AS coding_id "
        "FROM answers WHERE interview_id = ? AND current_version > 0 ORDER BY question",
        interview_id,
    )
    return [(row["question"], _categories(store, row["coding_id"])) for row in found]


def mark_check_sent(store: Store, interview_id: int, now: datetime) -> None:
    """The member check has been queued; it is not queued again."""
    store.run("UPDATE interviews SET check_sent_at = ? WHERE interview_id = ?", timestamp(now), interview_id)


def mark_checked(store: Store, interview_id: int, now: datetime) -> None:
    """The respondent has answered the member check."""
    store.run("UPDATE interviews SET checked_at = ? WHERE interview_id = ?", timestamp(now), interview_id)


def _categories(store: Store, coding_id: int | None) -> tuple[str, ...]:
    found = store.rows(
        "SELECT category, min(rowid) AS place FROM coding_codes WHERE coding_id = ? GROUP BY category ORDER BY place",
        coding_id,
    )
    return tuple(row["category"] for row in found)


def _codes(
    part: Mapping[str, Any], categories_of: Mapping[str, Sequence[str]], scores: Mapping[str, float]
) -> list[Code]:
    """Each label with its descriptive codes; a label without one stands alone."""
    codes: list[Code] = []
    for label in part["labels"]:
        own = [code for code in part["codes"] if label in categories_of.get(code, ())]
        codes += [(label, code, scores.get(label)) for code in own or [None]]
    return codes


def _unit(store: Store, answer_id: int, version: int, start: int, end: int) -> int:
    found = store.row(
        'INSERT INTO units (answer_id, version, start, "end", whole) VALUES (?, ?, ?, ?, 0) '
        'ON CONFLICT (answer_id, version, start, "end") DO UPDATE SET start = excluded.start RETURNING unit_id',
        answer_id,
        version,
        start,
        end,
    )
    assert found is not None
    return int(found["unit_id"])

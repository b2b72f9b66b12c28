"""Urgent cases: an answer about danger to a child or about despair, until a person has closed it with a note.

The rules run when a message is kept, not after coding: what cannot wait does not wait for a model. A case belongs to
the message that opened it, and to no question yet while the message belongs to none. While a case of an answer is
open, more messages of it open no second one. Every function works inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Row, Store, timestamp
from bot.store.interviews import join, joined
from classifier.urgent import is_urgent

# How many messages of an answer, on either side of a new one, are read together with it.
NEAR = 20


@dataclass(frozen=True, slots=True)
class Case:
    """A case as those with the right see it: `text` in full, `question` None while nobody knows which it answers."""

    case_id: int
    opened_at: str
    question: int | None
    text: str
    role: str | None
    district: str | None
    school: str | None


def look(store: Store, chat_key: int, message_id: int, now: datetime, *, edited: bool = False) -> int | None:
    """Open a case if this message, or the answer that it completes, is urgent; the key of the case, or None.

    A message that is repeated opens nothing; one that was `edited` can open a new case after the first is closed.
    """
    message = store.row(
        "SELECT message_key, message_id, answer_id, text FROM messages WHERE chat_key = ? AND message_id = ?",
        chat_key,
        message_id,
    )
    if message is None or _known(store, message, edited) or not _urgent(store, message):
        return None
    return store.insert(
        "INSERT INTO urgent_cases (message_key, opened_at) VALUES (?, ?)", message["message_key"], timestamp(now)
    )


def open_cases(store: Store, scope: str) -> list[Case]:
    """The open cases of a scope (a district, or `all`), oldest first; pilot rounds are urgent too."""
    return [_case(store, row) for row in _cases(store, scope, "closed_at IS NULL")]


def open_case(store: Store, case_id: int, scope: str) -> Case | None:
    """One open case, or None where it is closed, erased or outside the scope."""
    found = _cases(store, scope, "closed_at IS NULL AND case_id = ?", case_id)
    return _case(store, found[0]) if found else None


def close(store: Store, case_id: int, closed_by: str, note: str, now: datetime) -> bool:
    """Close a case with a note; False when it is closed already or gone."""
    return bool(
        store.run(
            "UPDATE urgent_cases SET closed_at = ?, closed_by = ?, note = ? WHERE case_id = ? AND closed_at IS NULL",
            timestamp(now),
            closed_by,
            note,
            case_id,
        )
    )


def _known(store: Store, message: Row, edited: bool) -> bool:
    """Whether this message, or the answer that it belongs to, has a case that stands for it."""
    found = store.value(
        "SELECT 1 FROM urgent_cases JOIN messages USING (message_key) "
        "WHERE (message_key = ? OR answer_id = ?) AND (closed_at IS NULL OR (message_key = ? AND NOT ?)) LIMIT 1",
        message["message_key"],
        message["answer_id"],
        message["message_key"],
        edited,
    )
    return found is not None


def _urgent(store: Store, message: Row) -> bool:
    """By itself, or as the end of an answer that is typed in pieces. The pieces before had their own look."""
    if is_urgent(message["text"]):
        return True
    if message["answer_id"] is None:
        return False
    near = _near(store, message)
    alone = any(is_urgent(one["text"]) for one in near if one["message_key"] != message["message_key"])
    return not alone and is_urgent(join([one["text"] for one in near]))


def _near(store: Store, message: Row) -> list[Row]:
    """The messages of the answer around this one, in the order of the chat: however long an answer gets, not all."""
    upto, after = (
        store.rows(
            f"SELECT message_key, text FROM messages WHERE answer_id = ? AND message_id {side} LIMIT ?",
            message["answer_id"],
            message["message_id"],
            NEAR,
        )
        for side in ("<= ? ORDER BY message_id DESC", "> ? ORDER BY message_id")
    )
    return [*reversed(upto), *after]


def _cases(store: Store, scope: str, condition: str, *values: int) -> list[Row]:
    return store.rows(
        "SELECT case_id, opened_at, messages.answer_id, question, text, role, interviews.district, "
        "schools.name AS school FROM urgent_cases JOIN messages USING (message_key) JOIN respondents USING (chat_key) "
        "JOIN interviews ON interviews.interview_id = coalesce("
        "(SELECT interview_id FROM answers WHERE answer_id = messages.answer_id), "
        "(SELECT max(interview_id) FROM interviews WHERE respondent_id = respondents.respondent_id)) "
        "LEFT JOIN answers ON answers.answer_id = messages.answer_id "
        "LEFT JOIN schools ON schools.school_key = interviews.school_key "
        f"WHERE {condition} AND (? = 'all' OR interviews.district = ?) ORDER BY case_id",
        *values,
        scope,
        scope,
    )


def _case(store: Store, row: Row) -> Case:
    text = row["text"] if row["answer_id"] is None else joined(store, row["answer_id"])
    return Case(row["case_id"], row["opened_at"], row["question"], text, row["role"], row["district"], row["school"])

"""Interviews, their answers, and every version of an answer.

An answer is all messages that belong to one question. It becomes a version, with one unit that is the whole answer,
when it is finished; an edit or an added message afterwards makes the next version. Versions are never overwritten.
Every function writes inside the caller's transaction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.interview.events import School
from bot.store.database import Row, Store, timestamp
from bot.store.people import add_respondent, referral_of
from classifier.text.script import detect

# Telegram cuts longer texts into several messages; its unit is UTF-16.
TELEGRAM_CUT = 4096

PROFILE = ("language", "role", "job_title", "region", "district", "school_key", "locality")
PERMISSIONS = ("quote", "training", "contact")

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_OF_CHAT = "(SELECT respondent_id FROM respondents WHERE chat_key = ?)"


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known when an interview is opened."""

    round: str
    pilot: bool
    language: str
    consent_version: str
    consent_language: str
    guide_version: str


def open_interview(store: Store, chat_key: int, opening: Opening, now: datetime) -> int:
    """Create respondent and interview; the interview's key. One person has one interview per round."""
    referral = referral_of(store, chat_key, opening.round, now)
    respondent = add_respondent(store, chat_key, referral, now)
    return store.insert(
        "INSERT INTO interviews (respondent_id, round, pilot, guide_version, language, consent_version, "
        "consent_language, consented_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        respondent,
        opening.round,
        opening.pilot,
        opening.guide_version,
        opening.language,
        opening.consent_version,
        opening.consent_language,
        timestamp(now),
    )


def interview_of(store: Store, chat_key: int) -> Row | None:
    """The newest interview of a chat with all its columns, or None."""
    return store.row(
        f"SELECT * FROM interviews WHERE respondent_id = {_OF_CHAT} ORDER BY interview_id DESC LIMIT 1",
        chat_key,
    )


def close_empty(store: Store, chat_key: int) -> None:
    """Remove an interview in which nothing was answered, and its respondent if there is no other interview."""
    interview = _interview(store, chat_key)
    if store.value("SELECT count(*) FROM answers WHERE interview_id = ?", interview):
        return
    respondent = store.value("SELECT respondent_id FROM interviews WHERE interview_id = ?", interview)
    store.run("DELETE FROM reminders WHERE interview_id = ?", interview)
    store.run("DELETE FROM interviews WHERE interview_id = ?", interview)
    if not store.value("SELECT count(*) FROM interviews WHERE respondent_id = ?", respondent):
        store.run("DELETE FROM referrals WHERE respondent_id = ?", respondent)
        store.run("DELETE FROM respondents WHERE respondent_id = ?", respondent)


def save_profile(store: Store, chat_key: int, name: str, value: str | None) -> None:
    """Keep one field of the profile. Raises ValueError for a field that is not one of PROFILE."""
    if name not in PROFILE:
        raise ValueError(f"profile field {name}: allowed are {', '.join(PROFILE)}")
    interview = _interview(store, chat_key)
    store.run(f"UPDATE interviews SET {name} = ? WHERE interview_id = ?", value, interview)


def save_permission(store: Store, chat_key: int, name: str, granted: bool) -> None:
    """Keep a yes or no to quote, training or contact. Raises ValueError for any other name."""
    if name not in PERMISSIONS:
        raise ValueError(f"permission {name}: allowed are {', '.join(PERMISSIONS)}")
    interview = _interview(store, chat_key)
    store.run(f"UPDATE interviews SET consent_{name} = ? WHERE interview_id = ?", granted, interview)


def schools_in(store: Store, district: str | None) -> list[School]:
    """The schools known in a district (None: where no district was given)."""
    found = store.rows("SELECT school_key, name FROM schools WHERE district IS ? ORDER BY school_key", district)
    return [School(row["school_key"], row["name"]) for row in found]


def add_school(store: Store, district: str | None, name: str) -> str:
    """Keep a school and return its key; the same name in the same district is the same school."""
    known = store.value("SELECT school_key FROM schools WHERE district IS ? AND name = ?", district, name)
    if known:
        return str(known)
    number = int(store.value("SELECT coalesce(max(CAST(substr(school_key, 8) AS INTEGER)), 0) + 1 FROM schools"))
    store.run("INSERT INTO schools (school_key, district, name) VALUES (?, ?, ?)", f"school-{number}", district, name)
    return f"school-{number}"


def save_message(store: Store, chat_key: int, question: int, message_id: int, text: str, now: datetime) -> None:
    """Add a message to an answer; a message that is known already changes nothing."""
    answer = _answer(store, chat_key, question)
    added = store.run(
        "INSERT INTO messages (chat_key, message_id, answer_id, text) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (chat_key, message_id) DO NOTHING",
        chat_key,
        message_id,
        answer,
        _storable(text),
    )
    if added:
        _reopen_skipped(store, answer)
        _renew(store, answer, now)


def revise_message(store: Store, chat_key: int, message_id: int, text: str, now: datetime) -> None:
    """Replace the text of a message; a finished answer gets a new version."""
    answer = store.value("SELECT answer_id FROM messages WHERE chat_key = ? AND message_id = ?", chat_key, message_id)
    store.run(
        "UPDATE messages SET text = ? WHERE chat_key = ? AND message_id = ?", _storable(text), chat_key, message_id
    )
    if answer is not None:
        _renew(store, answer, now)


def keep_unplaced(store: Store, chat_key: int, message_id: int, text: str) -> None:
    """Keep a message that belongs to no question yet."""
    store.run(
        "INSERT INTO messages (chat_key, message_id, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        chat_key,
        message_id,
        _storable(text),
    )


def place_message(store: Store, chat_key: int, message_id: int, question: int, now: datetime) -> None:
    """Bind a kept message to a question; a message that is bound already stays where it is."""
    answer = _answer(store, chat_key, question)
    bound = store.run(
        "UPDATE messages SET answer_id = ? WHERE chat_key = ? AND message_id = ? AND answer_id IS NULL",
        answer,
        chat_key,
        message_id,
    )
    if bound:
        _reopen_skipped(store, answer)
        _renew(store, answer, now)


def question_of(store: Store, chat_key: int, message_id: int) -> int | None:
    """The question whose answer holds this message, or None."""
    found = store.value(
        "SELECT question FROM messages JOIN answers USING (answer_id) WHERE chat_key = ? AND message_id = ?",
        chat_key,
        message_id,
    )
    return None if found is None else int(found)


def finish_answer(store: Store, chat_key: int, question: int, now: datetime) -> None:
    """Make the answer's version, if what it says has changed since the last one."""
    _finish(store, _answer(store, chat_key, question), now)


def skip_answer(store: Store, chat_key: int, question: int) -> None:
    """Keep that the respondent passed over this question."""
    answer = _answer(store, chat_key, question)
    store.run("UPDATE answers SET status = 'skipped' WHERE answer_id = ? AND status = 'open'", answer)


def save_clarity(store: Store, chat_key: int, question: int, clear: bool) -> None:
    """Keep whether a question was clear (pilot rounds)."""
    store.run("UPDATE answers SET clear = ? WHERE answer_id = ?", clear, _answer(store, chat_key, question))


def finish_interview(store: Store, chat_key: int, now: datetime) -> None:
    """Keep when the interview was complete; the first time counts."""
    store.run(
        "UPDATE interviews SET finished_at = coalesce(finished_at, ?) WHERE interview_id = ?",
        timestamp(now),
        _interview(store, chat_key),
    )


def answers_of(store: Store, chat_key: int) -> list[Row]:
    """question, answer_id, status and text (all messages joined) of every answer of the chat's interview."""
    found = store.rows(
        "SELECT question, answer_id, status FROM answers WHERE interview_id = ? ORDER BY question",
        _interview(store, chat_key),
    )
    return [{**row, "text": joined(store, row["answer_id"])} for row in found]


def joined(store: Store, answer: int) -> str:
    """The messages of an answer in the order of the chat, one a line; what Telegram cut apart is put together."""
    parts = store.rows("SELECT text FROM messages WHERE answer_id = ? ORDER BY message_id", answer)
    return join([part["text"] for part in parts])


def join(parts: Sequence[str]) -> str:
    """Messages as one text, one a line; what Telegram cut apart is put together."""
    whole = [number == 0 or _utf16(parts[number - 1]) >= TELEGRAM_CUT for number in range(len(parts))]
    return "".join(part if joint else f"\n{part}" for part, joint in zip(parts, whole, strict=True))


def others_in(
    store: Store, chat_key: int, round_: str, column: str, value: str | None, *, count_unfinished: bool
) -> int:
    """How many other respondents of a round have this role or school_key; pilot interviews fill no place."""
    if column not in PROFILE:
        raise ValueError(f"profile field {column}: allowed are {', '.join(PROFILE)}")
    if value is None:
        return 0
    found = store.value(
        f"SELECT count(*) FROM interviews WHERE round = ? AND pilot = 0 AND {column} = ? "
        f"AND (? OR finished_at IS NOT NULL) AND respondent_id IS NOT {_OF_CHAT}",
        round_,
        value,
        count_unfinished,
        chat_key,
    )
    return int(found)


def finish_idle(store: Store, before: datetime, now: datetime) -> int:
    """Finish the answers that were written but never closed, in chats silent since `before`; how many."""
    found = store.rows(
        "SELECT answer_id FROM answers JOIN interviews USING (interview_id) JOIN respondents USING (respondent_id) "
        "JOIN chats USING (chat_key) WHERE status = 'open' AND last_activity < ? "
        "AND EXISTS (SELECT 1 FROM messages WHERE answer_id = answers.answer_id)",
        timestamp(before),
    )
    for row in found:
        _finish(store, row["answer_id"], now)
    return len(found)


def _finish(store: Store, answer: int, now: datetime) -> None:
    store.run(
        "UPDATE answers SET status = 'finished', first_finished_at = coalesce(first_finished_at, ?) "
        "WHERE answer_id = ?",
        timestamp(now),
        answer,
    )
    _renew(store, answer, now)


def _renew(store: Store, answer: int, now: datetime) -> None:
    """Make a new version and its whole unit, if the answer is finished and reads otherwise than its last version."""
    known = store.row(
        "SELECT status, current_version, (SELECT text FROM answer_versions WHERE answer_id = answers.answer_id "
        "AND version = current_version) AS text FROM answers WHERE answer_id = ?",
        answer,
    )
    if known is None or known["status"] != "finished":
        return
    text = joined(store, answer)
    if known["text"] == text:
        return
    version = known["current_version"] + 1
    language = detect(text)
    store.run(
        "INSERT INTO answer_versions (answer_id, version, text, lang, script, submitted_at) VALUES (?, ?, ?, ?, ?, ?)",
        answer,
        version,
        text,
        language.lang,
        language.script,
        timestamp(now),
    )
    store.run(
        'INSERT INTO units (answer_id, version, start, "end", whole) VALUES (?, ?, 0, ?, 1)', answer, version, len(text)
    )
    store.run("UPDATE answers SET current_version = ? WHERE answer_id = ?", version, answer)


def _reopen_skipped(store: Store, answer: int) -> None:
    """A text written to a skipped question makes it an open answer again."""
    store.run("UPDATE answers SET status = 'open' WHERE answer_id = ? AND status = 'skipped'", answer)


def _interview(store: Store, chat_key: int) -> int:
    found = interview_of(store, chat_key)
    if found is None:
        raise LookupError(f"chat {chat_key} has no interview")
    return int(found["interview_id"])


def _answer(store: Store, chat_key: int, question: int) -> int:
    interview = _interview(store, chat_key)
    found = store.row(
        "INSERT INTO answers (interview_id, question) VALUES (?, ?) "
        "ON CONFLICT (interview_id, question) DO UPDATE SET question = excluded.question RETURNING answer_id",
        interview,
        question,
    )
    assert found is not None
    return int(found["answer_id"])


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _storable(text: str) -> str:
    """`text` of the same length without what SQLite cannot hold: half surrogates, and NUL, where length() stops."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)

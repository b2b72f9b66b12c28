"""Erasure at a respondent's wish, and the copy of everything that is kept about them.

Erasure is the one deletion: answers, all versions, units, codings, messages, outbox texts, member checks and the
respondent go; an HMAC of the chat stays in the suppression list, by which a restored backup is erased again.
`scrub` then rewrites the file and empties the write-ahead log, where deleted texts would live on, and the snapshots
that were taken for retraining.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.errors import StoreError
from bot.store.database import Row, Store, rewrite, timestamp
from bot.store.interviews import interview_of, joined
from bot.store.people import chat_hmac, chat_id_of, respondent_of
from bot.store.snapshots import purge_snapshots
from bot.store.suppression import entries_of, keep_beside, read_list

# Letters from which on a text tells something about who wrote it; a shorter one ("нет") is everybody's.
LEAST_TELLING = 8

_INTERVIEWS = "SELECT interview_id FROM interviews WHERE respondent_id = :id"
_ANSWERS = f"SELECT answer_id FROM answers WHERE interview_id IN ({_INTERVIEWS})"
_UNITS = f"SELECT unit_id FROM units WHERE answer_id IN ({_ANSWERS})"
_CODINGS = f"SELECT coding_id FROM codings WHERE unit_id IN ({_UNITS})"
_DELETIONS = (
    # What is on its way to those who review or settle these answers.
    "UPDATE outbox SET message = NULL, done_at = coalesce(done_at, :now) "
    f"WHERE cause IN (SELECT cause || ':staff' FROM reviews WHERE unit_id IN ({_UNITS}))",
    f"DELETE FROM coding_codes WHERE coding_id IN ({_CODINGS})",
    f"DELETE FROM codings WHERE unit_id IN ({_UNITS})",
    f"DELETE FROM units WHERE answer_id IN ({_ANSWERS})",
    f"DELETE FROM answer_versions WHERE answer_id IN ({_ANSWERS})",
    # Digests that wait to be sent may quote this person: they are composed anew.
    "UPDATE deliveries SET queued_at = NULL WHERE EXISTS (SELECT 1 FROM outbox WHERE done_at IS NULL "
    "AND cause GLOB 'digest:' || job || ':' || week || ':' || member_id || ':*')",
    "DELETE FROM outbox WHERE done_at IS NULL AND cause GLOB 'digest:*'",
    # What waits to be shown to members: urgent answers, answers to review. What they have read is no longer here.
    "UPDATE outbox SET message = NULL, done_at = coalesce(done_at, :now) WHERE message IS NOT NULL "
    "AND chat_key IN (SELECT chat_key FROM members) AND EXISTS (SELECT 1 FROM messages "
    f"WHERE messages.chat_key = :chat AND length(text) >= {LEAST_TELLING} "
    "AND instr(outbox.message, substr(json_quote(text), 2, length(json_quote(text)) - 2)))",
    "DELETE FROM urgent_cases WHERE message_key IN (SELECT message_key FROM messages WHERE chat_key = :chat)",
    "DELETE FROM messages WHERE chat_key = :chat",
    f"DELETE FROM answers WHERE interview_id IN ({_INTERVIEWS})",
    f"DELETE FROM reminders WHERE interview_id IN ({_INTERVIEWS})",
    "DELETE FROM interviews WHERE respondent_id = :id",
    "DELETE FROM referrals WHERE respondent_id = :id",
    "UPDATE respondents SET referrer_key = NULL WHERE referrer_key = :key",
    "DELETE FROM respondents WHERE respondent_id = :id",
    "DELETE FROM marks WHERE chat_key = :chat",
    "UPDATE outbox SET message = NULL, done_at = coalesce(done_at, :now) WHERE chat_key = :chat",
    "UPDATE inbox SET raw = NULL, done_at = coalesce(done_at, :now) WHERE chat_key = :chat AND inbox_key <= :until",
    "UPDATE chats SET state = NULL, referral_hash = NULL WHERE chat_key = :chat",
    # What only this person typed: schools that nobody else named and nobody is just being asked about.
    "DELETE FROM schools WHERE NOT EXISTS (SELECT 1 FROM interviews WHERE school_key = schools.school_key) "
    "AND NOT EXISTS (SELECT 1 FROM chats WHERE instr(state, '\"' || schools.school_key || '\"'))",
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What is gone, for the receipt: numbers of answers, of their versions, and of codings."""

    answers: int
    versions: int
    codings: int


def erase(store: Store, chat_key: int, until: int, now: datetime) -> Erased:
    """Erase the respondent of a chat. `until` is the inbox row that asked for it: what came later still waits."""
    respondent = respondent_of(store, chat_key)
    if respondent is None:
        return Erased(0, 0, 0)
    chat_id = chat_id_of(store, chat_key)
    assert chat_id is not None
    store.run("INSERT INTO suppressed VALUES (?, ?)", chat_hmac(store, chat_id), timestamp(now))
    return _delete(store, respondent, chat_key, until, timestamp(now))


def erase_again(store: Store) -> int:
    """Erase whoever the list beside the database knows as erased and the database does not; how many entries.

    That is so after an older copy was put back. Who has come again since their erasure keeps what they said then.
    """
    missing = read_list(store.home) - entries_of(store)
    if missing:
        newest = {chat_hmac: erased_at for erased_at, chat_hmac in sorted((at, who) for who, at in missing)}
        with store.atomic():
            for chat in store.rows("SELECT chat_key, chat_id FROM chats"):
                if erased_at := newest.get(chat_hmac(store, chat["chat_id"])):
                    _delete_older(store, chat["chat_key"], erased_at)
            store.run_many("INSERT INTO suppressed VALUES (?, ?)", sorted(missing))
    keep_beside(store)
    return len(missing)


def _delete_older(store: Store, chat_key: int, erased_at: str) -> None:
    respondent = respondent_of(store, chat_key)
    if respondent and respondent["created_at"] > erased_at:
        return
    until = store.value(
        "SELECT coalesce(max(inbox_key), 0) FROM inbox WHERE chat_key = ? AND received_at <= ?", chat_key, erased_at
    )
    _delete(store, respondent, chat_key, until, erased_at)


def _delete(store: Store, respondent: Row | None, chat_key: int, until: int, now: str) -> Erased:
    person = respondent or {"respondent_id": None, "respondent_key": None}
    names = {
        "id": person["respondent_id"], "key": person["respondent_key"], "chat": chat_key, "now": now, "until": until,
    }  # fmt: skip
    counts = [_count(store, part, names) for part in (_ANSWERS, _versions(), _CODINGS)]
    for statement in _DELETIONS:
        store.db.conn.execute(statement, names)
    return Erased(*counts)


def scrub(store: Store) -> None:
    """Leave no trace of what was erased in the files. Raises StoreError when a reader kept the log open.

    To be called outside a transaction, after the erasure is committed. The list beside the database learns of it here.
    """
    keep_beside(store)
    if not rewrite(store.db):
        raise StoreError(
            f"{store.home}: the write-ahead log is held open by a reader; erasure completes at the next try"
        )
    purge_snapshots(store)


def copy_of(store: Store, chat_key: int) -> Row | None:
    """Everything kept about the respondent of a chat, or None: the interview's columns, `respondent_key`, `depth`,
    `answers` (question, status, text, versions) and, per answer, `codings` (coder_kind, categories, coded_at)."""
    respondent = respondent_of(store, chat_key)
    interview = interview_of(store, chat_key)
    if respondent is None or interview is None:
        return None
    answers = store.rows("SELECT * FROM answers WHERE interview_id = ? ORDER BY question", interview["interview_id"])
    return {
        **interview,
        "respondent_key": respondent["respondent_key"],
        "depth": respondent["depth"],
        "school": store.value("SELECT name FROM schools WHERE school_key = ?", interview["school_key"]),
        "answers": [_answer_copy(store, answer) for answer in answers],
    }


def _answer_copy(store: Store, answer: Row) -> Row:
    answer_id = answer["answer_id"]
    return {
        "question": answer["question"],
        "status": answer["status"],
        "text": joined(store, answer_id),
        "versions": store.rows(
            "SELECT version, text, submitted_at FROM answer_versions WHERE answer_id = ? ORDER BY version", answer_id
        ),
        "codings": store.rows(
            "SELECT coder_kind, categories, coded_at FROM whole_codings WHERE answer_id = ? ORDER BY coding_id",
            answer_id,
        ),
    }


def _versions() -> str:
    return f"SELECT 1 FROM answer_versions WHERE answer_id IN ({_ANSWERS})"


def _count(store: Store, query: str, names: Row) -> int:
    wanted = {name: value for name, value in names.items() if f":{name}" in query}
    return int(store.db.conn.execute(f"SELECT count(*) FROM ({query})", wanted).fetchone()[0])

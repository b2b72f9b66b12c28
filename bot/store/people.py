"""Chats, respondents and referrals: who is talking, and who invited whom, without names.

Every function writes inside the caller's transaction.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Row, Store, moment, timestamp

TOKEN_BYTES = 16
REFERRAL_USES = 20


@dataclass(frozen=True, slots=True)
class Referral:
    """An invitation that still holds: by which respondent (None: by a member), and how far from the seed the invited
    person stands."""

    token_hash: str
    referrer_key: str | None
    depth: int


@dataclass(frozen=True, slots=True)
class Silent:
    """A conversation that is not finished: when it last moved, and which reminders it has had, in hours."""

    chat_key: int
    interview_id: int
    last_activity: datetime
    sent: frozenset[int]


def chat_key_of(store: Store, chat_id: int, now: datetime) -> int:
    """The key of a private chat, made at its first message. The chat counts as active now and no longer blocked."""
    found = store.row(
        "INSERT INTO chats (chat_id, last_activity) VALUES (?, ?) ON CONFLICT (chat_id) DO UPDATE "
        "SET last_activity = excluded.last_activity, blocked = 0 RETURNING chat_key",
        chat_id,
        timestamp(now),
    )
    assert found is not None
    return int(found["chat_key"])


def chat_id_of(store: Store, chat_key: int) -> int | None:
    """The Telegram id of a chat, or None when it has been forgotten."""
    found = store.value("SELECT chat_id FROM chats WHERE chat_key = ?", chat_key)
    return None if found is None else int(found)


def read_state(store: Store, chat_key: int) -> str | None:
    """The stored state of the conversation, or None when none is open."""
    found = store.value("SELECT state FROM chats WHERE chat_key = ?", chat_key)
    return None if found is None else str(found)


def write_state(store: Store, chat_key: int, state: str) -> None:
    """Keep the state of the conversation."""
    store.run("UPDATE chats SET state = ? WHERE chat_key = ?", state, chat_key)


def forget_state(store: Store, chat_key: int) -> None:
    """The conversation is over and nothing of it is kept; `sweep_chats` then forgets the chat."""
    store.run("UPDATE chats SET state = NULL, referral_hash = NULL WHERE chat_key = ?", chat_key)


def set_blocked(store: Store, chat_key: int) -> None:
    """Nothing more is sent to this chat until it writes again."""
    store.run("UPDATE chats SET blocked = 1 WHERE chat_key = ?", chat_key)


def forget_passers_by(store: Store, before: datetime) -> int:
    """End the conversations that never came to an interview and have been silent since `before`; how many.

    `sweep_chats` then forgets the chats. Who comes back is greeted as at first; an invitation has to be opened again.
    """
    return store.run(
        "UPDATE chats SET state = NULL, referral_hash = NULL WHERE state IS NOT NULL AND last_activity < ? "
        "AND NOT EXISTS (SELECT 1 FROM respondents WHERE chat_key = chats.chat_key) "
        "AND NOT EXISTS (SELECT 1 FROM inbox WHERE chat_key = chats.chat_key AND done_at IS NULL)",
        timestamp(before),
    )


def sweep_chats(store: Store) -> int:
    """Forget the chats that ended without an interview or were erased, once nothing waits for them; how many."""
    gone = (
        "state IS NULL AND NOT EXISTS (SELECT 1 FROM respondents WHERE chat_key = chats.chat_key) "
        "AND NOT EXISTS (SELECT 1 FROM members WHERE chat_key = chats.chat_key) "
        "AND NOT EXISTS (SELECT 1 FROM inbox WHERE chat_key = chats.chat_key AND done_at IS NULL) "
        "AND NOT EXISTS (SELECT 1 FROM inbox WHERE chat_key = chats.chat_key "
        "AND dead_reason IS NOT NULL AND raw IS NOT NULL) "
        "AND (blocked OR NOT EXISTS (SELECT 1 FROM outbox WHERE chat_key = chats.chat_key AND done_at IS NULL))"
    )
    for table in ("marks", "messages", "outbox"):
        store.run(f"DELETE FROM {table} WHERE chat_key IN (SELECT chat_key FROM chats WHERE {gone})")
    return store.run(f"DELETE FROM chats WHERE {gone}")


def respondent_of(store: Store, chat_key: int) -> Row | None:
    """The respondent of a chat: respondent_id, respondent_key, referrer_key, depth."""
    return store.row("SELECT * FROM respondents WHERE chat_key = ?", chat_key)


def add_respondent(store: Store, chat_key: int, referral: Referral | None, now: datetime) -> int:
    """The respondent of this chat, made when there is none. Uses up one place of the referral."""
    if known := respondent_of(store, chat_key):
        return int(known["respondent_id"])
    if referral:
        for table in ("referrals", "member_links"):
            store.run(f"UPDATE {table} SET uses = uses + 1 WHERE token_hash = ?", referral.token_hash)
    return store.insert(
        "INSERT INTO respondents (chat_key, respondent_key, referrer_key, depth, created_at) VALUES (?, ?, ?, ?, ?)",
        chat_key,
        _new_pseudonym(store, chat_key),
        referral.referrer_key if referral else None,
        referral.depth if referral else 0,
        timestamp(now),
    )


def chat_hmac(store: Store, chat_id: int) -> str:
    """What stands for a chat in the suppression list."""
    return store.pseudonym(f"chat:{chat_id}")


def issue_referral(store: Store, respondent_id: int, round_: str, expires: datetime) -> str:
    """A new invitation token, 128 random bits. Only its hash is kept; older links of the person stop counting."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    used = store.value(
        "SELECT coalesce(sum(uses), 0) FROM referrals WHERE respondent_id = ? AND round = ?", respondent_id, round_
    )
    store.run("UPDATE referrals SET max_uses = uses WHERE respondent_id = ? AND round = ?", respondent_id, round_)
    store.run(
        "INSERT INTO referrals (token_hash, respondent_id, round, max_uses, expires_at) VALUES (?, ?, ?, ?, ?)",
        token_hash(token),
        respondent_id,
        round_,
        max(0, REFERRAL_USES - int(used)),
        timestamp(expires),
    )
    return token


def remember_referral(store: Store, chat_key: int, token: str) -> None:
    """Keep, until the interview is opened, which invitation this chat came with. An unknown token leaves no trace."""
    known = token_hash(token) if is_link(store, token) else None
    store.run("UPDATE chats SET referral_hash = ? WHERE chat_key = ?", known, chat_key)


def is_link(store: Store, token: str) -> bool:
    """Whether this is the token of a link to the interview, of a respondent or of a member."""
    known = "SELECT token_hash FROM referrals UNION ALL SELECT token_hash FROM member_links"
    return store.value(f"SELECT 1 FROM ({known}) WHERE token_hash = ?", token_hash(token)) is not None


def referral_of(store: Store, chat_key: int, round_: str, now: datetime) -> Referral | None:
    """The invitation this chat came with; None when there is none or it is used up, expired, or of another round."""
    found = store.row(
        "SELECT token_hash, respondent_key, depth FROM ("
        "SELECT token_hash, respondent_key, depth + 1 AS depth, round, uses, max_uses, expires_at "
        "FROM referrals JOIN respondents USING (respondent_id) UNION ALL "
        "SELECT token_hash, NULL, 0, round, uses, max_uses, expires_at FROM member_links) "
        "WHERE token_hash = (SELECT referral_hash FROM chats WHERE chat_key = ?) "
        "AND round = ? AND uses < max_uses AND expires_at > ?",
        chat_key,
        round_,
        timestamp(now),
    )
    return Referral(found["token_hash"], found["respondent_key"], found["depth"]) if found else None


def silent_chats(store: Store, round_: str) -> list[Silent]:
    """Conversations of this round whose interview is open and whose chat is not blocked."""
    found = store.rows(
        "SELECT chat_key, interview_id, last_activity, (SELECT group_concat(hours) FROM reminders "
        "WHERE reminders.interview_id = interviews.interview_id) AS sent "
        "FROM interviews JOIN respondents USING (respondent_id) JOIN chats USING (chat_key) "
        "WHERE finished_at IS NULL AND round = ? AND blocked = 0 AND state IS NOT NULL",
        round_,
    )
    return [
        Silent(
            row["chat_key"],
            row["interview_id"],
            moment(row["last_activity"]),
            frozenset(int(hours) for hours in (row["sent"] or "").split(",") if hours),
        )
        for row in found
    ]


def mark_reminded(store: Store, interview_id: int, hours: int, now: datetime) -> None:
    """This reminder has been queued; it is not queued again."""
    store.run(
        "INSERT INTO reminders (interview_id, hours, sent_at) VALUES (?, ?, ?)", interview_id, hours, timestamp(now)
    )


def _new_pseudonym(store: Store, chat_key: int) -> str:
    """HMAC of the chat and of how often it has been erased, so that who starts anew gets a new pseudonym."""
    chat_id = chat_id_of(store, chat_key)
    assert chat_id is not None
    generation = store.value("SELECT count(*) FROM suppressed WHERE chat_hmac = ?", chat_hmac(store, chat_id))
    return store.pseudonym(f"respondent:{chat_id}:{generation}")


def token_hash(token: str) -> str:
    """What is kept of a token: nobody who reads the database can use it."""
    return hashlib.sha256(token.encode()).hexdigest()

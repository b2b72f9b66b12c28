"""Forgetting on time: what nobody needs any more goes by itself, without anybody having to wish it.

Answers stay. What goes: the texts of updates that could not be handled and of messages to people who have blocked the
bot; interviews that were begun and never answered; and, when a round has long ended, the one thing that leads from
answers to a person, the chat. The pseudonym is then replaced by a random one, for the old one could be computed again
from the chat and the key, and older snapshots lose the rows that bear it. Who allowed to be asked again keeps the link
until they take that back. Nothing here enters the suppression list: nobody asked for it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store import interviews, people
from bot.store.database import Store, timestamp


@dataclass(frozen=True, slots=True)
class Periods:
    """How long things are kept, and the round whose end counts.

    unanswered: after the last message of a chat; dead_letters: after they were set aside or could not be sent; link:
    after the end of the round, or, for an earlier round, after the last message.
    """

    unanswered: timedelta
    dead_letters: timedelta
    link: timedelta
    round: str
    round_ends: datetime


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many of each were forgotten."""

    dead_letters: int
    unanswered: int
    links: int

    def __bool__(self) -> bool:
        return bool(self.dead_letters or self.unanswered or self.links)


def forget(store: Store, periods: Periods, now: datetime) -> Forgotten:
    """Forget what is due at `now`, in the caller's transaction. What was deleted lives on in the file until a scrub."""
    dead = store.run(
        "UPDATE inbox SET raw = NULL WHERE raw IS NOT NULL AND dead_reason IS NOT NULL AND done_at < ?",
        timestamp(now - periods.dead_letters),
    )
    dead += store.run(
        "UPDATE outbox SET message = NULL, done_at = ?, dead_reason = 'blocked' WHERE done_at IS NULL "
        "AND queued_at < ? AND chat_key IN (SELECT chat_key FROM chats WHERE blocked)",
        timestamp(now),
        timestamp(now - periods.dead_letters),
    )
    return Forgotten(dead, _forget_unanswered(store, now - periods.unanswered), _cut_links(store, periods, now))


def _forget_unanswered(store: Store, before: datetime) -> int:
    """Conversations in which nothing was ever answered; `people.sweep_chats` then forgets the chat."""
    found = store.rows(
        "SELECT chat_key, respondent_id FROM chats LEFT JOIN respondents USING (chat_key) "
        "WHERE state IS NOT NULL AND last_activity < ? "
        "AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.chat_key = chats.chat_key) "
        "AND NOT EXISTS (SELECT 1 FROM interviews WHERE interviews.respondent_id = respondents.respondent_id "
        "AND (finished_at IS NOT NULL OR EXISTS "
        "(SELECT 1 FROM answers WHERE answers.interview_id = interviews.interview_id)))",
        timestamp(before),
    )
    for row in found:
        if row["respondent_id"] is not None:
            interviews.close_empty(store, row["chat_key"])
        people.forget_state(store, row["chat_key"])
    return len(found)


def _cut_links(store: Store, periods: Periods, now: datetime) -> int:
    found = store.rows(
        "SELECT respondent_id, respondent_key, chat_key FROM respondents JOIN chats USING (chat_key) "
        "WHERE chat_id > 0 AND NOT EXISTS (SELECT 1 FROM interviews "
        "WHERE interviews.respondent_id = respondents.respondent_id "
        "AND (consent_contact OR CASE WHEN round = ? THEN ? ELSE last_activity >= ? END))",
        periods.round,
        now < periods.round_ends + periods.link,
        timestamp(now - periods.link),
    )
    for row in found:
        _cut_link(store, row["respondent_id"], row["respondent_key"], row["chat_key"], now)
    return len(found)


def _cut_link(store: Store, respondent: int, key: str, chat: int, now: datetime) -> None:
    """Move the respondent to a chat that does not exist, with a number that Telegram gives to nobody."""
    nobody = store.insert(
        "INSERT INTO chats (chat_id, last_activity, blocked) SELECT min(0, min(chat_id)) - 1, ?, 1 FROM chats",
        timestamp(now),
    )
    new_key = store.pseudonym(f"unlinked:{secrets.token_hex(16)}")
    store.run("UPDATE messages SET chat_key = ? WHERE chat_key = ?", nobody, chat)
    store.run(
        "UPDATE respondents SET chat_key = ?, respondent_key = ? WHERE respondent_id = ?", nobody, new_key, respondent
    )
    store.run("UPDATE respondents SET referrer_key = ? WHERE referrer_key = ?", new_key, key)
    store.run(
        "UPDATE interviews SET check_sent_at = ? WHERE respondent_id = ? AND check_sent_at IS NULL",
        timestamp(now),
        respondent,
    )
    people.forget_state(store, chat)

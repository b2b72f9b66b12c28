"""What the answers led to: actions taken on a barrier, and words to the respondents who may be contacted.

An action is what a coordinator wrote, with its day and scope. A publication is a draft until it is published, which
happens once. Writing functions work inside the caller's transaction; `actions_until` reads for the digest.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime

from bot.store.database import Store, timestamp
from bot.store.members import Member


@dataclass(frozen=True, slots=True)
class Action:
    """An action taken on a barrier (`category`), in a district or everywhere."""

    action_id: int
    category: str
    scope: str
    taken_on: date
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A publication that nobody has received yet. `text_ru` None: all read the Kazakh text."""

    publication_id: int
    scope: str
    round: str
    text_kk: str
    text_ru: str | None

    def words(self, language: str) -> str:
        """What a respondent with this language reads."""
        return self.text_ru if language == "ru" and self.text_ru else self.text_kk


@dataclass(frozen=True, slots=True)
class Recipient:
    """A respondent who agreed to be contacted, by their interview and its language."""

    interview_id: int
    chat_key: int
    language: str


def record(store: Store, member: Member, category: str, taken_on: date, text: str, now: datetime) -> int:
    """Keep an action in the member's scope; its key."""
    return store.insert(
        "INSERT INTO actions (member_id, category, scope, taken_on, text, recorded_at) VALUES (?, ?, ?, ?, ?, ?)",
        member.member_id, category, member.scope, taken_on.isoformat(), text, timestamp(now),
    )  # fmt: skip


def take_back(store: Store, action_id: int, scope: str) -> bool:
    """Delete an action of this scope that was recorded by mistake; False where there is none."""
    return bool(
        store.run("DELETE FROM actions WHERE action_id = ? AND (? = 'all' OR scope = ?)", action_id, scope, scope)
    )


def actions_of(store: Store, scope: str, limit: int) -> list[Action]:
    """The newest actions within a scope."""
    return _actions(store.db.conn, "? = 'all' OR scope = ?", (scope, scope), limit)


def actions_until(
    reader: sqlite3.Connection, district: str | None, since: datetime, until: datetime, limit: int
) -> list[Action]:
    """The newest actions taken from `since` until before `until` that touch a district, or any place for None."""
    values = (since.date().isoformat(), until.date().isoformat(), district, district)
    return _actions(
        reader, "taken_on >= ? AND taken_on < ? AND (? IS NULL OR scope = 'all' OR scope = ?)", values, limit
    )


def draft(store: Store, member: Member, round_: str, text_kk: str, now: datetime) -> int:
    """Keep the Kazakh text of a publication; its key."""
    return store.insert(
        "INSERT INTO publications (member_id, scope, round, text_kk, written_at) VALUES (?, ?, ?, ?, ?)",
        member.member_id, member.scope, round_, text_kk, timestamp(now),
    )  # fmt: skip


def complete(store: Store, publication_id: int, text_ru: str | None) -> None:
    """Keep the Russian text of a draft."""
    store.run("UPDATE publications SET text_ru = ? WHERE publication_id = ?", text_ru, publication_id)


def draft_of(store: Store, publication_id: int, member: Member) -> Draft | None:
    """A draft of this member in their scope, or None where it is published, dropped or somebody else's."""
    found = store.row(
        "SELECT publication_id, scope, round, text_kk, text_ru FROM publications "
        "WHERE publication_id = ? AND member_id = ? AND scope = ? AND published_at IS NULL",
        publication_id, member.member_id, member.scope,
    )  # fmt: skip
    return Draft(**found) if found else None


def drop(store: Store, publication_id: int) -> None:
    """Forget a draft."""
    store.run("DELETE FROM publications WHERE publication_id = ? AND published_at IS NULL", publication_id)


def publish(store: Store, publication_id: int, now: datetime) -> None:
    """Note that the draft is published; from here on it is none."""
    store.run("UPDATE publications SET published_at = ? WHERE publication_id = ?", timestamp(now), publication_id)


def recipients(store: Store, scope: str, round_: str) -> list[Recipient]:
    """Respondents of a round within a scope who agreed to be contacted; pilot rounds left out."""
    found = store.rows(
        "SELECT interview_id, chat_key, language FROM interviews JOIN respondents USING (respondent_id) "
        "WHERE round = ? AND pilot = 0 AND consent_contact = 1 AND (? = 'all' OR district = ?) ORDER BY interview_id",
        round_, scope, scope,
    )  # fmt: skip
    return [Recipient(**row) for row in found]


def _actions(connection: sqlite3.Connection, condition: str, values: tuple[object, ...], limit: int) -> list[Action]:
    found = connection.execute(
        f"SELECT action_id, category, scope, taken_on, text FROM actions WHERE {condition} "
        "ORDER BY taken_on DESC, action_id DESC LIMIT ?",
        (*values, limit),
    )
    return [Action(row[0], row[1], row[2], date.fromisoformat(row[3]), row[4]) for row in found]

"""Members: people with a right (coordinator, researcher, coder), how they got it, and what they were just asked for.

A right belongs to a chat, which in private is the numeric id of a person; names prove nothing. An invitation to a role
is 128 random bits of which only the hash is kept; it is used once, expires, and gives exactly its role and scope. A
chat that has tried too many wrong ones is not listened to for a day, and nobody is told why an invitation did not hold.
Every function works inside the caller's transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store.database import Row, Store, moment, timestamp
from bot.store.people import TOKEN_BYTES, chat_hmac, chat_id_of, is_link, token_hash

ROLES = ("coordinator", "researcher", "coder")
# The scope that is every district.
EVERYWHERE = "all"
# Wrong tokens of one chat within ATTEMPTS_IN, after which right ones do not count either.
ATTEMPTS = 5
ATTEMPTS_IN = timedelta(days=1)
# How long a member may think about what they were asked; later texts are not taken for it.
PATIENCE = timedelta(hours=1)
# When a coordinator gets the digest unless they say otherwise: ISO weekday (Monday) and hour in Almaty.
MONDAY_MORNING = (1, 9)
# Interviews that one link of a member can open.
LINK_USES = 500


@dataclass(frozen=True, slots=True)
class Member:
    """A person with a right. `scope`: EVERYWHERE or the id of a district; `member_key`: their pseudonym as coder."""

    member_id: int
    chat_key: int
    member_key: str
    role: str
    scope: str
    language: str
    name: str | None
    since: datetime
    blocked: bool


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation to a role that nobody has used yet."""

    invitation_id: int
    role: str
    scope: str
    name: str | None
    expires_at: datetime


def member_of(store: Store, chat_key: int) -> Member | None:
    """The member who writes in this chat, or None."""
    return next(iter(_members(store, "chat_key = ?", chat_key)), None)


def member(store: Store, member_id: int) -> Member | None:
    """A member by key, or None where the right is revoked."""
    return next(iter(_members(store, "member_id = ?", member_id)), None)


def team(store: Store, scope: str) -> list[Member]:
    """Members whose scope lies within `scope`, in the order in which they came."""
    return _members(store, "(? = 'all' OR scope = ?)", scope, scope)


def covering(store: Store, roles: Collection[str], district: str | None) -> list[Member]:
    """Members with one of `roles` whose scope covers `district`; None: only those whose scope is everywhere."""
    return [one for one in _members(store, "scope IN ('all', ?)", district) if one.role in roles]


def invite(
    store: Store, role: str, scope: str, expires_at: datetime, now: datetime, *, name: str | None = None, by: int | None
) -> str:
    """A new invitation to a role; its token, of which only the hash is kept. `by`: the member who invites."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    store.run(
        "INSERT INTO role_invitations (token_hash, role, scope, name, made_by, made_at, expires_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        token_hash(token), role, scope, name, by, timestamp(now), timestamp(expires_at),
    )  # fmt: skip
    return token


def redeem(store: Store, chat_key: int, token: str, language: str, now: datetime) -> Member | None:
    """Give this chat what the invitation says and use it up; None, and one try less, where it does not hold."""
    chat_id = chat_id_of(store, chat_key)
    assert chat_id is not None
    who = chat_hmac(store, chat_id)
    invited = store.row(
        "SELECT * FROM role_invitations WHERE token_hash = ? AND used_at IS NULL AND expires_at > ? "
        "AND (SELECT count(*) FROM failed_invitations WHERE chat_hmac = ? AND failed_at > ?) < ?",
        token_hash(token), timestamp(now), who, timestamp(now - ATTEMPTS_IN), ATTEMPTS,
    )  # fmt: skip
    if invited is None:
        if not is_link(store, token):
            store.run("INSERT INTO failed_invitations VALUES (?, ?)", who, timestamp(now))
        return None
    store.run(
        "UPDATE role_invitations SET used_at = ? WHERE invitation_id = ?", timestamp(now), invited["invitation_id"]
    )
    store.run(
        "INSERT INTO members (chat_key, member_key, role, scope, name, language, since) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (member_key) DO UPDATE SET chat_key = excluded.chat_key, role = excluded.role, "
        "scope = excluded.scope, name = coalesce(excluded.name, name), since = excluded.since, expected = NULL, "
        "expected_until = NULL",
        chat_key, store.pseudonym(f"member:{chat_id}"), invited["role"], invited["scope"], invited["name"], language,
        timestamp(now),
    )  # fmt: skip
    new = member_of(store, chat_key)
    assert new is not None
    if new.role == "coordinator":
        store.run(
            "INSERT INTO subscriptions (member_id, weekday, hour, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            new.member_id, *MONDAY_MORNING, timestamp(now),
        )  # fmt: skip
    elif new.role == "coder":
        store.run("DELETE FROM subscriptions WHERE member_id = ?", new.member_id)
    return new


def open_invitations(store: Store, scope: str, now: datetime) -> list[Invitation]:
    """Invitations within `scope` that still hold, oldest first."""
    found = store.rows(
        "SELECT invitation_id, role, scope, name, expires_at FROM role_invitations "
        "WHERE used_at IS NULL AND expires_at > ? AND (? = 'all' OR scope = ?) ORDER BY invitation_id",
        timestamp(now), scope, scope,
    )  # fmt: skip
    return [Invitation(**{**row, "expires_at": moment(row["expires_at"])}) for row in found]


def withdraw(store: Store, invitation_id: int) -> bool:
    """Take an unused invitation back; False where there is none."""
    return bool(store.run("DELETE FROM role_invitations WHERE invitation_id = ? AND used_at IS NULL", invitation_id))


def revoke(store: Store, member_id: int) -> None:
    """Take the right away. What the person coded stays; their links to respondents no longer count."""
    store.run(
        "UPDATE members SET chat_key = NULL, name = NULL, expected = NULL, expected_until = NULL WHERE member_id = ?",
        member_id,
    )
    store.run("DELETE FROM subscriptions WHERE member_id = ?", member_id)
    store.run("DELETE FROM role_invitations WHERE made_by = ? AND used_at IS NULL", member_id)
    store.run("UPDATE member_links SET max_uses = uses WHERE member_id = ?", member_id)


def set_language(store: Store, member_id: int, language: str) -> None:
    """The language in which a member is written to: kk, ru or en."""
    store.run("UPDATE members SET language = ? WHERE member_id = ?", language, member_id)


def expect(store: Store, member: Member, name: str, data: str, now: datetime) -> None:
    """The member's next text goes to the handler `name`, with `data` as its argument: once, and within PATIENCE."""
    store.run(
        "UPDATE members SET expected = ?, expected_until = ? WHERE member_id = ?",
        f"{name}:{data}", timestamp(now + PATIENCE), member.member_id,
    )  # fmt: skip


def take_expected(store: Store, member: Member, now: datetime) -> tuple[str, str] | None:
    """(handler, data) that the member was asked for, which from now on is no longer expected; None: nothing."""
    found = store.row("SELECT expected, expected_until FROM members WHERE member_id = ?", member.member_id)
    if found is None or found["expected"] is None:
        return None
    store.run("UPDATE members SET expected = NULL, expected_until = NULL WHERE member_id = ?", member.member_id)
    name, _, data = str(found["expected"]).partition(":")
    return (name, data) if moment(found["expected_until"]) > now else None


def issue_link(store: Store, member: Member, round_: str, expires_at: datetime) -> str:
    """A new link for respondents, whom it makes seeds; its token. Older links of the member stop counting."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    store.run("UPDATE member_links SET max_uses = uses WHERE member_id = ?", member.member_id)
    store.run(
        "INSERT INTO member_links (token_hash, member_id, round, max_uses, expires_at) VALUES (?, ?, ?, ?, ?)",
        token_hash(token), member.member_id, round_, LINK_USES, timestamp(expires_at),
    )  # fmt: skip
    return token


def purge(store: Store, now: datetime) -> None:
    """Forget tries that no longer count, and invitations that nobody used in time."""
    store.run("DELETE FROM failed_invitations WHERE failed_at <= ?", timestamp(now - ATTEMPTS_IN))
    store.run("DELETE FROM role_invitations WHERE used_at IS NULL AND expires_at <= ?", timestamp(now))


def _members(store: Store, condition: str, *values: object) -> list[Member]:
    found = store.rows(
        "SELECT member_id, chat_key, member_key, role, scope, language, name, since, blocked FROM members "
        f"JOIN chats USING (chat_key) WHERE {condition} ORDER BY since, member_id",
        *values,
    )
    return [_member(row) for row in found]


def _member(row: Row) -> Member:
    return Member(**{**row, "since": moment(row["since"]), "blocked": bool(row["blocked"])})

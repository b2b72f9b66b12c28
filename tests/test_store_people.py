"""Chats, respondents and invitations: who is forgotten when, and which invitation still holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from store_world import NOW, OPENING, fresh_store, later, person, received, write

from bot.store import delivery, interviews, people
from bot.store.database import Store


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as one:
        yield one


def passer_by(store: Store, chat_id: int = 100) -> int:
    """A chat that has said something, without an interview or a conversation."""
    return people.chat_key_of(store, chat_id, NOW)


def invited(store: Store, chat_id: int, token: str) -> int:
    """A chat that came with an invitation."""
    chat = passer_by(store, chat_id)
    people.remember_referral(store, chat, token)
    return chat


def depth(store: Store, chat: int) -> int:
    """The distance of a chat's respondent from the seed."""
    found = people.respondent_of(store, chat)
    assert found is not None
    return int(found["depth"])


def test_a_passer_by_is_forgotten_with_what_was_shown_to_them(store: Store) -> None:
    chat = passer_by(store)
    delivery.queue(store, chat, "u1", 0, "здравствуйте", "consent", NOW)
    interviews.keep_unplaced(store, chat, 3, "алло")
    assert people.sweep_chats(store) == 0
    delivery.sent(store, delivery.sendable(store, NOW, 9)[0], 4, NOW)
    assert people.sweep_chats(store) == 1
    assert people.chat_id_of(store, chat) is None
    assert [store.value(f"SELECT count(*) FROM {table}") for table in ("marks", "messages", "outbox")] == [0, 0, 0]


def test_who_is_needed_is_not_forgotten(store: Store) -> None:
    talking, waiting = passer_by(store, 1), passer_by(store, 2)
    people.write_state(store, talking, "{}")
    received(store, 1, 2)
    answered = person(store, 3)
    write(store, answered, 1, "нет пандуса")
    people.forget_state(store, answered)
    assert people.sweep_chats(store) == 0
    delivery.finish_inbox(store, 1, NOW)
    assert people.sweep_chats(store) == 1
    assert {row["chat_key"] for row in store.rows("SELECT chat_key FROM chats")} == {talking, answered}
    assert people.chat_id_of(store, waiting) is None


def test_messages_to_a_blocked_chat_keep_nobody_known(store: Store) -> None:
    chat = passer_by(store)
    delivery.queue(store, chat, "u1", 0, "стёрто", None, NOW)
    people.set_blocked(store, chat)
    assert people.sweep_chats(store) == 1
    assert passer_by(store) != chat


def test_an_invitation_leads_one_step_further_from_the_seed(store: Store) -> None:
    chat = person(store, 1)
    for chat_id in (2, 3):
        token = people.issue_referral(store, chat_id - 1, OPENING.round, later(days=9))
        invited(store, chat_id, token)
        before, chat = people.respondent_of(store, chat), person(store, chat_id)
        now = people.respondent_of(store, chat)
        assert before is not None
        assert now is not None
        assert now["referrer_key"] == before["respondent_key"]
        assert now["depth"] == chat_id - 1
        assert store.value("SELECT count(*) FROM referrals WHERE token_hash = ?", token) == 0


def test_an_invitation_holds_for_its_round_until_it_expires_or_is_used_up(store: Store) -> None:
    person(store, 1)
    token = people.issue_referral(store, 1, OPENING.round, later(days=9))
    chat = invited(store, 2, token)
    assert people.referral_of(store, chat, OPENING.round, later(days=8)) is not None
    assert people.referral_of(store, chat, OPENING.round, later(days=9)) is None
    assert people.referral_of(store, chat, "2027", NOW) is None
    for number in range(people.REFERRAL_USES):
        assert depth(store, _opened(store, invited(store, 10 + number, token))) == 1
    assert depth(store, _opened(store, chat)) == 0


def test_a_new_link_ends_the_old_one_and_brings_no_new_places(store: Store) -> None:
    person(store, 1)
    old = people.issue_referral(store, 1, OPENING.round, later(days=9))
    _opened(store, invited(store, 2, old))
    new = people.issue_referral(store, 1, OPENING.round, later(days=9))
    assert people.referral_of(store, invited(store, 3, old), OPENING.round, NOW) is None
    assert people.referral_of(store, invited(store, 3, new), OPENING.round, NOW) is not None
    assert store.value("SELECT max_uses FROM referrals WHERE uses = 0") == people.REFERRAL_USES - 1


def test_an_unknown_token_leaves_no_trace(store: Store) -> None:
    chat = invited(store, 1, "придумано")
    assert store.rows("SELECT referral_hash FROM chats") == [{"referral_hash": None}]
    assert people.referral_of(store, chat, OPENING.round, NOW) is None


def test_only_open_interviews_of_the_round_in_reachable_chats_are_silent(store: Store) -> None:
    silent, blocked, done, other = (
        person(store, n, OPENING if n < 4 else replace(OPENING, round="2027")) for n in range(1, 5)
    )
    people.set_blocked(store, blocked)
    interviews.finish_interview(store, done, NOW)
    people.mark_reminded(store, 1, 24, later(hours=24))
    people.mark_reminded(store, 1, 72, later(hours=72))
    assert people.silent_chats(store, OPENING.round) == [people.Silent(silent, 1, NOW, frozenset({24, 72}))]
    assert [one.chat_key for one in people.silent_chats(store, "2027")] == [other]


def _opened(store: Store, chat: int) -> int:
    interviews.open_interview(store, chat, OPENING, NOW)
    return chat

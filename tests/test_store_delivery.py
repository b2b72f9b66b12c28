"""Inbox, outbox and marks: nothing lost, nothing doubled, the order of a chat kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_world import NOW, fresh_store, later, received, undone

from bot.store import delivery, people
from bot.store.database import Store
from bot.store.delivery import Mark, OutboxRow, Received


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as one:
        yield one


def chat(store: Store, chat_id: int = 100) -> int:
    """A chat that has written."""
    return people.chat_key_of(store, chat_id, NOW)


def queue(store: Store, chat_key: int, cause: str, *texts: str, step: str | None = None) -> None:
    """Put messages into the outbox."""
    for seq, text in enumerate(texts):
        delivery.queue(store, chat_key, cause, seq, text, step, NOW)


def waiting(store: Store, at: float = 0) -> list[OutboxRow]:
    """What may be sent `at` seconds after NOW."""
    return delivery.sendable(store, later(seconds=at), 100)


BATCHES = st.lists(st.lists(st.tuples(st.integers(1, 15), st.integers(1, 4)), max_size=8), max_size=6)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=BATCHES)
def test_an_update_counts_once_and_each_chat_is_served_in_turn_in_order_of_first_arrival(
    store: Store, batches: list[list[tuple[int, int]]]
) -> None:
    with undone(store):
        first: dict[int, int] = {}
        for batch in batches:
            fresh = {update for update, _ in batch} - set(first)
            rows = [Received(update, chat_id, f'{{"n": {update}}}') for update, chat_id in batch]
            assert delivery.receive(store, rows, NOW) == len(fresh)
            for update, chat_id in batch:
                first.setdefault(update, chat_id)
        rows_now = delivery.waiting_inbox(store, 100)
        chats = list(first.values())
        turns = [(chats[:number].count(chat_id), number) for number, chat_id in enumerate(chats)]
        in_turn = [list(first)[number] for _, number in sorted(turns)]
        assert [row.update_id for row in rows_now] == in_turn
        assert [people.chat_id_of(store, row.chat_key or 0) for row in rows_now] == [first[one] for one in in_turn]
        once_each = [row.update_id for row in delivery.waiting_inbox(store, 100, each=1)]
        assert once_each == in_turn[: len(set(chats))]


def test_a_finished_update_keeps_its_key_but_not_its_words_and_comes_no_second_time(store: Store) -> None:
    received(store, 1, raw="тайна")
    (row,) = delivery.waiting_inbox(store, 9)
    assert row.raw == "тайна"
    delivery.finish_inbox(store, row.inbox_key, NOW)
    assert received(store, 1, raw="тайна") == 0
    assert delivery.waiting_inbox(store, 9) == []
    assert store.rows("SELECT raw FROM inbox") == [{"raw": None}]


def test_a_broken_row_fails_the_whole_batch(store: Store) -> None:
    """Not swallowed: the offset must not move past what is not on disk."""
    with pytest.raises(sqlite3.IntegrityError), store.atomic():
        delivery.receive(store, [Received(1, 100, "{}"), Received(None, 100, "{}")], NOW)  # type: ignore[arg-type]
    assert store.value("SELECT count(*) FROM inbox") == 0


def test_waiting_chats_are_passed_over_and_others_are_not(store: Store) -> None:
    for update, chat_id in ((1, 100), (2, 200), (3, None), (4, 100)):
        received(store, update, chat_id)
    held = chat(store, 100)
    assert [row.update_id for row in delivery.waiting_inbox(store, 9, {held})] == [2, 3]
    assert [row.update_id for row in delivery.waiting_inbox(store, 3)] == [1, 2, 3], "then the second of chat 100"


def test_a_dead_letter_is_kept_whole_beyond_the_purge_and_holds_up_nothing(store: Store) -> None:
    received(store, 1, raw="дурное")
    received(store, 2)
    delivery.dead_letter(store, 1, "KeyError", NOW)
    assert [row.update_id for row in delivery.waiting_inbox(store, 9)] == [2]
    delivery.finish_inbox(store, 2, NOW)
    queue(store, chat(store), "u2", "привет")
    delivery.sent(store, waiting(store)[0], 5, NOW)
    assert delivery.purge(store, later(hours=47)) == 0
    assert delivery.purge(store, later(hours=49)) == 2
    assert store.rows("SELECT update_id, raw, dead_reason FROM inbox") == [
        {"update_id": 1, "raw": "дурное", "dead_reason": "KeyError"}
    ]


def test_the_newest_inbox_row_is_known_even_when_it_is_purged(store: Store) -> None:
    assert delivery.newest_inbox(store) == 0
    received(store, 77)
    delivery.finish_inbox(store, 1, NOW)
    delivery.purge(store, later(days=9))
    assert delivery.newest_inbox(store) == 1
    received(store, 5)
    assert delivery.newest_inbox(store) == 2


def test_only_the_oldest_message_of_a_chat_is_sendable(store: Store) -> None:
    one, two = chat(store, 1), chat(store, 2)
    queue(store, one, "u1", "а", "б")
    queue(store, two, "u2", "в")
    assert [(row.chat_id, row.message) for row in waiting(store)] == [(1, "а"), (2, "в")]
    assert [row.message for row in delivery.sendable(store, NOW, 9, {one})] == ["в"]
    assert [row.message for row in delivery.sendable(store, NOW, 1)] == ["а"]
    delivery.sent(store, waiting(store)[0], 11, NOW)
    assert [row.message for row in waiting(store)] == ["б", "в"]


def test_the_same_cause_says_nothing_twice(store: Store) -> None:
    one = chat(store)
    queue(store, one, "reminder:7:24", "а")
    queue(store, one, "reminder:7:24", "а")
    delivery.sent(store, waiting(store)[0], 11, NOW)
    queue(store, one, "reminder:7:24", "а")
    assert waiting(store) == []


def test_a_message_put_off_holds_up_its_chat_until_its_time(store: Store) -> None:
    one = chat(store)
    queue(store, one, "u1", "а", "б")
    delivery.put_off(store, waiting(store)[0], later(seconds=30), certain=True)
    assert waiting(store, 29) == []
    assert store.value("SELECT next_at FROM outbox") == "2026-11-24T06:00:30.000000+00:00"
    assert [row.message for row in waiting(store, 30)] == ["а"]


def test_a_message_put_off_while_the_clock_was_wrong_does_not_wait_for_years(store: Store) -> None:
    delivery.queue(store, chat(store, 100), "u1", 0, "a", None, NOW)
    delivery.put_off(store, waiting(store)[0], later(days=400), certain=True)
    assert len(waiting(store)) == 1


def test_a_blocked_chat_gets_nothing_until_it_writes_again(store: Store) -> None:
    one = chat(store)
    queue(store, one, "u1", "а")
    people.set_blocked(store, one)
    assert waiting(store) == []
    received(store, 9)
    assert [row.message for row in waiting(store)] == ["а"]


def test_a_dead_message_makes_no_mark_and_releases_the_next(store: Store) -> None:
    one = chat(store)
    queue(store, one, "u1", "а", "б", step="q1")
    delivery.begin_send(store, waiting(store)[0].outbox_id)
    assert delivery.doubtful_chats(store) == {one}
    delivery.dead(store, waiting(store)[0].outbox_id, "BadRequest", NOW)
    assert delivery.doubtful_chats(store) == set()
    assert delivery.marks_of(store, one) == []
    assert [row.message for row in waiting(store)] == ["б"]


def test_a_first_sending_that_is_confirmed_leaves_no_doubt(store: Store) -> None:
    one = chat(store)
    received(store, 1)
    queue(store, one, "u1", "вопрос", step="q1")
    (row,) = waiting(store)
    delivery.begin_send(store, row.outbox_id)
    delivery.sent(store, row, 12, NOW)
    assert delivery.marks_of(store, one) == [Mark(12, "q1", None)]
    assert store.rows("SELECT tries, message FROM outbox") == [{"tries": 1, "message": None}]


def test_a_sending_after_one_of_unknown_outcome_carries_the_doubt_of_the_first_try(store: Store) -> None:
    one = chat(store)
    received(store, 1)
    queue(store, one, "u1", "вопрос", step="q1")
    delivery.begin_send(store, waiting(store)[0].outbox_id)
    received(store, 2)
    (again,) = waiting(store)
    delivery.begin_send(store, again.outbox_id)
    delivery.put_off(store, again, NOW, certain=False)
    received(store, 3)
    (last,) = waiting(store)
    assert last.tries == 2
    delivery.begin_send(store, last.outbox_id)
    delivery.sent(store, last, 15, NOW)
    assert delivery.marks_of(store, one) == [Mark(15, "q1", 1)]


def test_a_try_that_telegram_refused_adds_no_doubt_and_takes_none_away(store: Store) -> None:
    one = chat(store)
    received(store, 1)
    queue(store, one, "u1", "вопрос", step="q1")
    (row,) = waiting(store)
    delivery.begin_send(store, row.outbox_id)
    delivery.put_off(store, row, NOW, certain=True)
    assert delivery.doubtful_chats(store) == set()
    delivery.begin_send(store, row.outbox_id)
    delivery.put_off(store, row, NOW, certain=False)
    (doubted,) = waiting(store)
    delivery.begin_send(store, doubted.outbox_id)
    delivery.put_off(store, doubted, NOW, certain=True)
    assert delivery.doubtful_chats(store) == {one}
    assert waiting(store)[0].doubt_from == 1


def test_what_asks_nothing_is_never_in_doubt_and_makes_no_mark(store: Store) -> None:
    one = chat(store)
    queue(store, one, "u1", "спасибо")
    (row,) = waiting(store)
    delivery.begin_send(store, row.outbox_id)
    assert delivery.doubtful_chats(store) == set()
    delivery.sent(store, row, 12, NOW)
    assert delivery.marks_of(store, one) == []


SENDINGS = st.lists(st.tuples(st.sampled_from(["sent", "lost", "refused", "dead"]), st.integers(0, 2)), max_size=30)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(outcomes=SENDINGS)
def test_every_message_is_sent_in_order_whatever_the_network_does(
    store: Store, outcomes: list[tuple[str, int]]
) -> None:
    """A chat's messages are shown in the order they were queued; none is passed over but the dead ones."""
    with undone(store):
        chats = [chat(store, number) for number in (1, 2, 3)]
        for number, key in enumerate(chats):
            queue(store, key, f"u{number}", *(f"{number}.{seq}" for seq in range(3)), step="q1")
        shown: list[str] = []
        for outcome, which in [*outcomes, *[("sent", n) for n in (0, 1, 2) * 3]]:
            row = next((one for one in waiting(store) if one.chat_key == chats[which]), None)
            if row is None:
                continue
            delivery.begin_send(store, row.outbox_id)
            if outcome == "dead":
                delivery.dead(store, row.outbox_id, "BadRequest", NOW)
                shown.append(row.message)
            elif outcome == "sent":
                delivery.sent(store, row, 10 + len(shown), NOW)
                shown.append(row.message)
            else:
                delivery.put_off(store, row, NOW, certain=outcome == "refused")
        for number in range(3):
            assert [text for text in shown if text.startswith(f"{number}.")] == [f"{number}.{seq}" for seq in range(3)]
        assert waiting(store) == []
        assert delivery.doubtful_chats(store) == set()

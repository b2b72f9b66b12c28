"""What nobody needs any more goes by itself, on its day and not before; answers stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from store_world import NOW, answer_of, fresh_store, later, model_codes, person, received, write
from test_store_erasure import holding

from bot.delivery.alarms import Alarms
from bot.delivery.clock import Clock
from bot.operation.upkeep import Upkeep, periods_of
from bot.settings import Settings
from bot.store import codings, delivery, erasure, interviews, people
from bot.store.database import Store, opened
from bot.store.retention import Forgotten, Periods, forget

DAY = timedelta(days=1)
ROUND_ENDS = later(days=10)
PERIODS = Periods(unanswered=90 * DAY, dead_letters=30 * DAY, link=365 * DAY, round="2026", round_ends=ROUND_ENDS)
PLANT = "құпия-хабар"


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as one:
        yield one


def test_the_text_of_a_dead_letter_goes_and_its_reason_stays(store: Store) -> None:
    received(store, 1, 100, f'{{"text": "{PLANT}"}}')
    delivery.dead_letter(store, 1, "KeyError", NOW)
    received(store, 2, 100, "{}")
    assert forget(store, PERIODS, NOW + 30 * DAY) == Forgotten(0, 0, 0)
    assert forget(store, PERIODS, NOW + 30.1 * DAY) == Forgotten(1, 0, 0)
    assert store.rows("SELECT raw, dead_reason FROM inbox ORDER BY inbox_key") == [
        {"raw": None, "dead_reason": "KeyError"}, {"raw": "{}", "dead_reason": None},
    ]  # fmt: skip


def test_what_waits_for_somebody_who_has_blocked_the_bot_does_not_wait_for_ever(store: Store) -> None:
    blocked, reads = person(store, 1), person(store, 2)
    for chat in (blocked, reads):
        write(store, chat, 1, "жауап")
        delivery.queue(store, chat, f"u{chat}", 0, PLANT, "q2", NOW)
    people.set_blocked(store, blocked)
    assert not forget(store, PERIODS, NOW + 30 * DAY)
    assert forget(store, PERIODS, NOW + 31 * DAY).dead_letters == 1
    people.chat_key_of(store, 1, NOW + 40 * DAY)
    assert [row.chat_key for row in delivery.sendable(store, NOW + 41 * DAY, 9)] == [reads]


def test_interviews_without_an_answer_go_and_those_with_one_stay(store: Store) -> None:
    only_started = people.chat_key_of(store, 1, NOW)
    people.write_state(store, only_started, "{}")
    person(store, 2)
    answered, skipped, doubtful, active = (person(store, number) for number in (3, 4, 5, 6))
    write(store, answered, 1, "жауап")
    interviews.skip_answer(store, skipped, 1)
    interviews.keep_unplaced(store, doubtful, 9, "қай сұраққа?")
    people.chat_key_of(store, 6, later(days=60))
    assert not forget(store, PERIODS, NOW + 90 * DAY)
    assert forget(store, PERIODS, NOW + 90.1 * DAY).unanswered == 2
    people.sweep_chats(store)
    left = [row["chat_key"] for row in store.rows("SELECT chat_key FROM chats ORDER BY chat_key")]
    assert left == [answered, skipped, doubtful, active]
    assert store.value("SELECT count(*) FROM interviews") == 4
    assert forget(store, PERIODS, NOW + 151 * DAY).unanswered == 1, "the one that fell silent later"


def test_nothing_leads_from_answers_to_a_chat_when_the_round_is_long_over(store: Store) -> None:
    chat = person(store, 4711)
    write(store, chat, 4, "пандус жоқ")
    interviews.finish_interview(store, chat, NOW)
    model_codes(store, answer_of(store, chat, 4), ["infrastructure"])
    invited = person(store, 4712)
    write(store, invited, 4, "лифт жоқ")
    key = store.value("SELECT respondent_key FROM respondents WHERE chat_key = ?", chat)
    store.run("UPDATE respondents SET referrer_key = ?, depth = 1 WHERE chat_key = ?", key, invited)
    interviews.save_permission(store, invited, "contact", True)
    before = store.rows("SELECT answer_id, text, interview_id FROM answers_current ORDER BY 1")
    assert not forget(store, PERIODS, ROUND_ENDS + 365 * DAY - timedelta(seconds=1))
    assert forget(store, PERIODS, ROUND_ENDS + 365 * DAY).links == 1
    people.sweep_chats(store)
    assert store.rows("SELECT answer_id, text, interview_id FROM answers_current ORDER BY 1") == before
    assert [row["chat_id"] for row in store.rows("SELECT chat_id FROM chats ORDER BY chat_id")] == [-1, 4712]
    new_key = store.value("SELECT respondent_key FROM answers_current WHERE text = 'пандус жоқ'")
    assert new_key not in {key, store.pseudonym("respondent:4711:0")}
    assert store.value("SELECT referrer_key FROM respondents WHERE depth = 1") == new_key
    assert codings.checks_due(store) == []


def test_who_takes_part_again_after_that_is_a_new_respondent(store: Store) -> None:
    for number in (1, 2):
        write(store, person(store, number), 4, "бұрынғы")
    assert forget(store, PERIODS, ROUND_ENDS + 365 * DAY).links == 2
    people.sweep_chats(store)
    again = person(store, 1, now=ROUND_ENDS + 400 * DAY)
    write(store, again, 4, "жаңа")
    assert erasure.erase(store, again, 0, ROUND_ENDS + 401 * DAY).answers == 1
    assert [row["text"] for row in store.rows("SELECT text FROM answers_current")] == ["бұрынғы", "бұрынғы"]


def test_an_older_round_has_ended_for_whoever_has_been_silent_since(store: Store) -> None:
    write(store, person(store, 1), 4, "ескі кезең")
    next_round = Periods(90 * DAY, 30 * DAY, 365 * DAY, "2028", ROUND_ENDS + 1000 * DAY)
    assert not forget(store, next_round, NOW + 365 * DAY)
    assert forget(store, next_round, NOW + 366 * DAY).links == 1


async def test_the_upkeep_forgets_at_night_and_leaves_no_byte_in_the_files(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path, backups=False, keep_dead_letters_days=2)
    assert periods_of(settings).dead_letters == 2 * DAY
    with opened(tmp_path) as store:
        received(store, 1, 100, f'{{"text": "{PLANT}"}}')
        delivery.dead_letter(store, 1, "KeyError", NOW)
        with time_machine.travel(NOW, tick=False) as clock:
            upkeep = Upkeep(settings, store, Alarms(), Clock())
            for hours, kept in ((0, True), (47, True), (49, True), (72, False)):
                clock.move_to(NOW + timedelta(hours=hours))
                await upkeep.step(datetime.now(UTC))
                assert (store.value("SELECT raw FROM inbox") is not None) == kept, hours
        assert holding(tmp_path, PLANT) == []

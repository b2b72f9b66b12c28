"""Urgent answers: seen when they are kept, urgent until a person closes them, gone with the person who wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.store import erasure, interviews, triage
from bot.store.database import Store
from bot.triage.desk import Triage
from tests.fake_telegram import FakeTelegram
from tests.live_bot import LiveBot
from tests.store_world import NOW, OPENING, code, fresh_store, later, model_codes, person, standing, write

BEATEN = "отец бьёт мальчика, приходит в синяках"
CALM = "пандуса нет, на второй этаж носим на руках"


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as opened:
        yield opened


def say(store: Store, chat: int, message_id: int, text: str, question: int = 1) -> int | None:
    interviews.save_message(store, chat, question, message_id, text, NOW)
    return triage.look(store, chat, message_id, NOW)


def test_an_urgent_answer_is_urgent_whatever_is_coded_until_it_is_closed(store: Store) -> None:
    chat = person(store)
    answer = write(store, chat, 4, BEATEN)
    case = triage.look(store, chat, 1, NOW)
    assert case is not None
    model_codes(store, answer, ["social_perception"], urgent=True)
    code(store, answer, "aigul", ["social_perception"])
    assert standing(store, answer)[2] == "urgent"
    assert triage.close(store, case, "person", "позвонила в опеку", later(hours=1))
    assert not triage.close(store, case, "other", "ещё раз", later(hours=2))
    assert standing(store, answer)[2] == "settled"
    assert triage.open_cases(store, "all") == []


def test_what_is_repeated_or_added_opens_no_second_case(store: Store) -> None:
    chat = person(store)
    case = say(store, chat, 1, BEATEN)
    assert case is not None
    assert say(store, chat, 1, BEATEN) is None
    assert say(store, chat, 2, "и мать его бьёт, бьёт ребёнка") is None
    assert triage.close(store, case, "person", "сделано", NOW)
    assert triage.look(store, chat, 1, NOW) is None, "a message that arrives again is an old one"
    interviews.revise_message(store, chat, 1, BEATEN + " каждый день", NOW)
    assert triage.look(store, chat, 1, NOW, edited=True) is not None


def test_an_answer_typed_in_pieces_is_read_as_one(store: Store) -> None:
    chat = person(store)
    assert say(store, chat, 1, "девочка говорит что не хочет") is None
    assert say(store, chat, 2, "жить") is not None
    assert say(store, chat, 3, "не знаю что делать") is None


def test_a_scope_sees_its_own_district_only(store: Store) -> None:
    for number, district in enumerate(("talgar", "karasai", None), 1):
        chat = person(store, number)
        interviews.save_profile(store, chat, "district", district)
        assert say(store, chat, 1, BEATEN) is not None
    assert [one.district for one in triage.open_cases(store, "talgar")] == ["talgar"]
    assert len(triage.open_cases(store, "all")) == 3
    (other,) = triage.open_cases(store, "karasai")
    assert triage.open_case(store, other.case_id, "talgar") is None
    assert triage.open_case(store, other.case_id, "karasai") == other


def test_a_message_that_belongs_to_no_question_yet_and_a_pilot_are_urgent_too(store: Store) -> None:
    chat = person(store, 5, replace(OPENING, pilot=True))
    interviews.keep_unplaced(store, chat, 9, BEATEN)
    assert triage.look(store, chat, 9, NOW) is not None
    (case,) = triage.open_cases(store, "all")
    assert (case.question, case.text) == (None, BEATEN)
    interviews.place_message(store, chat, 9, 4, NOW)
    assert triage.open_cases(store, "all")[0].question == 4


async def test_erasure_takes_the_case_and_what_nobody_has_read_yet(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path, sending=False) as bot:
        chat, reader = person(bot.store, 1), person(bot.store, 2)
        bot.store.run(
            "INSERT INTO members (chat_key, member_key, role, scope, language, since) "
            "VALUES (?, 'k', 'coordinator', 'all', 'ru', '2026-11-24T06:00:00+00:00')",
            reader,
        )
        case = say(bot.store, chat, 1, f'{BEATEN}\n"вчера" \\ опять')
        assert case is not None
        assert Triage(bot.host.guide).announce(bot.store, case, NOW)
        assert bot.store.value("SELECT count(*) FROM outbox WHERE message IS NOT NULL") == 1
        erasure.erase(bot.store, chat, 10, NOW)
        assert bot.store.value("SELECT count(*) FROM urgent_cases") == 0
        assert bot.store.value("SELECT count(*) FROM outbox WHERE message IS NOT NULL") == 0


async def test_the_respondent_is_told_whom_to_call_once_and_goes_on(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.to_first_question(7)
        await bot.say(7, CALM)
        assert "112" not in server.last(7).text
        (first,) = await bot.say(7, BEATEN)
        assert "111" in server.last(7).text
        assert "112" in server.last(7).text
        seen = len(server.screens[7])
        await bot.say(7, "и так каждый день")
        assert len(server.screens[7]) == seen
        server.edit(7, first, BEATEN + "!")
        await bot.settled()
        assert len(bot.rows("SELECT * FROM urgent_cases")) == 1
        await bot.press(7, "next")
        assert server.last(7).step == "q2"


async def test_coordinators_of_the_scope_read_it_at_once_and_one_closes_it(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        for chat_id, role, scope in ((1, "coordinator", "all"), (2, "coordinator", "talgar"), (3, "researcher", "all")):
            await bot.hire(chat_id, role, scope)
        await bot.to_first_question(7)
        await bot.say(7, f"<b>{BEATEN}</b>")
        assert f"<b>{BEATEN}</b>" in server.last(1).text
        assert all(BEATEN not in one.text for chat_id in (2, 3) for one in server.screens[chat_id])
        assert bot.told == []
        await bot.press(1, "1")
        await bot.say(1, "/cancel")
        await bot.say(1, "это не заметка")
        assert len(triage.open_cases(bot.store, "all")) == 1
        await bot.say(2, "/urgent")
        assert server.last(2).text == "Срочных ответов нет."
        await bot.say(1, "/urgent")
        await bot.press(1, "1")
        await bot.say(1, "позвонила в опеку, выехали")
        assert "закрыт" in server.last(1).text
        row = bot.rows("SELECT note, closed_by FROM urgent_cases")[0]
        assert row["note"] == "позвонила в опеку, выехали"
        await bot.press(1, "1")
        assert server.last(1).text == "Этот случай уже закрыт."


async def test_where_nobody_may_read_it_the_administrator_is_told_without_a_word_of_it(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.hire(2, "coordinator", "talgar")
        await bot.to_first_question(7)
        await bot.say(7, BEATEN)
        assert bot.told == ["urgent_unread"]
        await bot.say(2, "/urgent")
        assert server.last(2).text == "Срочных ответов нет."

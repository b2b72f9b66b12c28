"""Review through the real bot: a tap accepts, two code blind where drawn, one settles, and what counts follows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from bot.review.coding import Coders
from bot.review.settling import Settlers
from bot.rooms import build_desk
from bot.store import delivery, erasure, interviews, reviews, triage
from tests.fake_telegram import FakeTelegram, Shown
from tests.live_bot import LiveBot
from tests.store_world import NOW, model_codes, person, standing, write

CODER, SECOND, BOSS, OUTSIDE = 11, 12, 13, 14
TEXT = "<b>пандуса</b> нет, & _втроём_ заносим"


@pytest_asyncio.fixture
async def bot(tmp_path: Path) -> AsyncIterator[LiveBot]:
    async with FakeTelegram() as server, LiveBot(server, tmp_path / "home", double_share=0.0) as one:
        yield one


def answer(bot: LiveBot, chat_id: int, text: str = TEXT, labels: tuple[str, ...] = ("infrastructure",)) -> int:
    """An answer of a person in Talgar that the model has read."""
    with bot.store.atomic():
        chat = person(bot.store, chat_id)
        interviews.save_profile(bot.store, chat, "district", "talgar")
        key = write(bot.store, chat, 4, text)
        model_codes(bot.store, key, labels, ("no_ramp",) if "infrastructure" in labels else (), needs_review=True)
    return key


def panel(bot: LiveBot, chat_id: int) -> Shown:
    """The newest message of a chat that has buttons."""
    return next(one for one in reversed(bot.server.screens[chat_id]) if one.buttons)


async def tap(bot: LiveBot, chat_id: int, label: str) -> None:
    """Press the button that reads so."""
    shown = panel(bot, chat_id)
    data = next((data for text, data in shown.buttons if label in text), None)
    assert data, [text for text, _ in shown.buttons]
    bot.server.press(chat_id, shown.message_id, data)
    await bot.settled()


async def test_one_tap_accepts_and_the_next_answer_comes(bot: LiveBot) -> None:
    first, second = answer(bot, 1), answer(bot, 2, "денег нет", ("funding",))
    await bot.hire(CODER, "coder", "talgar")
    await bot.say(CODER, "/review")
    read = []
    for _ in range(2):
        shown = panel(bot, CODER)
        read.append(shown.text)
        save = next(data for text, data in shown.buttons if text.startswith("✓"))
        bot.server.press(CODER, shown.message_id, save)
        await bot.settled()
    assert TEXT in "\n".join(read), "character for character"
    assert standing(bot.store, first) == ({"infrastructure"}, "human", "settled")
    assert standing(bot.store, second) == ({"funding"}, "human", "settled")
    assert bot.server.last(CODER).text == "Ответов для кодирования нет. Спасибо!"


async def test_a_press_that_arrives_twice_codes_once(bot: LiveBot) -> None:
    answer(bot, 1)
    await bot.hire(CODER, "coder")
    await bot.say(CODER, "/review")
    shown = panel(bot, CODER)
    save = next(data for text, data in shown.buttons if text.startswith("✓"))
    for _ in range(2):
        bot.server.press(CODER, shown.message_id, save)
    await bot.settled()
    assert bot.rows("SELECT count(*) AS n FROM codings WHERE coder_kind = 'human'") == [{"n": 1}]


async def test_nobody_outside_the_scope_and_no_urgent_answer(bot: LiveBot) -> None:
    answer(bot, 1)
    urgent = answer(bot, 2, "отец бьёт мальчика", ("social_perception",))
    with bot.store.atomic():
        chat = bot.store.value("SELECT chat_key FROM chats WHERE chat_id = 2")
        assert triage.look(bot.store, chat, 1, NOW) is not None
    await bot.hire(OUTSIDE, "coder", "karasai")
    await bot.hire(CODER, "coder", "talgar")
    await bot.say(OUTSIDE, "/review")
    assert bot.server.last(OUTSIDE).text == "Ответов для кодирования нет. Спасибо!"
    await bot.say(CODER, "/review")
    await tap(bot, CODER, "✓")
    assert all("бьёт" not in one.text for one in bot.server.screens[CODER])
    assert standing(bot.store, urgent)[2] == "urgent"


async def test_no_two_work_on_one_answer_unless_it_was_drawn(bot: LiveBot) -> None:
    answer(bot, 1)
    for chat_id in (CODER, SECOND):
        await bot.hire(chat_id, "coder")
        await bot.say(chat_id, "/review")
    assert TEXT in bot.server.screens[CODER][-1].text or TEXT in bot.server.screens[CODER][-2].text
    assert bot.server.last(SECOND).text == "Ответов для кодирования нет. Спасибо!"


async def test_two_code_blind_they_differ_and_one_settles_with_a_reason(bot: LiveBot) -> None:
    drawing = bot.settings.model_copy(update={"double_share": 1.0})
    bot.worker._desk = build_desk(bot.store, bot.host, drawing, bot.digests.wake)
    key = answer(bot, 1)
    for chat_id in (CODER, SECOND):
        await bot.hire(chat_id, "coder")
    await bot.hire(BOSS, "coordinator")
    await bot.say(CODER, "/review")
    assert "Программа" not in panel(bot, CODER).text, "nothing is proposed where two code blind"
    await tap(bot, CODER, "Нет барьера")
    assert standing(bot.store, key) == ({None}, "human", "settled")
    await bot.say(SECOND, "/review")
    await tap(bot, SECOND, "Инфрақұрылым" if "Инфрақұрылым" in str(panel(bot, SECOND).buttons) else "Инфраструктура")
    await tap(bot, SECOND, "коды")
    await tap(bot, SECOND, panel(bot, SECOND).buttons[0][0])
    await tap(bot, SECOND, "Сохранить")
    assert standing(bot.store, key)[1:] == ("human", "review")
    await bot.say(BOSS, "/adjudicate")
    await tap(bot, BOSS, "✓ 2.")
    await bot.say(BOSS, "заносят втроём: пандуса нет")
    assert standing(bot.store, key) == ({"infrastructure"}, "adjudicated", "settled")
    assert bot.rows("SELECT reason FROM reasons") == [{"reason": "заносят втроём: пандуса нет"}]
    assert bot.server.last(BOSS).text == "Расхождений, которые ждут решения, нет."


async def test_an_answer_that_changes_or_goes_meanwhile_is_said_and_nothing_is_saved(bot: LiveBot) -> None:
    answer(bot, 1)
    await bot.hire(CODER, "coder")
    await bot.say(CODER, "/review")
    with bot.store.atomic():
        chat = bot.store.value("SELECT chat_key FROM chats WHERE chat_id = 1")
        interviews.revise_message(bot.store, chat, 1, "пандус сделали", NOW)
    await tap(bot, CODER, "✓")
    assert any("изменил этот ответ" in one.text for one in bot.server.screens[CODER])
    assert "пандус сделали" in "\n".join(one.text for one in bot.server.screens[CODER])
    with bot.store.atomic():
        erasure.erase(bot.store, chat, 10**6, NOW)
    await tap(bot, CODER, "Нет барьера")
    assert any("больше нет" in one.text for one in bot.server.screens[CODER])
    assert bot.rows("SELECT 1 FROM codings") == []


async def test_undo_opens_the_last_one_again_and_a_new_coding_takes_its_place(bot: LiveBot) -> None:
    first, second = answer(bot, 1), answer(bot, 2, "денег нет", ("funding",))
    await bot.hire(CODER, "coder")
    await bot.say(CODER, "/review")
    await tap(bot, CODER, "✓")
    coded = first if standing(bot.store, first)[1] == "human" else second
    await tap(bot, CODER, "Отменить последнее")
    await tap(bot, CODER, "Нет барьера")
    assert standing(bot.store, coded) == ({None}, "human", "settled")


def test_only_those_who_may_settle_settle(bot: LiveBot) -> None:
    assert set(Settlers(bot.host.guide, bot.host.codebook).entries()["adjudicate"].roles) == {
        "coordinator", "researcher",
    }  # fmt: skip
    assert "coder" in Coders(bot.host.guide, bot.host.codebook, 0.2).entries()["review"].roles


def test_what_is_on_its_way_to_a_reviewer_goes_with_the_answer(bot: LiveBot) -> None:
    answer(bot, 1)
    with bot.store.atomic():
        author, reader = (bot.store.value("SELECT chat_key FROM chats WHERE chat_id = 1"), person(bot.store, CODER))
        unit = bot.store.value("SELECT unit_id FROM units WHERE whole")
        reviews.claim(bot.store, reader, unit, "{}", "u7", NOW)
        delivery.queue(bot.store, reader, "u7:staff", 0, TEXT, None, NOW)
        erasure.erase(bot.store, author, 10**6, NOW)
    assert bot.rows("SELECT message FROM outbox WHERE cause = 'u7:staff'") == [{"message": None}]
    assert bot.rows("SELECT 1 FROM reviews") == []

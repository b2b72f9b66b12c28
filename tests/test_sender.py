"""Sending: nothing that must be said is missing, the order in a chat holds, and a lost answer moves no text."""

from __future__ import annotations

import random
import time
from itertools import pairwise
from pathlib import Path

from bot.delivery.rate import BURST, Rate
from tests.fake_telegram import FakeTelegram, Shown
from tests.live_bot import LiveBot

FIRST = "Инклюзия это когда все дети учатся вместе в одной школе"
SECOND = "Моя роль помогать каждому ребёнку на уроке и дома"


async def test_delivered_answer_cut_person_writes_sent_again(tmp_path: Path) -> None:
    """Question 2 reaches the screen, the confirmation is lost, the person answers it, it is sent again."""
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.to_first_question(7)
        await bot.say(7, FIRST)
        written: list[int] = []

        def answer_at_once(shown: Shown) -> None:
            if shown.step == "q2" and not written:
                written.append(server.say(7, SECOND))

        server.on_shown = answer_at_once
        server.faults.plan("sendMessage", "cut_after")
        await bot.press(7, "next")
        shown = [one.step for one in server.screens[7]][-3:]
        assert shown == ["q2", "q2", "doubt"], "the respondent is asked, nobody guesses"
        assert bot.answers(7) == {1: FIRST}
        assert server.last(7).reply_to == written[0]
        await bot.press(7, "later")
        assert bot.answers(7) == {1: FIRST, 2: SECOND}
        assert server.last(7).step == "q2"


async def test_a_text_that_waited_through_a_lost_sending_can_belong_to_the_question_before(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.to_first_question(7)
        await bot.say(7, FIRST)
        server.faults.plan("sendMessage", "cut_before")
        shown = server.last(7)
        server.press(7, shown.message_id, "q1:next")
        await server.until(lambda: server.faults.seen["cut_before"] == 1)
        added = server.say(7, "и в одном двре")
        await bot.settled()
        assert server.last(7).step == "doubt"
        server.edit(7, added, "и в одном дворе")
        await bot.settled()
        await bot.press(7, "earlier")
        assert bot.answers(7) == {1: f"{FIRST}\nи в одном дворе"}


async def test_the_button_of_a_copy_that_nobody_confirmed_counts(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.say(7, "/start")
        first: list[Shown] = []

        def press_the_first_copy(shown: Shown) -> None:
            if shown.step == "consent" and not first:
                first.append(shown)
                server.press(7, shown.message_id, "consent:yes")

        server.on_shown = press_the_first_copy
        server.faults.plan("sendMessage", "cut_after")
        await bot.press(7, "ru")
        assert [one.step for one in server.screens[7]] == ["language", "consent", "consent", "screening"]


async def test_told_to_wait_it_waits_and_nothing_is_in_doubt(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        server.faults.plan("sendMessage", "429")
        await bot.say(7, "/start")
        assert [one.step for one in server.screens[7]] == ["language"]
        assert bot.rows("SELECT step, doubt_from FROM marks") == [{"step": "language", "doubt_from": None}]


async def test_who_has_blocked_the_bot_is_left_alone_until_they_write_again(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.to_first_question(7)
        server.blocked.add(7)
        await bot.say(7, FIRST, "/next")
        assert bot.rows("SELECT blocked FROM chats") == [{"blocked": 1}]
        server.blocked.clear()
        before = len(server.screens[7])
        await bot.say(7, "/start")
        assert [one.step for one in server.screens[7][before:]][-1] == "q2"
        assert bot.rows("SELECT blocked FROM chats") == [{"blocked": 0}]
        assert bot.answers(7) == {1: FIRST}


async def test_what_telegram_refuses_is_sent_once_more_as_plain_text(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        server.faults.plan("sendMessage", "400")
        await bot.say(7, "/start")
        assert server.last(7).buttons == ()
        await bot.say(7, "Русский")
        assert server.last(7).step == "consent", "the words of a button do without the button"
        assert bot.told == []


async def test_what_is_refused_twice_is_set_aside_and_holds_nothing_up(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        server.faults.plan("sendMessage", "400", "400")
        await bot.say(7, "/start")
        assert 7 not in server.screens
        assert bot.told == ["message_refused"]
        await bot.say(7, "/start")
        assert server.last(7).step == "language"


async def test_network_faults_keep_the_order_of_a_chat_and_lose_nothing(tmp_path: Path) -> None:
    chance = random.Random(5)
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        faults = ("502", "cut_before", "cut_after", "json")
        chats = range(11, 19)
        for chat in chats:
            for _ in range(4):
                server.say(chat, "/help")
            server.say(chat, "/start")
        server.faults.random = lambda method: (
            chance.choice(faults) if method == "sendMessage" and chance.random() < 0.2 else None
        )
        await bot.settled()
        assert server.faults.seen.total() >= 5
        for chat in chats:
            steps = [one.step for one in server.screens[chat]]
            assert len(steps) >= 5
            assert steps == sorted(steps), "help comes before the prompt, however often it was repeated"
            assert steps[-1] == "language"


async def test_quoted_answers_come_back_character_for_character(tmp_path: Path) -> None:
    odd = "<b>жирный</b> & _*[скобка](x) \u200fсправа\u200e https://t.me/x =1+1"
    long = "<" * 4096
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.to_first_question(7)
        await bot.say(7, odd)
        await bot.press(7, "next")
        await bot.say(7, long)
        await bot.press(7, "next")
        while server.last(7).step.startswith("q"):
            await bot.press(7, "skip")
            if server.last(7).step == "q1":
                await bot.press(7, "next")
        shown = "".join(one.text for one in server.screens[7])
        assert odd in shown
        assert long in shown.replace("\n", "")
        calls = [params for name, params in server.calls if name == "sendMessage"]
        assert all("parse_mode" not in params for params in calls)
        assert all(params["link_preview_options"] == {"is_disabled": True} for params in calls)
        picture = next(one for one in server.screens[7] if one.method == "sendPhoto")
        assert picture.file.startswith(b"\x89PNG")
        assert "https://t.me/kedergi_test_bot?start=" in picture.text


async def test_the_rate_lets_a_burst_through_and_then_keeps_the_pace() -> None:
    rate = Rate(200)
    times = []
    for _ in range(25):
        await rate.wait()
        times.append(time.monotonic())
    assert times[-1] - times[0] >= (24 - BURST) / 200 * 0.9
    assert all(earlier <= later for earlier, later in pairwise(times))


async def test_a_rate_of_zero_is_no_limit() -> None:
    rate = Rate(0)
    began = time.monotonic()
    for _ in range(10_000):
        await rate.wait()
    assert time.monotonic() - began < 5

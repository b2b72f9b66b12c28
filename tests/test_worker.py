"""Handling: an update counts wholly or not at all, once, and for the step it was meant for."""

from __future__ import annotations

import random
import sqlite3
import string
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.store import delivery
from tests.desk import ANSWER, Desk, to_question
from tests.fake_telegram import FakeTelegram
from tests.live_bot import LiveBot


def test_every_button_has_a_command(desk: Desk) -> None:
    to_question(desk)
    desk.receive(desk.text(ANSWER), desk.text("/next"))
    desk.handle()
    assert desk.step() == "q2"


def test_an_update_that_raises_is_taken_back_and_the_others_go_on(desk: Desk) -> None:
    to_question(desk)
    broken = desk.text("x")
    broken["message"]["text"] = {"not": "a text"}
    desk.receive(broken, desk.text(ANSWER))
    desk.handle()
    assert desk.told == ["update_set_aside"]
    assert [row["text"] for row in desk.store.rows("SELECT text FROM messages")] == [ANSWER]
    kept = desk.store.rows("SELECT dead_reason, raw IS NULL AS purged FROM inbox ORDER BY inbox_key DESC LIMIT 2")
    assert kept == [{"dead_reason": None, "purged": 1}, {"dead_reason": "TypeError", "purged": 0}]


def test_a_full_disk_sets_nothing_aside(desk: Desk) -> None:
    to_question(desk)
    texts = [f"{number} " + "жауап " * 600 for number in range(30)]
    desk.receive(*(desk.text(text) for text in texts))
    desk.store.db.execute(f"PRAGMA max_page_count = {desk.store.value('PRAGMA page_count')}")
    with pytest.raises(sqlite3.Error):
        desk.handle()
    desk.store.db.execute("PRAGMA max_page_count = 1000000")
    desk.handle()
    assert [row["text"] for row in desk.store.rows("SELECT text FROM messages ORDER BY message_id")] == texts
    assert desk.told == []


def test_one_press_under_two_update_ids_counts_once(desk: Desk) -> None:
    to_question(desk)
    desk.receive(desk.text(ANSWER))
    desk.handle()
    prompt = delivery.marks_of(desk.store, 1)[-1].message_id
    desk.receive(desk.press(prompt, "q1:next"), desk.press(prompt, "q1:next"))
    desk.handle()
    assert desk.step() == "q2"


def test_ten_thousand_random_payloads_change_nothing(desk: Desk) -> None:
    to_question(desk)
    chance = random.Random(3)
    marks = [mark.message_id for mark in delivery.marks_of(desk.store, 1)]
    before = desk.store.value("SELECT state FROM chats")
    steps = ("q1", "q2", "consent", "forget", "check", "doubt", "role", "", "q", "q99", "check1")
    options = ("next", "yes", "skip", "0", "earlier", "right", "", "директор", "' OR 1=1 --")
    kept = "SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM answers) + (SELECT count(*) FROM codings)"
    amount = desk.store.value(kept)
    for _ in range(100):
        presses = []
        for _ in range(100):
            noise = "".join(chance.choices(string.printable, k=chance.randint(0, 20)))
            data = chance.choice((noise, f"{chance.choice(steps)}:{chance.choice(options)}"))
            message_id = chance.choice((*marks, None, 0, -1, 10**12))
            if not (message_id == marks[-1] and data.startswith("q1:")):
                presses.append(desk.press(message_id, data))
        desk.receive(*presses)
        desk.handle()
    assert desk.store.value("SELECT state FROM chats") == before
    assert desk.store.value(kept) == amount
    assert desk.told == []


def test_said_twice_in_a_hurry_a_step_that_nobody_has_seen_is_not_left(desk: Desk) -> None:
    to_question(desk)
    desk.receive(desk.text("/skip"), desk.text("/skip"))
    desk.handle()
    assert desk.step() == "q2"


def test_a_yes_typed_twice_does_not_answer_the_next_step_unseen(desk: Desk) -> None:
    for text in ("/start", "/ru"):
        desk.receive(desk.text(text))
        desk.handle()
        desk.show_all()
    desk.receive(desk.text("/yes"), desk.text("/yes"))
    desk.handle()
    assert desk.step() == "screening"
    desk.show_all()
    desk.receive(desk.text("Да"), desk.text("Да"))
    desk.handle()
    assert desk.step() == "permissions"


def test_while_a_prompt_is_in_doubt_the_messages_of_that_chat_wait_and_others_go_on(desk: Desk) -> None:
    to_question(desk)
    desk.receive(desk.text(ANSWER), desk.text("/next"))
    desk.handle()
    (row,) = delivery.sendable(desk.store, datetime.now(UTC), 10)
    with desk.store.atomic():
        delivery.begin_send(desk.store, row.outbox_id)
    desk.receive(desk.text("к какому вопросу?"), desk.text("/start", chat_id=8))
    desk.handle()
    assert desk.store.value("SELECT count(*) FROM inbox WHERE done_at IS NULL") == 1
    assert desk.step(8) == "language"
    with desk.store.atomic():
        delivery.dead(desk.store, row.outbox_id, "blocked", datetime.now(UTC))
    desk.handle()
    assert desk.store.value("SELECT count(*) FROM inbox WHERE done_at IS NULL") == 0
    kept = desk.store.rows("SELECT question, text FROM messages JOIN answers USING (answer_id) ORDER BY message_id")
    assert [row["question"] for row in kept] == [1, 1], "a sending that ended makes no mark"


def test_before_consent_no_text_is_kept_not_even_in_doubt(desk: Desk) -> None:
    desk.receive(desk.text("/start"))
    desk.handle()
    desk.show_all()
    desk.receive(desk.text("Русский"))
    desk.handle()
    (row,) = delivery.sendable(desk.store, datetime.now(UTC), 10)
    with desk.store.atomic():
        delivery.begin_send(desk.store, row.outbox_id)
        delivery.put_off(desk.store, row, datetime.now(UTC), certain=False)
    desk.receive(desk.text("моё имя Айгуль"))
    desk.handle()
    desk.show_all()
    desk.handle()
    assert desk.store.rows("SELECT * FROM messages") == []
    assert desk.store.value("SELECT count(*) FROM inbox WHERE raw IS NOT NULL") == 0
    assert desk.step() == "consent"


async def test_other_content_is_refused_politely_and_a_caption_is_kept(tmp_path: Path) -> None:
    contents: list[dict[str, Any]] = [
        {"sticker": {"file_id": "x"}},
        {"voice": {"file_id": "x", "duration": 1}},
        {"photo": [{"file_id": "x"}], "caption": ""},
        {"poll": {"id": "1"}},
        {"location": {"latitude": 43.2, "longitude": 76.9}},
        {"contact": {"phone_number": "1"}},
        {"content_of_2030": {}},
    ]
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.to_first_question(7)
        before = bot.rows("SELECT state FROM chats")
        for content in contents:
            count = len(server.screens[7])
            server.send(7, **content)
            await bot.settled()
            assert len(server.screens[7]) == count + 1
        assert bot.rows("SELECT state FROM chats") == before
        server.send(7, photo=[{"file_id": "x"}], caption=ANSWER)
        await bot.settled()
        assert bot.answers(7) == {1: ANSWER}
        assert bot.told == []


async def test_an_album_is_refused_once(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.to_first_question(7)
        count = len(server.screens[7])
        for _ in range(5):
            server.send(7, photo=[{"file_id": "x"}], media_group_id="88")
        await bot.settled()
        assert len(server.screens[7]) == count + 1


async def test_a_corrected_message_corrects_the_answer_and_is_no_second_one(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.to_first_question(7)
        (first,) = await bot.say(7, "Нехватает кабинетов, пандусов и учебников для таких детей")
        server.edit(7, first, ANSWER)
        await bot.settled()
        assert bot.answers(7) == {1: ANSWER}
        await bot.press(7, "next")
        server.edit(7, first, f"{ANSWER}!")
        server.edit(7, 1, "/forget")
        await bot.settled()
        assert bot.answers(7) == {1: f"{ANSWER}!"}
        assert [row["version"] for row in bot.rows("SELECT version FROM answer_versions")] == [1, 2]


async def test_a_text_that_telegram_split_is_one_text_again(tmp_path: Path) -> None:
    long = "ә" * 4096
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.to_first_question(7)
        await bot.say(7, long, "соңы")
        await bot.press(7, "next")
        await bot.press(7, "next")  # two words only: the bot has asked for more
        assert bot.rows("SELECT text FROM answer_versions") == [{"text": f"{long}соңы"}]


async def test_buttons_can_be_typed_but_a_number_at_a_question_is_an_answer(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        for text, step in (("/start", "language"), ("2", "consent"), ("1", "screening"), ("да.", "permissions")):
            await bot.say(7, text)
            assert server.last(7).step == step
        for option in ("done", "teacher", "skip", "skip", "skip", "village"):
            await bot.press(7, option)
        await bot.say(7, "2")
        assert bot.answers(7) == {1: "2"}
        await bot.say(7, "/skip")
        await bot.say(7, "/неизвестно", "/unknown")
        assert bot.answers(7) == {1: "2"}


async def test_a_forged_button_gets_a_toast_and_changes_nothing(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.to_first_question(7)
        state = bot.rows("SELECT state FROM chats")
        count = len(server.toasts)
        for message_id, data in ((2, "q1:skip"), (999, "q1:skip"), (server.last(7).message_id, "forget:yes")):
            server.press(7, message_id, data)
        await bot.settled()
        assert bot.rows("SELECT state FROM chats") == state
        assert [bool(toast.get("text")) for toast in server.toasts[count:]] == [True] * 3


async def test_nobody_gets_a_byte_of_what_another_wrote(tmp_path: Path) -> None:
    """Every command, by a stranger and by another respondent."""
    secret = "құпия сөз тек жетіншіге тиесілі екені белгілі"
    commands = ("start", "start x", "help", "status", "mydata", "forget", "invite", "language", "pause", "back", "1")
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.to_first_question(7)
        await bot.say(7, secret)
        await bot.to_first_question(8)
        for command in commands:
            server.say(8, f"/{command}")
            server.say(9, f"/{command}")
            server.press(9, server.last(7).message_id, "q1:next")
        await bot.settled()
        others = [one for chat in (8, 9) for one in server.screens[chat]]
        assert all(secret not in one.text and secret.encode() not in one.file for one in others)
        assert bot.answers(7) == {1: secret}

"""Receiving: whatever goes wrong between Telegram and the disk, every update is in the inbox once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fake_telegram import FakeTelegram
from tests.live_bot import LiveBot

INBOX = "SELECT update_id FROM inbox ORDER BY inbox_key"


@pytest.mark.parametrize("fault", ["404", "401", "409", "429", "502", "cut_before", "cut_after", "json"])
async def test_receiving_goes_on_after(fault: str, tmp_path: Path) -> None:
    async with FakeTelegram(retry_after=0) as server:
        server.faults.plan("getUpdates", fault)
        sent = [server.say(7, "/start"), server.say(7, "келесі")]
        async with LiveBot(server, tmp_path) as bot:
            await bot.settled()
            assert len(sent) == len(bot.rows(INBOX)) == 2
            assert server.faults.seen[fault] == 1
            assert server.last(7).step == "language"


async def test_a_second_poller_and_a_webhook_raise_an_alarm(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        server.webhook = True
        async with LiveBot(server, tmp_path) as bot:
            await server.until(lambda: sum(name == "getUpdates" for name, _ in server.calls) >= 2)
            assert bot.told == ["second_poller"]
            server.webhook = False
            server.say(7, "/start")
            await bot.settled()
            assert server.last(7).step == "language"


async def test_an_update_that_comes_again_counts_once(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        server.faults.plan("getUpdates", "cut_after", "cut_after")
        server.say(7, "/start")
        async with LiveBot(server, tmp_path) as bot:
            await bot.settled()
            assert max(server.handed_out.values()) == 3
            assert len(bot.rows(INBOX)) == 1
            assert len(server.screens[7]) == 1


async def test_an_update_that_cannot_be_parsed_is_set_aside_and_the_others_go_on(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        server.raw({"message": "no message at all"})
        server.raw({"message": {"message_id": [], "chat": {"id": 7, "type": "private"}, "text": {"a": 1}}})
        server.say(8, "/start")
        async with LiveBot(server, tmp_path) as bot:
            await bot.settled()
            assert server.last(8).step == "language"
            dead = bot.rows("SELECT raw, dead_reason FROM inbox WHERE dead_reason IS NOT NULL")
            assert len(dead) == 2, "both are kept whole, for a person to look at"
            assert "message_id" in dead[1]["raw"]
            assert bot.told == ["update_set_aside"]


async def test_a_full_disk_acknowledges_nothing_and_loses_nothing(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.to_first_question(7)
        pages = bot.store.value("PRAGMA page_count")
        bot.store.db.execute(f"PRAGMA max_page_count = {pages + 1}")
        acknowledged = server.acknowledged
        written = [server.say(7, f"{number} " + "жауап " * 600) for number in range(30)]
        await server.until(lambda: max(server.handed_out.values()) >= 3)
        assert server.acknowledged == acknowledged, "nothing is acknowledged that is not on the disk"
        assert bot.told == ["receiving_failed"]
        bot.store.db.execute("PRAGMA max_page_count = 1000000")
        await bot.settled()
        assert len(bot.rows("SELECT * FROM messages WHERE answer_id IS NOT NULL")) == len(written)
        assert bot.rows("SELECT * FROM inbox WHERE dead_reason IS NOT NULL") == []


async def test_groups_are_left_and_nothing_of_them_is_kept(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        group = {"id": -1001, "type": "supergroup", "title": "Мектеп"}
        person = {"id": 7, "is_bot": False, "first_name": "A"}
        server.raw({"message": {"message_id": 3, "date": 1, "chat": group, "from": person, "text": "/start құпия"}})
        await server.until(lambda: server.left == [-1001])
        await bot.settled()
        assert bot.rows("SELECT * FROM inbox") == bot.rows("SELECT * FROM chats") == []
        assert not server.screens


async def test_the_offset_is_never_negative_and_names_what_is_wanted(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.say(7, "/start")
        polls = [params for name, params in server.calls if name == "getUpdates"]
        assert polls[0]["offset"] == 0
        assert polls[0]["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
        assert all(params["offset"] >= 0 for params in polls)

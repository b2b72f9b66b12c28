"""Who floods the bot loses nothing, keeps nobody waiting, and leaves little behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.delivery.host import CROWDED
from bot.delivery.jobs import PASSING, Jobs
from bot.delivery.worker import EACH
from bot.store import delivery
from tests.desk import ANSWER, Desk, to_question
from tests.fake_telegram import FakeTelegram
from tests.live_bot import LiveBot

FLOOD = 300
OTHERS = range(100, 120)
STARTS = 1000


def test_a_flood_is_kept_whole_and_the_others_have_their_turn_in_the_next_batch(desk: Desk) -> None:
    """Requirement 3: a flood of messages from one user; nobody waits for more than a few of them."""
    to_question(desk, 7, *OTHERS)
    texts = [f"{number}: {ANSWER}" for number in range(FLOOD)]
    desk.receive(*(desk.text(text) for text in texts))
    desk.receive(*(desk.text("/next", chat) for chat in OTHERS))
    desk.worker.step()
    assert kept(desk) == EACH
    assert all(desk.step(chat) == "q1" for chat in OTHERS)
    assert len(delivery.sendable(desk.store, datetime.now(UTC), 100)) == len(OTHERS), "each has been told something"
    desk.handle()
    found = desk.store.rows("SELECT text FROM messages ORDER BY message_id")
    assert [row["text"] for row in found] == texts, "all of it, in order"
    assert desk.told == []


def test_a_flood_of_commands_is_not_answered_each_time_and_an_answer_among_them_is_kept(desk: Desk) -> None:
    """Requirement 3: what one user can make the bot say is bounded; what they answer is kept all the same."""
    to_question(desk, 7, 8)
    desk.receive(*(desk.text("/help") for _ in range(FLOOD)), desk.text(ANSWER), desk.text("/next"))
    desk.receive(desk.text("/help", 8))
    desk.handle()
    waiting = desk.store.rows("SELECT chat_id, step FROM outbox JOIN chats USING (chat_key) WHERE done_at IS NULL")
    assert [row["step"] for row in waiting if row["chat_id"] == 7] == [None] * CROWDED + ["q2"]
    assert len([row for row in waiting if row["chat_id"] == 8]) == 1
    assert kept(desk) == 1
    assert desk.step() == "q2"


async def test_a_flood_over_the_wire_is_received_whole_while_another_is_interviewed(tmp_path: Path) -> None:
    """Requirement 3: everything is in the inbox, and another person comes to the questions meanwhile."""
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.to_first_question(7)
        for number in range(FLOOD):
            server.say(7, f"{number}: {ANSWER}")
        await bot.to_first_question(8)
        assert bot.rows("SELECT count(*) AS n FROM messages") == [{"n": FLOOD}]
        assert bot.told == []


def test_who_only_presses_start_is_forgotten_after_a_month(desk: Desk) -> None:
    """Requirement 3: many chats that never say more leave nothing behind."""
    to_question(desk, 7)
    desk.receive(*(desk.text("/start", chat) for chat in range(1000, 1000 + STARTS)))
    desk.handle()
    desk.show_all()
    jobs = Jobs(desk.store, desk.host, "2026")
    now = datetime.now(UTC)
    jobs.step(now)
    assert left(desk) == STARTS + 1, "who may still go on is known"
    jobs.step(now + PASSING + timedelta(days=1))
    assert left(desk) == 1
    kept_of_them = "SELECT (SELECT count(*) FROM {}) AS n"
    for table in ("inbox", "outbox"):
        assert desk.store.value(kept_of_them.format(table)) <= 1, table
    assert desk.store.value("SELECT count(DISTINCT chat_key) FROM marks") == 1
    assert desk.step() == "q1"


def kept(desk: Desk) -> int:
    """How many messages of answers are kept."""
    return int(desk.store.value("SELECT count(*) FROM messages"))


def left(desk: Desk) -> int:
    """How many chats are known."""
    return int(desk.store.value("SELECT count(*) FROM chats"))

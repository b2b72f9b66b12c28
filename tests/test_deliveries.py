"""The digest reaches its readers: on the day that they chose, once, late rather than never, and in parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from store_world import model_codes, person, write

from bot.digest.desk import day_and_hour
from bot.store import deliveries, erasure, interviews, members
from bot.store.deliveries import WEEKLY
from bot.store.weeks import last_complete_week
from tests.fake_telegram import FakeTelegram
from tests.live_bot import LiveBot

BOSS, OTHER = 1, 2
# Monday of week 2 of 2027 at nine in Almaty: after the tests' own clock, so that subscriptions are older.
MONDAY = datetime(2027, 1, 11, 4, tzinfo=UTC)
WEEK = "2027-W01"


@pytest_asyncio.fixture
async def bot(tmp_path: Path) -> AsyncIterator[LiveBot]:
    async with FakeTelegram() as server, LiveBot(server, tmp_path / "home") as one:
        yield one


def people_wrote(bot: LiveBot, number: int = 6, at: datetime = MONDAY - timedelta(days=3), first: int = 500) -> None:
    """People of a school in Talgar who have answered."""
    with bot.store.atomic():
        for chat_id in range(first, first + number):
            chat = person(bot.store, chat_id, now=at)
            school = interviews.add_school(bot.store, "talgar", "№7 мектеп")
            for name, value in (("district", "talgar"), ("school_key", school), ("role", "teacher")):
                interviews.save_profile(bot.store, chat, name, value)
            interviews.save_permission(bot.store, chat, "quote", True)
            model_codes(bot.store, write(bot.store, chat, 4, "Пандус жоқ, кабинет тар", now=at), ["infrastructure"])


async def delivered(bot: LiveBot, at: datetime) -> int:
    """How many digests are composed at `at`; all are then sent."""
    number = await bot.digests.step(at)
    await bot.settled()
    return number


def shown(bot: LiveBot, chat_id: int = BOSS) -> list[tuple[str, str]]:
    """(method, file name) of what the bot has sent since the help."""
    return [(one.method, one.file_name) for one in bot.server.screens[chat_id][2:]]


async def test_a_coordinator_gets_the_week_on_monday_once(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator")
    people_wrote(bot)
    assert await delivered(bot, MONDAY - timedelta(minutes=1)) == await weeks_before(bot)
    before = len(bot.server.screens[BOSS])
    assert await delivered(bot, MONDAY) == 1
    text, picture, sheet = bot.server.screens[BOSS][before:]
    assert WEEK in text.text
    assert picture.file.startswith(b"\x89PNG")
    assert sheet.file.startswith(b"PK")
    assert sheet.file_name == f"kedergi-{WEEK}-all.xlsx"
    assert all(WEEK in one.text for one in (picture, sheet))
    assert await delivered(bot, MONDAY + timedelta(days=6, hours=23)) == 0
    assert await delivered(bot, MONDAY + timedelta(days=7)) == 1


async def weeks_before(bot: LiveBot) -> int:
    """How many older weeks were still due: those since the subscription was made, at most MISSED."""
    return int(bot.store.value("SELECT count(*) FROM deliveries"))


async def test_after_a_long_break_the_last_weeks_come_in_order(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator")
    late = MONDAY + timedelta(weeks=9, days=2)
    assert await delivered(bot, late) == deliveries.MISSED
    weeks = [row["week"] for row in bot.rows("SELECT week FROM deliveries ORDER BY delivery_id")]
    assert weeks == sorted(weeks)
    assert weeks[-1] == last_complete_week(late)
    assert await delivered(bot, late) == 0


async def test_a_week_without_news_is_one_line(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator")
    await delivered(bot, MONDAY)
    assert "жауап жоқ" in bot.server.last(BOSS).text or "ответов нет" in bot.server.last(BOSS).text
    assert len(bot.server.last(BOSS).text.splitlines()) == 1
    assert bot.server.last(BOSS).method == "sendMessage"


async def test_each_subscriber_has_a_day_and_an_hour(bot: LiveBot) -> None:
    await bot.hire(BOSS, "researcher")
    await bot.hire(OTHER, "coordinator")
    await bot.say(OTHER, "/unsubscribe")
    await bot.say(BOSS, "/subscribe сб 18")
    assert "суббота, 18:00" in bot.server.last(BOSS).text
    saturday = MONDAY + timedelta(days=5, hours=9)
    await delivered(bot, saturday - timedelta(seconds=1))
    before = len(bot.server.screens[BOSS])
    assert await delivered(bot, saturday) == 1
    assert "2027-W01" in bot.server.screens[BOSS][before].text
    assert bot.rows("SELECT DISTINCT member_id FROM deliveries") == [{"member_id": 1}]


async def test_a_failed_sheet_repeats_neither_text_nor_picture(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator")
    await bot.say(BOSS, "/subscribe")
    people_wrote(bot)
    with bot.store.atomic():
        bot.store.run("UPDATE subscriptions SET since = ?", (MONDAY - timedelta(hours=1)).isoformat())
    bot.server.faults.plan("sendDocument", "cut_before", "404", "429")
    before = len(bot.server.screens[BOSS])
    await delivered(bot, MONDAY)
    assert [one.method for one in bot.server.screens[BOSS][before:]] == ["sendMessage", "sendPhoto", "sendDocument"]


async def test_who_has_blocked_the_bot_finds_the_digest_on_return(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator")
    with bot.store.atomic():
        bot.store.run("UPDATE subscriptions SET since = ?", (MONDAY - timedelta(hours=1)).isoformat())
    people_wrote(bot)
    bot.server.blocked.add(BOSS)
    before = len(bot.server.screens[BOSS])
    await bot.digests.step(MONDAY)
    bot.sender.wake()
    await bot.until(lambda: bool(bot.rows("SELECT 1 FROM chats WHERE blocked")))
    assert await bot.digests.step(MONDAY + timedelta(weeks=1)) == 0
    bot.server.blocked.clear()
    await bot.say(BOSS, "/help")
    assert [one.method for one in bot.server.screens[BOSS][before:]][:3] == ["sendMessage", "sendPhoto", "sendDocument"]
    assert await delivered(bot, MONDAY + timedelta(weeks=1)) == 1


async def test_asked_for_it_comes_for_the_own_scope(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator", "talgar")
    people_wrote(bot, at=datetime.now(UTC) - timedelta(days=7))
    await bot.say(BOSS, "/digest")
    assert ("sendChatAction", BOSS) in [(name, params.get("chat_id")) for name, params in bot.server.calls]
    before = len(bot.server.screens[BOSS])
    assert await delivered(bot, datetime.now(UTC)) == 1
    text, _, sheet = bot.server.screens[BOSS][before:]
    assert "Талгарский район" in text.text
    assert sheet.file_name.endswith("-talgar.xlsx")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("2026-W60", "Недели 2026-W60 нет"),
        ("2030-W01", "ещё не закончилась"),
        ("karasai", "karasai"),
        ("all", "all"),
        ("school-1", "не менее 5 "),
        ("school-99", "school-99"),
        ("'; DROP TABLE members", "members"),
    ],
)
async def test_what_cannot_be_shown_is_one_clear_line(bot: LiveBot, asked: str, said: str) -> None:
    await bot.hire(BOSS, "coordinator", "talgar")
    people_wrote(bot, 4)
    await bot.say(BOSS, f"/digest {asked}")
    assert said in bot.server.last(BOSS).text
    assert len(bot.server.last(BOSS).text.splitlines()) == 1
    assert bot.rows("SELECT * FROM deliveries") == []


async def test_the_other_lens_is_one_tap_away(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator", "talgar")
    people_wrote(bot, 8, at=datetime.now(UTC) - timedelta(days=7))
    for lens, other in (("barriers", "conditions"), ("conditions", "barriers")):
        await (bot.say(BOSS, "/digest") if lens == "barriers" else bot.press(BOSS, f"{bot_week()} talgar conditions"))
        assert bot.rows("SELECT lens FROM deliveries ORDER BY delivery_id DESC LIMIT 1") == [{"lens": lens}]
        before = len(bot.server.screens[BOSS])
        assert await delivered(bot, datetime.now(UTC)) == 1
        (button,) = [data for one in bot.server.screens[BOSS][before:] for _, data in one.buttons]
        assert button == f"digest:{bot_week()} talgar {other}"


def bot_week() -> str:
    """The week that /digest shows now."""
    return last_complete_week(datetime.now(UTC))


async def test_a_school_opens_from_five_people_on(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator", "talgar")
    people_wrote(bot, 4)
    await bot.say(BOSS, "/schools")
    assert bot.server.last(BOSS).buttons == ()
    people_wrote(bot, 1, first=600)
    await bot.say(BOSS, "/schools")
    assert bot.server.last(BOSS).buttons == (("№7 мектеп", "digest:school-1"),)
    await bot.press(BOSS, "school-1")
    assert [row["scope"] for row in bot.rows("SELECT scope FROM deliveries")] == ["school-1"]


async def test_an_erased_quote_does_not_wait_in_a_digest(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path / "home", sending=False) as bot:
        server.say(BOSS, "/start")
        await server.until(lambda: bool(bot.rows("SELECT 1 FROM chats")))
        now = datetime.now(UTC)
        with bot.store.atomic():
            token = members.invite(bot.store, "coordinator", "all", MONDAY, now, by=None)
            members.redeem(bot.store, 1, token, "ru", MONDAY - timedelta(hours=1))
        people_wrote(bot, 12)
        await bot.digests.step(MONDAY)
        waiting = "SELECT count(*) FROM outbox WHERE cause LIKE 'digest:%' AND done_at IS NULL"
        assert bot.store.value(waiting) == 3
        with bot.store.atomic():
            erasure.erase(bot.store, bot.store.value("SELECT chat_key FROM respondents"), 0, now)
        assert bot.store.value(waiting) == 0
        assert bot.rows("SELECT queued_at FROM deliveries") == [{"queued_at": None}]
        assert await bot.digests.step(MONDAY) == 1
        assert bot.store.value(waiting) == 3
        assert [row["job"] for row in bot.rows("SELECT job FROM deliveries")] == [WEEKLY]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("1 9", (1, 9)), ("пн 10:00", (1, 10)), ("Сейсенбі 8", (2, 8)), ("friday 18", (5, 18)), ("вс 0", (7, 0)),
        ("жексенбі, 23", (7, 23)), ("8 9", None), ("1 24", None), ("9", None), ("потом 9", None), ("1 9 9", None),
    ],
)  # fmt: skip
def test_days_are_understood_in_every_language(words: str, expected: tuple[int, int] | None) -> None:
    assert day_and_hour(words) == expected

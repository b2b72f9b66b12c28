"""What the answers led to: actions beside the weeks of the digest, and words to those who may be contacted, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from store_world import model_codes, person, write

from bot.digest.command import digest_text, report_of
from bot.store import interviews
from bot.store.weeks import last_complete_week, week_bounds
from tests.fake_telegram import FakeTelegram
from tests.live_bot import LiveBot

BOSS, CODER, OTHER = 1, 2, 3


@pytest_asyncio.fixture
async def bot(tmp_path: Path) -> AsyncIterator[LiveBot]:
    async with FakeTelegram() as server, LiveBot(server, tmp_path / "home") as one:
        yield one


def respondent(bot: LiveBot, chat_id: int, *, contact: bool = True, district: str = "talgar") -> int:
    """A person who has consented; their chat key."""
    with bot.store.atomic():
        chat = person(bot.store, chat_id)
        interviews.save_profile(bot.store, chat, "district", district)
        interviews.save_permission(bot.store, chat, "contact", contact)
    return chat


def received(bot: LiveBot, *chats: int) -> list[int]:
    """How many messages each chat has."""
    return [len(bot.server.screens[chat_id]) for chat_id in chats]


async def test_a_publication_reaches_who_may_be_contacted_once(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator", "talgar")
    for chat_id in (501, 502):
        respondent(bot, chat_id)
    respondent(bot, 503, contact=False)
    respondent(bot, 504, district="karasai")
    await bot.say(BOSS, "/publish", "Мектепке пандус салынды.", "В школе построили пандус.")
    kk, ru, asked = bot.server.screens[BOSS][-3:]
    assert "Мектепке пандус салынды." in kk.text
    assert "В школе построили пандус." in ru.text
    assert asked.text.endswith("Получателей: меньше 5.")
    assert received(bot, 501, 502, 503, 504) == [0, 0, 0, 0]
    button = asked.button("1")
    for _ in range(3):
        bot.server.press(BOSS, asked.message_id, "publish:send:1")
    await bot.settled()
    assert button.startswith("publish:")
    assert received(bot, 501, 502, 503, 504) == [1, 1, 0, 0]
    assert bot.server.last(501).text == ru.text
    assert "уже отправлено" in bot.server.last(BOSS).text


async def test_a_dropped_draft_and_somebody_elses_reach_nobody(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator", "talgar")
    await bot.hire(OTHER, "coordinator", "talgar")
    respondent(bot, 501)
    await bot.say(BOSS, "/publish", "Пандус салынды.", "–")
    shown = bot.server.last(BOSS)
    bot.server.press(OTHER, bot.server.last(OTHER).message_id, "publish:send:1")
    bot.server.press(BOSS, shown.message_id, "publish:drop:1")
    bot.server.press(BOSS, shown.message_id, "publish:send:1")
    await bot.settled()
    assert received(bot, 501) == [0]
    assert bot.rows("SELECT * FROM publications") == []


async def test_what_is_too_long_is_asked_for_again(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator")
    await bot.say(BOSS, "/publish")
    assert "никто" in bot.server.last(BOSS).text
    respondent(bot, 501)
    await bot.say(BOSS, "/publish", "ұ" * 3001, "Пандус салынды.", "–")
    assert [row["text_kk"] for row in bot.rows("SELECT text_kk FROM publications")] == ["Пандус салынды."]


@pytest.mark.parametrize("command", ["/publish", "/action"])
async def test_only_coordinators_are_heard(bot: LiveBot, command: str) -> None:
    await bot.hire(CODER, "coder")
    respondent(bot, 501)
    for chat_id in (CODER, 777):
        await bot.say(chat_id, command)
        heard = bot.server.last(chat_id).text
        await bot.say(chat_id, "/nosuch")
        assert bot.server.last(chat_id).text == heard


async def test_an_action_is_noted_with_its_day_and_can_be_taken_back(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator", "talgar")
    await bot.hire(OTHER, "coordinator", "karasai")
    day = (datetime.now(UTC) - timedelta(days=10)).date()
    await bot.say(BOSS, "/action")
    await bot.press(BOSS, "infrastructure")
    await bot.say(BOSS, "31.12.2099 построили")
    assert "Напишите дату" in bot.server.last(BOSS).text
    await bot.say(BOSS, f"{day:%d.%m.%Y} построили пандус")
    kept = bot.rows("SELECT category, scope, taken_on, text FROM actions")
    assert kept == [
        {"category": "infrastructure", "scope": "talgar", "taken_on": day.isoformat(), "text": "построили пандус"}
    ]
    bot.server.press(OTHER, bot.server.last(OTHER).message_id, "action:undo:1")
    await bot.settled()
    assert len(bot.rows("SELECT * FROM actions")) == 1
    await bot.say(BOSS, "/action")
    assert "построили пандус" in bot.server.last(BOSS).text
    await bot.press(BOSS, "1")
    assert bot.rows("SELECT * FROM actions") == []


async def test_the_digest_sets_the_weeks_before_and_after_beside_an_action(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator", "talgar")
    week = last_complete_week(datetime.now(UTC))
    begin, _ = week_bounds(week)
    for back, named in ((2, 6), (1, 0), (0, 0)):
        for number in range(8):
            at = begin - timedelta(weeks=back) + timedelta(days=1)
            with bot.store.atomic():
                chat = person(bot.store, 1000 + 100 * back + number, now=at)
                interviews.save_profile(bot.store, chat, "district", "talgar")
                labels = ["infrastructure"] if number < named + 2 * (named > 0) else []
                model_codes(bot.store, write(bot.store, chat, 4, "Пандус салынды ма екен", now=at), labels)
    day = (begin - timedelta(days=4)).date()
    await bot.say(BOSS, "/action for:infrastructure", f"{day:%d.%m.%Y} построили пандус")
    said = digest_text(report_of(bot.settings, week, "talgar"), "ru")
    assert "построили пандус\n  до: " in said
    assert "100 % · в ту неделю: 0 % · после: 0 %" in said.replace("\xa0", " ")
    assert "построили пандус" in digest_text(report_of(bot.settings, week), "kk")
    assert "построили пандус" not in digest_text(report_of(bot.settings, week, "karasai"), "ru")

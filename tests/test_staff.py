"""Members of staff: how a right is given and taken, who is heard, and two worlds in one chat."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio

from bot.channels.message import Button, Message
from bot.channels.texts import Texts
from bot.staff.desk import Entry, Request
from bot.store import members, people
from bot.store.database import Store
from tests.fake_telegram import FakeTelegram
from tests.live_bot import LiveBot

BOSS, CODER, TEACHER, STRANGER = 1, 2, 3, 4


def ask(store: Store, request: Request, _: Texts) -> Sequence[Message]:
    """A handler of these tests: asks for a text, and shows it with what it was asked for."""
    if request.text is None:
        members.expect(store, request.member, "ask", request.argument, request.at)
        return [Message("text", "?", ((Button("!", "ask:pressed"),),))]
    return [Message("text", f"{request.argument}={request.text}")]


@pytest_asyncio.fixture
async def bot(tmp_path: Path) -> AsyncIterator[LiveBot]:
    async with FakeTelegram() as server, LiveBot(server, tmp_path / "home") as one:
        one.desk.add({"ask": Entry({"coordinator"}, ask, lambda _: "asks")})
        yield one


def invitation(bot: LiveBot, role: str = "coordinator", days: float = 7) -> str:
    now = datetime.now(UTC)
    with bot.store.atomic():
        return members.invite(bot.store, role, "talgar", now + timedelta(days=days), now, by=None)


async def reply(bot: LiveBot, chat_id: int, text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What a chat reads after writing `text`."""
    await bot.say(chat_id, text)
    shown = bot.server.last(chat_id)
    return shown.text, shown.buttons


async def test_an_invitation_gives_its_role_once(bot: LiveBot) -> None:
    token = invitation(bot)
    text, _ = await reply(bot, BOSS, f"/start {token}")
    assert text.startswith("Вы в команде: координатор, Талгарский район.")
    assert "/ask – asks" in text
    greeting = await reply(bot, STRANGER, "/start")
    assert await reply(bot, TEACHER, f"/start {token}") == greeting
    assert [(one.role, one.scope) for one in members.team(bot.store, "all")] == [("coordinator", "talgar")]


async def test_whoever_brings_no_good_invitation_reads_what_everybody_reads(bot: LiveBot) -> None:
    greeting = await reply(bot, STRANGER, "/start")
    for number, token in enumerate(["x", "A" * 22, invitation(bot, days=-1), "../../etc", "' OR 1=1"]):
        assert await reply(bot, 100 + number, f"/start {token}") == greeting
    assert members.team(bot.store, "all") == []


async def test_who_tries_too_often_is_not_heard_even_with_a_good_one(bot: LiveBot) -> None:
    for number in range(members.ATTEMPTS):
        await bot.say(STRANGER, f"/start {number}")
    token = invitation(bot)
    assert await reply(bot, STRANGER, f"/start {token}") == await reply(bot, TEACHER, "/start")
    assert (await reply(bot, BOSS, f"/start {token}"))[0].startswith("Вы в команде")


async def test_links_to_the_interview_are_no_tries(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator")
    boss = members.team(bot.store, "all")[0]
    with bot.store.atomic():
        link = members.issue_link(bot.store, boss, bot.settings.round, bot.settings.round_end_time)
    for _ in range(members.ATTEMPTS):
        await bot.say(TEACHER, f"/start {link}")
    assert bot.rows("SELECT * FROM failed_invitations") == []
    assert (await reply(bot, TEACHER, f"/start {invitation(bot)}"))[0].startswith("Вы в команде")


async def test_who_lacks_the_right_reads_what_an_unknown_command_gives(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator")
    await bot.hire(CODER, "coder")
    await bot.to_first_question(TEACHER)
    boss = members.team(bot.store, "all")[0]
    for chat_id in (CODER, TEACHER, STRANGER):
        assert await reply(bot, chat_id, "/ask about") == await reply(bot, chat_id, "/nosuch")
    with bot.store.atomic():
        members.revoke(bot.store, boss.member_id)
    assert await reply(bot, BOSS, "/ask about") == await reply(bot, BOSS, "/nosuch")
    assert "?" not in [shown.text for screen in bot.server.screens.values() for shown in screen]


async def test_a_forged_button_of_staff_does_nothing(bot: LiveBot) -> None:
    await bot.hire(CODER, "coder")
    await bot.to_first_question(TEACHER)
    await bot.say(STRANGER, "/start")
    for chat_id in (CODER, TEACHER, STRANGER):
        before = len(bot.server.screens[chat_id])
        bot.server.press(chat_id, bot.server.last(chat_id).message_id, "ask:pressed")
        await bot.settled()
        assert len(bot.server.screens[chat_id]) == before
        assert bot.server.toasts[-1]["text"]
    assert [row for row in bot.rows("SELECT expected FROM members") if row["expected"]] == []


async def test_what_was_asked_for_is_taken_once_and_not_after_a_command(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator")
    await bot.say(BOSS, "/ask one")
    assert (await reply(bot, BOSS, "two"))[0] == "one=two"
    assert "/help" in (await reply(bot, BOSS, "three"))[0]
    await bot.press(BOSS, "pressed")
    assert (await reply(bot, BOSS, "four"))[0] == "pressed=four"
    await bot.say(BOSS, "/ask one", "/cancel")
    assert "/help" in (await reply(bot, BOSS, "five"))[0]


async def test_a_member_may_be_interviewed_in_the_same_chat(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator")
    await bot.to_first_question(BOSS)
    await bot.say(
        BOSS, "Не хватает кабинетов, пандусов и специалистов для детей", "/ask one", "это не ответ", "и учебников"
    )
    assert bot.answers(BOSS) == {1: "Не хватает кабинетов, пандусов и специалистов для детей\nи учебников"}
    before = len(bot.server.screens[BOSS])
    await bot.say(BOSS, "/help")
    both = [shown.text for shown in bot.server.screens[BOSS][before:]]
    assert [text.startswith("Вы в команде") for text in both] == [True, False]
    await bot.say(BOSS, "/next")
    assert bot.server.last(BOSS).step == "q2"


async def test_the_language_of_a_member_is_their_own(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator", language="en")
    assert (await reply(bot, BOSS, "/help"))[0].startswith("You are in the team: coordinator, all districts.")
    await bot.say(BOSS, "/language")
    await bot.press(BOSS, "kk")
    assert bot.server.last(BOSS).text == "Енді Сізге қазақша жазамын."
    assert "барлық аудан" in (await reply(bot, BOSS, "/help"))[0]


async def test_the_chat_of_a_member_is_not_forgotten(bot: LiveBot) -> None:
    await bot.hire(BOSS, "coordinator")
    with bot.store.atomic():
        assert people.sweep_chats(bot.store) == 0
        members.revoke(bot.store, members.team(bot.store, "all")[0].member_id)
        assert people.sweep_chats(bot.store) == 1
    assert bot.rows("SELECT chat_key, name FROM members") == [{"chat_key": None, "name": None}]


async def test_who_comes_back_keeps_the_pseudonym(bot: LiveBot) -> None:
    await bot.hire(CODER, "coder")
    first = members.team(bot.store, "all")[0]
    with bot.store.atomic():
        members.revoke(bot.store, first.member_id)
    await bot.hire(CODER, "researcher", "talgar")
    again = members.team(bot.store, "all")[0]
    assert (again.member_key, again.role, again.scope) == (first.member_key, "researcher", "talgar")
    assert [one.role for one in members.covering(bot.store, ["researcher"], "talgar")] == ["researcher"]
    assert members.covering(bot.store, ["researcher"], None) == []

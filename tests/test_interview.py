"""One whole interview over the fake Bot API server, with the real python-telegram-bot and the real store."""

from __future__ import annotations

from pathlib import Path

from bot.store.database import open_reader
from tests.fake_telegram import FakeTelegram
from tests.respondents import Crowd
from tests.running import running, settings_for


def stored(home: Path) -> dict[int, dict[int, str]]:
    """chat id -> question -> text, as `answers_current` has it."""
    reader = open_reader(home)
    rows = reader.execute(
        "SELECT chat_id, question, text FROM answers_current JOIN respondents USING (respondent_key) "
        "JOIN chats USING (chat_key)"
    ).fetchall()
    reader.close()
    found: dict[int, dict[int, str]] = {}
    for chat_id, question, text in rows:
        found.setdefault(chat_id, {})[question] = text
    return found


async def test_every_answer_is_stored_as_it_was_meant(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        crowd = Crowd(server, range(5001, 5007))
        async with running(settings_for(server, tmp_path)):
            crowd.begin()
            await server.until(lambda: crowd.finished == 6)
            await server.until(lambda: server.pending == 0)
    assert stored(tmp_path) == {chat: person.answers() for chat, person in crowd.people.items()}
    assert all(len(answers) == 7 for answers in stored(tmp_path).values())


async def test_a_pressed_button_is_answered_before_the_next_question_is_sent(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        crowd = Crowd(server, [5001])
        async with running(settings_for(server, tmp_path)):
            crowd.begin()
            await server.until(lambda: crowd.finished == 1)
    methods = [method.lower() for method, _ in server.calls if method.lower() in ("sendmessage", "answercallbackquery")]
    # The first message asks for the language, the second follows its button.
    assert methods[:3] == ["sendmessage", "answercallbackquery", "sendmessage"]

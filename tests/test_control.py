"""Writing commands: handed to the bot that runs, carried out on the spot where none runs, all or nothing."""

from __future__ import annotations

import asyncio
import socket
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from bot.control import SOCKET, Context, Control, carry_out
from bot.delivery.lock import sole_instance
from bot.errors import KedergiError, SettingsError
from bot.rooms import WRITERS
from bot.settings import Settings
from bot.store.database import opened
from tests.fake_telegram import FakeTelegram
from tests.live_bot import LiveBot


def note(context: Context, asked: Mapping[str, Any]) -> str:
    context.store.run("INSERT INTO schools (school_key, name) VALUES (?, '')", asked["text"])
    if asked["text"] == "bad":
        raise SettingsError("--text bad: allowed is anything else")
    return f"{asked['text']} {context.link}"


WRITING = {"note": note}


def noted(settings: Settings) -> list[str]:
    with opened(settings.home) as store:
        return [row["school_key"] for row in store.rows("SELECT school_key FROM schools ORDER BY 1")]


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[list[str]]:
    """A bot that does nothing but listen for commands."""
    heard: list[str] = []
    with sole_instance(settings.home), opened(settings.home) as store:
        control = Control(settings, store, "link", WRITING, lambda: heard.append("!"))
        task = asyncio.create_task(control.run())
        await control.listening.wait()
        try:
            yield heard
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def settings_in(folder: Path) -> Settings:
    return Settings(_env_file=None, home=folder)


def test_where_no_bot_runs_the_command_writes_itself(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    assert carry_out(settings, WRITING, "note", {"text": "a"}) == "a None"
    with pytest.raises(SettingsError):
        carry_out(settings, WRITING, "note", {"text": "bad"})
    assert noted(settings) == ["a"]


@pytest.mark.parametrize("folder", ["home", "үй " * 40])
async def test_a_running_bot_carries_it_out_whatever_its_folder_is_called(tmp_path: Path, folder: str) -> None:
    settings = settings_in(tmp_path / folder)
    async with running(settings) as heard:
        assert stat.S_IMODE((settings.home / SOCKET).stat().st_mode) == 0o600
        assert await asyncio.to_thread(carry_out, settings, WRITING, "note", {"text": "ә"}) == "ә link"
        assert heard == ["!"]
        with pytest.raises(KedergiError, match="--text bad"):
            await asyncio.to_thread(carry_out, settings, WRITING, "note", {"text": "bad"})
        with pytest.raises(KedergiError, match="see its log"):
            await asyncio.to_thread(carry_out, settings, WRITING, "unknown", {})
        assert heard == ["!"]
    assert not (settings.home / SOCKET).exists()
    assert noted(settings) == ["ә"]


async def test_a_socket_that_a_killed_bot_left_is_in_nobodys_way(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(settings.home / SOCKET))
    assert await asyncio.to_thread(carry_out, settings, WRITING, "note", {"text": "a"}) == "a None"
    async with running(settings):
        assert await asyncio.to_thread(carry_out, settings, WRITING, "note", {"text": "b"}) == "b link"


async def test_a_bot_that_holds_the_lock_but_does_not_listen_yet(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with sole_instance(settings.home), pytest.raises(KedergiError, match="try again in a moment"):
        carry_out(settings, WRITING, "note", {"text": "a"})


# --- invitations and the team ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"scope": "mars"}, "--scope mars"), ({"expires": "5y"}, "--expires 5y"), ({"role": "king"}, "--role king")],
)
def test_a_wrong_wish_is_named_with_what_is_allowed(tmp_path: Path, wrong: dict[str, str], said: str) -> None:
    asked = {"role": "coder", "scope": "all", "expires": "7d"} | wrong
    with pytest.raises(SettingsError, match=said):
        carry_out(settings_in(tmp_path), WRITERS, "invite", asked)


async def test_a_coordinator_invites_a_coder_and_takes_the_right_back(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.hire(1, "coordinator", "talgar")
        await bot.hire(2, "coordinator", "karasai")
        await bot.say(1, "/invite")
        server.press(1, server.last(1).message_id, "hire:")
        await bot.settled()
        await bot.say(1, "Айгүл")
        token = server.last(1).text.rpartition("?start=")[2]
        await bot.say(1, "/team")
        assert "Айгүл, до" in server.last(1).text
        await bot.say(3, f"/start {token}")
        assert "кодировщик" in server.last(3).text or "кодтаушы" in server.last(3).text
        await bot.say(2, "/team")
        assert "Айгүл" not in server.last(2).text
        await bot.say(1, "/team")
        assert "Айгүл" in server.last(1).text
        data = next(data for label, data in server.last(1).buttons if "Айгүл" in label)
        server.press(2, server.last(2).message_id, data.replace("revoke", "revoked"))
        await bot.settled()
        assert len(bot.rows("SELECT 1 FROM members WHERE chat_key IS NOT NULL")) == 3, "not from another scope"
        server.press(1, server.last(1).message_id, data)
        await bot.settled()
        server.press(1, server.last(1).message_id, server.last(1).buttons[0][1])
        await bot.settled()
        assert "Айгүл" in server.last(1).text
        await bot.say(3, "/help")
        assert "/cancel" not in server.last(3).text


async def test_a_coordinators_link_makes_seeds(tmp_path: Path) -> None:
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        await bot.hire(1, "coordinator")
        await bot.say(1, "/invite")
        server.press(1, server.last(1).message_id, "seed:")
        await bot.settled()
        shown = server.last(1)
        assert shown.method == "sendPhoto"
        token = shown.text.rpartition("?start=")[2].split()[0]
        await bot.say(7, f"/start {token}")
        for step, option in (("language", "ru"), ("consent", "yes"), ("screening", "yes"), ("permissions", "done")):
            assert server.last(7).step == step
            await bot.press(7, option)
        assert [row["depth"] for row in bot.rows("SELECT depth FROM respondents")] == [0]

"""The bot is killed at random moments while twenty people are interviewed: nothing lost, doubled or moved."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fake_telegram import FakeTelegram
from tests.respondents import Respondent

ROOT = Path(__file__).resolve().parent.parent
CHATS = 20
KILLS = 10
SEED = 20261124
# Calls of one process until it is killed; a whole run without kills makes about 1200.
CALLS = (40, 110)
FORKING = """
import asyncio, os, sys
from bot.app import run_bot
from bot.settings import load_settings
for _ in sys.stdin:
    if (pid := os.fork()) == 0:
        asyncio.run(run_bot(load_settings()))
        os._exit(0)
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
FAULTS = ("502", "429", "cut_before", "cut_after", "json")
FAULT_RATE = 0.04
DEADLINE_S = 150.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of the messages of answers."""

    messages: int
    lost: int
    doubled: int
    moved: int


class Supervisor:
    """Runs the bot as a process, kills it at random calls, starts it again.

    The processes are forked from one that has imported everything: ten starts of Python would take most of the time.
    """

    def __init__(self, server: FakeTelegram, home: Path, chance: random.Random) -> None:
        self.kills = 0
        self._server = server
        self._chance = chance
        self._calls_left = 0
        self._pid = 0
        self._settings = {
            "KEDERGI_HOME": str(home),
            "KEDERGI_TELEGRAM_TOKEN": server.token,
            "KEDERGI_TELEGRAM_API_URL": server.url,
            "KEDERGI_SEND_RATE": "0",
            "KEDERGI_CODER": "0",
        }
        self._log = home.with_name("log.txt")
        server.on_call = self._count

    def _count(self, _: str) -> None:
        """Kill with the call under way: before it takes effect, while it is answered, or a moment later."""
        self._calls_left -= 1
        if self._calls_left == 0 and self.kills < KILLS:
            asyncio.get_running_loop().call_later(self._chance.choice((0, 0, 0.002, 0.01)), self._kill)

    def _kill(self) -> None:
        self.kills += 1
        os.kill(self._pid, signal.SIGKILL)

    async def run(self, done: asyncio.Event) -> None:
        """Keep the bot running until `done`; then stop it gracefully."""
        with self._log.open("ab") as log:
            parent = await asyncio.create_subprocess_exec(
                sys.executable, "-c", FORKING, cwd=ROOT, env={**os.environ, **self._settings},
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert parent.stdin is not None and parent.stdout is not None
        stopping = asyncio.create_task(self._stop_after(done))
        code = -signal.SIGKILL
        while code == -signal.SIGKILL:
            self._calls_left = self._chance.randint(*CALLS)
            parent.stdin.write(b"start\n")
            self._pid = int(await parent.stdout.readline())
            code = int(await parent.stdout.readline())
        parent.stdin.close()
        await parent.wait()
        assert stopping.done(), f"the bot ended by itself with status {code}: {self._log.read_text()[-2000:]}"
        assert code == 0, "SIGTERM must end the bot gracefully"

    async def _stop_after(self, done: asyncio.Event) -> None:
        await done.wait()
        os.kill(self._pid, signal.SIGTERM)


def count(database: Path, respondents: list[Respondent]) -> Figures:
    """Compare what was written with what is kept."""
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    found = connection.execute(
        "SELECT chat_id, message_id, question, text FROM messages JOIN chats USING (chat_key) "
        "LEFT JOIN answers USING (answer_id)"
    ).fetchall()
    versions = connection.execute(
        "SELECT question, answer_versions.text FROM answers JOIN answer_versions "
        "ON answer_versions.answer_id = answers.answer_id AND version = current_version"
    ).fetchall()
    connection.close()
    written = {(person.chat_id, message_id) for person in respondents for message_id in person.written}
    kept = {(chat, message): (question, text) for chat, message, question, text in found}
    copies = Counter(text for _, version in versions for text in version.split("\n"))
    lost = doubled = moved = messages = 0
    for person in respondents:
        for message_id, (question, text) in person.written.items():
            messages += 1
            place = kept.get((person.chat_id, message_id))
            gone = place is None or place[0] is None or copies[text] == 0 or place[1] != text
            if gone:
                print(f"lost: chat {person.chat_id}, message {message_id}, question {question}, kept as {place}")
            lost += gone
            doubled += copies[text] > 1
            moved += place is not None and place[0] not in (None, question)
    assert kept.keys() <= written, "nothing is kept that nobody wrote"
    return Figures(messages, lost, doubled, moved)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # a killed process leaves its sockets to the collector
async def test_kills_and_network_faults_lose_double_and_move_nothing(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    home = tmp_path / "home"
    home.mkdir()
    async with FakeTelegram() as server:
        server.faults.random = lambda _: chance.choice(FAULTS) if chance.random() < FAULT_RATE else None
        people = {chat: Respondent(server, chat, random.Random(SEED + chat)) for chat in range(101, 101 + CHATS)}
        server.on_shown = lambda shown: people[shown.chat_id].sees(shown)
        supervisor = Supervisor(server, home, chance)
        done = asyncio.Event()
        running = asyncio.create_task(supervisor.run(done))
        for person in people.values():
            person.begin()
        finished = await _until_finished(server, list(people.values()), running)
        done.set()
        await running
    figures = count(home / "kedergi.db", list(people.values()))
    asked = sum(person.asked for person in people.values())
    print(f"\nkills {supervisor.kills}, faults {server.faults.seen.total()}, asked {asked}, {figures}")
    assert finished, "the interviews must come to an end"
    assert supervisor.kills >= KILLS
    assert figures == Figures(figures.messages, 0, 0, 0)
    assert figures.messages >= CHATS * 7


async def _until_finished(server: FakeTelegram, people: list[Respondent], running: asyncio.Task[None]) -> bool:
    """Whether all came to the end of the interview, and everything they sent was received, before the deadline."""
    finished = server.until(lambda: server.pending == 0 and all(person.finished for person in people), DEADLINE_S)
    waiting = asyncio.create_task(finished)
    await asyncio.wait({waiting, running}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        waiting.cancel()
        await running
    return waiting.exception() is None

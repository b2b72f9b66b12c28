"""The promise under `kill -9`: no answer lost, doubled, or filed under the wrong question.

Twenty teachers are interviewed by a bot that is killed at random moments while the network misbehaves. The moments are
counted in calls that the server has seen, so that nothing sleeps and a seed repeats a run.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.fake_telegram import FakeTelegram
from tests.running import Process
from tests.teacher import Class
from tests.test_interview import meant, stored

CHATS = 20
KILLS = 12
DEADLINE_S = 120.0
# Share of calls that go wrong, per kind, once the bot is up.
FAULTS = {"502": 0.01, "429": 0.005, "cut_before": 0.02, "cut_after": 0.03, "json": 0.005, "401": 0.002, "409": 0.002}


@pytest.mark.parametrize("seed", [20261123])
async def test_kill_9_loses_doubles_and_moves_nothing(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    async with FakeTelegram() as server:
        teachers = Class(server, CHATS)
        server.faults.random = lambda method: _fault(dice, method)
        bot = Process(server, tmp_path)
        await bot.start()
        teachers.start()
        kills = 0
        while teachers.finished < CHATS:
            target = len(server.calls) + dice.randint(20, 90) if kills < KILLS else 10**9
            await server.until(
                lambda target=target: len(server.calls) >= target or teachers.finished == CHATS, DEADLINE_S
            )
            if teachers.finished < CHATS:
                await bot.kill()
                kills += 1
                await bot.start()
        server.faults.random = lambda _: None
        await server.until(lambda: server.pending == 0, DEADLINE_S)
        await bot.stop()
    wanted, found = meant(teachers), stored(tmp_path)
    figures = _figures(wanted, found)
    asked_again = sum(teacher.asked_again for teacher in teachers.teachers.values())
    print(f"\nkills {kills}, faults {sum(server.faults.seen.values())}, {figures}, asked again {asked_again}")
    assert kills >= 10
    assert found == wanted


def _fault(dice: random.Random, method: str) -> str | None:
    if method == "getMe":
        return None
    roll = dice.random()
    for kind, share in FAULTS.items():
        if roll < share:
            return kind
        roll -= share
    return None


def _figures(wanted: dict[int, dict[int, str]], found: dict[int, dict[int, str]]) -> str:
    """One line: messages meant, lost, doubled, and filed under another question."""
    meant_at = {
        line: (chat, number)
        for chat, all_ in wanted.items()
        for number, text in all_.items()
        for line in text.split("\n")
    }
    seen = Counter(line for all_ in found.values() for text in all_.values() for line in text.split("\n"))
    moved = sum(
        meant_at.get(line) != (chat, number)
        for chat, all_ in found.items()
        for number, text in all_.items()
        for line in text.split("\n")
    )
    lost = sum(line not in seen for line in meant_at)
    doubled = sum(count - 1 for count in seen.values())
    return f"messages {len(meant_at)}, lost {lost}, doubled {doubled}, moved {moved}"

"""The bot as a process that is killed at random calls while many are interviewed over a network with faults."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.fake_telegram import FakeTelegram
from tests.ledger import Figures, audit, idle
from tests.respondents import PAUSE_S, Crowd
from tests.running import ROOT, environment

# Calls that one interview makes, roughly.
CALLS_OF_ONE = 60
# How much of them the kills are spread over, so that all of them are over before the interviews are.
SPREAD = 0.6
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
SETTLE_S = 0.05


@dataclass(frozen=True, slots=True)
class Round:
    """One run: how many are interviewed, how often the bot is killed, how often a call fails or an update repeats."""

    chats: int
    kills: int
    seed: int
    fault_rate: float = 0.04
    copies: float = 0.1
    deadline_s: float = 150.0


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to. `log`: all that the bot's processes wrote."""

    figures: Figures
    kills: int
    faults: int
    finished: bool
    log: str

    def __str__(self) -> str:
        return f"kills {self.kills}, faults {self.faults}: {self.figures}"


class Supervisor:
    """Runs the bot as a process, kills it at random calls, starts it again.

    The processes are forked from one that has imported everything: ten starts of Python would take most of the time.
    """

    def __init__(self, server: FakeTelegram, home: Path, plan: Round, chance: random.Random) -> None:
        self.kills = 0
        self.log = home.with_name("log.txt")
        self._plan = plan
        self._chance = chance
        self._mean = SPREAD * CALLS_OF_ONE * plan.chats / max(1, plan.kills)
        self._calls_left = 0
        self._pid = 0
        self._environment = environment(home, server, KEDERGI_SEND_RATE="0")
        server.on_call = self._count

    def _count(self, _: str) -> None:
        """Kill with the call under way: before it takes effect, while it is answered, or a moment later."""
        self._calls_left -= 1
        if self._calls_left == 0 and self.kills < self._plan.kills:
            asyncio.get_running_loop().call_later(self._chance.choice((0, 0, 0.002, 0.01)), self._kill)

    def _kill(self) -> None:
        self.kills += 1
        os.kill(self._pid, signal.SIGKILL)

    async def run(self, done: asyncio.Event) -> None:
        """Keep the bot running until `done`; then stop it gracefully."""
        with self.log.open("ab") as log:
            parent = await asyncio.create_subprocess_exec(
                sys.executable, "-c", FORKING, cwd=ROOT, env=self._environment,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert parent.stdin is not None and parent.stdout is not None
        stopping = asyncio.create_task(self._stop_after(done))
        code = -signal.SIGKILL
        while code == -signal.SIGKILL:
            self._calls_left = int(self._chance.uniform(0.5, 1.5) * self._mean)
            parent.stdin.write(b"start\n")
            self._pid = int(await parent.stdout.readline())
            code = int(await parent.stdout.readline())
        parent.stdin.close()
        await parent.wait()
        assert stopping.done(), f"the bot ended by itself with status {code}: {self.log.read_text()[-2000:]}"
        assert code == 0, "SIGTERM must end the bot gracefully"

    async def _stop_after(self, done: asyncio.Event) -> None:
        await done.wait()
        os.kill(self._pid, signal.SIGTERM)


async def run_round(folder: Path, plan: Round) -> Result:
    """Interview, kill, and compare. It is over when all have come to the end and nothing waits anywhere."""
    chance = random.Random(plan.seed)
    home = folder / "home"
    home.mkdir()
    async with FakeTelegram() as server:
        server.faults.random = lambda _: chance.choice(FAULTS) if chance.random() < plan.fault_rate else None
        crowd = Crowd(server, range(101, 101 + plan.chats), seed=plan.seed, pause_s=PAUSE_S, copies=plan.copies)
        supervisor = Supervisor(server, home, plan, chance)
        done = asyncio.Event()
        running = asyncio.create_task(supervisor.run(done))
        crowd.begin()
        finished = await settled(server, crowd, home, running, plan.deadline_s)
        done.set()
        await running
    figures = audit(home, crowd.people.values())
    log = supervisor.log.read_text(errors="replace")
    return Result(figures, supervisor.kills, server.faults.seen.total(), finished, log)


async def settled(
    server: FakeTelegram, crowd: Crowd, home: Path, running: asyncio.Task[None], deadline_s: float
) -> bool:
    """Whether everybody came to the end and everything they said was handled and answered, before the deadline.

    False too when `running` ends before; what it raises is raised.

    The last doubt may be asked and settled long after the last question: an interview at its end is not enough.
    """
    try:
        async with asyncio.timeout(deadline_s):
            while not (crowd.still and server.pending == 0 and idle(home)):
                await asyncio.wait({running}, timeout=SETTLE_S)
                if running.done():
                    await running
                    return False
    except TimeoutError:
        return False
    return True

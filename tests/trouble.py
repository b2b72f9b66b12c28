"""Interviews under trouble of one kind each: repeats, doubt, copied files, a full disk, a wrong clock, the coder.

Each comes to the figures of the ledger. Their lengths are parameters: a few people in the suite, many in `make soak`.
"""

from __future__ import annotations

import asyncio
import random
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import time_machine

from tests.crashing import Fuse, stage
from tests.fake_telegram import FakeTelegram
from tests.killing import settled
from tests.ledger import Figures, audit
from tests.live_bot import LiveBot
from tests.respondents import Crowd
from tests.running import Process

FIRST = 601
DEADLINE_S = 600.0
# Updates of one whole interview, roughly.
UPDATES_OF_ONE = 45
UNCODED = (
    "SELECT count(*) FROM answers WHERE status = 'finished' AND NOT EXISTS (SELECT 1 FROM units JOIN codings "
    "USING (unit_id) WHERE units.answer_id = answers.answer_id AND units.version = current_version)"
)

Disturb = Callable[[Process, FakeTelegram], Awaitable[None]]


async def repeats(home: Path, chats: int, seed: int) -> Figures:
    """Every update comes once, twice or three times: the same message or press under new ids."""
    async with FakeTelegram() as server:
        return await _interviews(server, home, Crowd(server, _chats(chats), seed=seed, copies=0.7))


async def doubts(home: Path, chats: int, seed: int) -> Figures:
    """A third of what is sent arrives, but the answer that says so is cut off."""
    chance = random.Random(seed)
    async with FakeTelegram() as server:
        sending = {"sendMessage", "sendPhoto"}
        server.faults.random = lambda method: "cut_after" if method in sending and chance.random() < 0.3 else None
        return await _interviews(server, home, Crowd(server, _chats(chats), seed=seed))


async def clock_jumps(home: Path, chats: int, seed: int) -> Figures:
    """The clock jumps up to two days to and fro, and calls fail, so that sendings are put off."""
    chance = random.Random(seed)
    async with FakeTelegram() as server:
        server.faults.random = lambda _: chance.choice(("502", "429")) if chance.random() < 0.03 else None
        with time_machine.travel(datetime.now(UTC), tick=True) as traveller:

            def jump(_: str) -> None:
                if chance.random() < 0.05:
                    traveller.shift(timedelta(seconds=chance.uniform(-2, 2) * 86400))

            server.on_call = jump
            return await _interviews(server, home, Crowd(server, _chats(chats), seed=seed))


class Camera(Fuse):
    """Copies database and write-ahead log at random points between statements, also inside a transaction."""

    def __init__(self, home: Path, album: Path, pictures: int, chance: random.Random) -> None:
        super().__init__()
        self.acknowledged: list[int] = []
        self.count = lambda: 0
        self._home = home
        self._album = album
        self._pictures = pictures
        self._chance = chance

    def point(self) -> None:
        """Pass a point, perhaps taking a picture."""
        super().point()
        if len(self.acknowledged) < self._pictures and self._chance.random() < 0.05:
            place = self._album / str(len(self.acknowledged))
            place.mkdir(parents=True)
            self.acknowledged.append(self.count())
            for file in ("kedergi.db", "kedergi.db-wal"):
                with suppress(FileNotFoundError):
                    shutil.copy(self._home / file, place / file)


async def photographed(home: Path, pictures: int, seed: int) -> tuple[Figures, int]:
    """Copies of the files at random moments of one interview: lost are acknowledged updates that a copy lacks.

    Also how many pictures were taken. Raises AssertionError when a copy is damaged.
    """
    camera = Camera(home / "live", home / "album", pictures, random.Random(seed))
    async with stage() as on:
        camera.count = on.acknowledged
        outcome = await on.play(home / "live", fuse=camera)
    lost = 0
    for number, acknowledged in enumerate(camera.acknowledged):
        with closing(sqlite3.connect(home / "album" / str(number) / "kedergi.db")) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",), number
            lost += max(0, acknowledged - copy.execute("SELECT count(*) FROM inbox").fetchone()[0])
    return outcome.figures + Figures(lost=lost), len(camera.acknowledged)


async def disk_full(home: Path, chats: int, seed: int) -> Figures:
    """Again and again the files of the bot cannot grow for a moment."""

    async def disturb(process: Process, server: FakeTelegram) -> None:
        chance = random.Random(seed)
        await server.until(lambda: bool(server.screens))  # Before that it ends in one line, and is started again.
        while True:
            await asyncio.sleep(chance.random())
            log = home / "kedergi.db-wal"
            size = log.stat().st_size if log.exists() else 0
            with _limited(process.pid, resource.RLIMIT_FSIZE, size + 4096 * chance.randint(0, 20)):
                await asyncio.sleep(chance.random() / 2)

    return (await _troubled(home, chats, seed, disturb, coder=False))[0]


async def coder_trouble(home: Path, chats: int, seed: int) -> tuple[Figures, int]:
    """The coder is killed, stopped for a while, and gets no more memory; figures, and answers left without coding."""

    async def disturb(process: Process, _: FakeTelegram) -> None:
        chance = random.Random(seed)
        while True:
            await asyncio.sleep(1 + chance.random())
            with suppress(psutil.Error):
                for coder in psutil.Process(process.pid).children():
                    await _hurt(coder, chance.choice(("kill", "stop", "starve")))

    return await _troubled(home, chats, seed, disturb, coder=True)


async def paced(home: Path, minutes: float, rate: float) -> tuple[Figures, int]:
    """People come at an even pace, so that about `rate` updates a second arrive, the coder working; as above."""

    async def rest(*_: object) -> None:
        await asyncio.Event().wait()

    chats = max(1, round(minutes * 60 * rate / UPDATES_OF_ONE))
    return await _troubled(home, chats, 0, rest, coder=True, apart_s=UPDATES_OF_ONE / rate)


async def _interviews(server: FakeTelegram, home: Path, crowd: Crowd) -> Figures:
    async with LiveBot(server, home) as bot:
        crowd.begin()
        while not (crowd.still and bot.idle()):
            await server.until(lambda: crowd.still, DEADLINE_S)
            await bot.settled(DEADLINE_S)
    return audit(home, crowd.people.values())


async def _troubled(
    home: Path, chats: int, seed: int, disturb: Disturb, *, coder: bool, apart_s: float = 0
) -> tuple[Figures, int]:
    """Interviews by the bot as a process while `disturb` goes on; figures, and finished answers without a coding."""
    async with FakeTelegram() as server:
        crowd = Crowd(server, _chats(chats), seed=seed, pause_s=1)
        process = Process(server, home, KEDERGI_CODER=str(coder).lower())
        await process.start()
        trouble = asyncio.ensure_future(disturb(process, server))
        for person in crowd.people.values():
            person.begin()
            await asyncio.sleep(apart_s)
        deadline_s = DEADLINE_S + chats
        assert await settled(server, crowd, home, trouble, deadline_s), "the interviews must come to an end"
        trouble.cancel()
        if coder:
            await _all_coded(home, deadline_s)
            assert await settled(server, crowd, home, asyncio.ensure_future(asyncio.sleep(deadline_s)), deadline_s)
        assert await process.stop() == 0
    return audit(home, crowd.people.values()), _uncoded(home)


async def _all_coded(home: Path, deadline_s: float) -> None:
    end = time.monotonic() + deadline_s
    while _uncoded(home) and time.monotonic() < end:  # noqa: ASYNC110 - another process tells nobody
        await asyncio.sleep(0.2)


def _uncoded(home: Path) -> int:
    with closing(sqlite3.connect(f"{(home / 'kedergi.db').as_uri()}?mode=ro", uri=True)) as reader:
        return int(reader.execute(UNCODED).fetchone()[0])


async def _hurt(coder: psutil.Process, how: str) -> None:
    if how == "kill":
        coder.kill()
    elif how == "stop":
        coder.send_signal(signal.SIGSTOP)
        await asyncio.sleep(2)
        coder.send_signal(signal.SIGCONT)
    else:
        coder.rlimit(psutil.RLIMIT_AS, (coder.memory_info().vms, resource.RLIM_INFINITY))


@contextmanager
def _limited(pid: int, what: int, limit: int) -> Iterator[None]:
    process = psutil.Process(pid)
    process.rlimit(what, (limit, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        process.rlimit(what, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _chats(number: int) -> range:
    return range(FIRST, FIRST + number)

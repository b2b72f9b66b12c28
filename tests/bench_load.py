"""`make bench`: the bot under load, beside a stock echo bot where there is something to compare. It prints figures.

Replies at 1, 50 and 500 chats, the coder on and off; reply time and file size as answers grow; a stream of updates
above what Telegram lets out again; one chat that floods while others talk. `--short` takes a tenth of each.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bot.store.database import moment, opened
from tests.bench import DEADLINE_S, Start, start_echo, start_kedergi
from tests.bench_digest import fill
from tests.fake_telegram import FakeTelegram, Shown

SIZES = (10_000, 100_000, 1_000_000)
INBOUND_RATE, INBOUND_CHATS = 300, 500
FLOOD, FLOOD_S = 1000, 10.0
FIRST = 5_000_001
SAMPLE_S = 0.02


class Talk:
    """Chats that ask again and again, each as soon as the reply is there; seconds from asking to reply."""

    def __init__(self, server: FakeTelegram, chats: int, rounds: int) -> None:
        self.times: list[float] = []
        self._server = server
        self._asked: dict[int, float] = {}
        self._left = dict.fromkeys(range(FIRST, FIRST + chats), rounds)
        server.on_shown = self._replied

    async def run(self) -> float:
        """Talk until all rounds are over; updates per second."""
        count = sum(self._left.values())
        began = time.perf_counter()
        for chat in self._left:
            self._ask(chat)
        await self._server.until(lambda: len(self.times) == count, DEADLINE_S)
        return count / (time.perf_counter() - began)

    def _ask(self, chat: int) -> None:
        self._left[chat] -= 1
        self._asked[chat] = time.perf_counter()
        self._server.say(chat, "/help")

    def _replied(self, shown: Shown) -> None:
        if shown.chat_id in self._asked:
            self.times.append(time.perf_counter() - self._asked.pop(shown.chat_id))
            if self._left[shown.chat_id] > 0:
                self._ask(shown.chat_id)


async def talk(start: Start, chats: int, rounds: int) -> tuple[float, list[float]]:
    """Updates per second and seconds to each reply of a bot, warmed up."""
    with tempfile.TemporaryDirectory() as home:
        async with FakeTelegram() as server:
            bot = await start(server, Path(home))
            try:
                await Talk(server, chats, 1).run()
                measured = Talk(server, chats, rounds)
                return await measured.run(), measured.times
            finally:
                await bot.end()


async def growth(answers: int, rounds: int) -> tuple[list[float], float]:
    """Seconds to each reply with so many answers in the database, and megabytes of its file."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with opened(home) as store:
            fill(store, answers)
        async with FakeTelegram() as server:
            bot = await start_kedergi(server, home)
            try:
                await Talk(server, 20, 1).run()
                measured = Talk(server, 20, rounds)
                await measured.run()
                return measured.times, (home / "kedergi.db").stat().st_size / 2**20
            finally:
                await bot.end()


async def inbound(seconds: float) -> str:
    """More updates than may be answered: how soon they are acknowledged, how far behind worker and outbox are."""
    with tempfile.TemporaryDirectory() as folder:
        async with FakeTelegram() as server:
            bot = await start_kedergi(server, Path(folder), KEDERGI_SEND_RATE="25")
            try:
                await Talk(server, 1, 1).run()
                before = server.acknowledged
                said: list[float] = []
                seen: list[float] = []
                began = time.perf_counter()
                while len(seen) < seconds * INBOUND_RATE:
                    now = time.perf_counter()
                    for number in range(len(said), int(min(seconds, now - began) * INBOUND_RATE)):
                        server.say(FIRST + number % INBOUND_CHATS, "/start")
                        said.append(now)
                    seen += [now] * (server.acknowledged - before - len(seen))
                    if now - began > seconds + DEADLINE_S:
                        break
                    if len(said) >= seconds * INBOUND_RATE and server.unseen == 0:
                        server.say(FIRST, "/help")  # the offset moves with the next call only
                    await asyncio.sleep(SAMPLE_S)
                waits = [late - early for early, late in zip(said, seen, strict=False)]
                return f"{_quantiles(waits)} to acknowledgement; {await _behind(Path(folder))}"
            finally:
                await bot.end()


async def _behind(home: Path) -> str:
    """How long the worker still has to do, and what the outbox holds then."""
    began = time.perf_counter()
    with closing(sqlite3.connect(f"{(home / 'kedergi.db').as_uri()}?mode=ro", uri=True)) as reader:
        while reader.execute("SELECT 1 FROM inbox WHERE done_at IS NULL LIMIT 1").fetchone():  # noqa: ASYNC110 - a process
            await asyncio.sleep(SAMPLE_S)
        behind = time.perf_counter() - began
        waiting, oldest = reader.execute("SELECT count(*), min(queued_at) FROM outbox WHERE done_at IS NULL").fetchone()
    age = (datetime.now(UTC) - moment(oldest)).total_seconds() if oldest else 0
    return f"worker done {behind:.1f} s later (wanted: at most 5); outbox holds {waiting}, the oldest for {age:.0f} s"


async def flooded(seconds: float) -> list[float]:
    """Seconds to the replies of twenty chats while one chat writes a hundred messages a second."""
    with tempfile.TemporaryDirectory() as folder:
        async with FakeTelegram() as server:
            bot = await start_kedergi(server, Path(folder))
            try:
                await Talk(server, 21, 1).run()
                others = Talk(server, 20, round(seconds * 2))
                running = asyncio.ensure_future(others.run())
                began = time.perf_counter()
                for number in range(round(FLOOD * seconds / FLOOD_S)):
                    server.say(FIRST + 20, f"{number}: жауап")
                    await asyncio.sleep(max(0.0, began + number * FLOOD_S / FLOOD - time.perf_counter()))
                await running
                return others.times
            finally:
                await bot.end()


def _quantiles(times: Sequence[float]) -> str:
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
    return f"p50 {cuts[49]:.3f}, p95 {cuts[94]:.3f}, p99 {cuts[98]:.3f} s"


async def main(*, short: bool) -> None:
    """Run everything and print one line a figure."""
    part = 0.1 if short else 1.0
    for chats in (1, 50, 500):
        rounds = max(2, round(max(1000, 4 * chats) * part / chats))
        ours, times = await talk(start_kedergi, chats, rounds)
        coded, _ = await talk(partial(start_kedergi, KEDERGI_CODER="true"), chats, rounds)
        peer, peers = await talk(start_echo, chats, rounds)
        print(
            f"{chats} chats: {ours:.0f} updates/s, with the coder {coded:.0f}, stock echo bot {peer:.0f}, "
            f"ratio {ours / peer:.2f} (wanted: at least 0.5); to reply {_quantiles(times)}, stock {_quantiles(peers)}"
        )
    for answers in SIZES[:-1] if short else SIZES:
        times, megabytes = await growth(answers, round(50 * part) + 1)
        print(f"{answers} answers: to reply {_quantiles(times)}; file {megabytes:.0f} MB (wanted: times stay flat)")
    print(f"inbound {INBOUND_RATE}/s for {60 * part:g} s: {await inbound(60 * part)}")
    times = await flooded(FLOOD_S * part)
    print(f"one chat floods for {FLOOD_S * part:g} s: the others wait {_quantiles(times)} (wanted: p95 under 2)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a tenth of everything")
    sys.exit(asyncio.run(main(short=parser.parse_args().short)))

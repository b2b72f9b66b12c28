"""`make bench`: speed and memory, as ratios to a peer in the same run. It prints figures and decides nothing.

The peer is a stock python-telegram-bot echo bot on the same fake Bot API server; both send without a limit, and an
update counts as handled when its reply has reached the server. Everything stays on loopback and ends by itself.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil

from tests.fake_telegram import FakeTelegram, Shown
from tests.respondents import Crowd
from tests.running import ROOT, Process

DEADLINE_S = 300.0
CHATS, ROUNDS = 50, 20
PACED_CHATS, PACED_RATE, PACED_S = 200, 20.0, 30.0

Start = Callable[[FakeTelegram, Path], Awaitable["Running"]]


class Running:
    """A bot process and the way to end it."""

    def __init__(self, pid: int, end: Callable[[], Awaitable[object]]) -> None:
        self.pid = pid
        self.end = end


async def start_kedergi(server: FakeTelegram, home: Path, **more: str) -> Running:
    """Our bot."""
    process = Process(server, home, **more)
    await process.start()
    return Running(process.pid, process.kill)


async def start_echo(server: FakeTelegram, _: Path) -> Running:
    """The peer."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.echo_bot", server.url, server.token, cwd=ROOT, env=environment
    )

    async def end() -> None:
        process.kill()
        await process.wait()

    return Running(process.pid, end)


async def updates_per_second(start: Start) -> float:
    """Every chat asks for its status again and again, each time as soon as the reply is there."""
    with tempfile.TemporaryDirectory() as home:
        async with FakeTelegram() as server:
            bot = await start(server, Path(home))
            try:
                return await _flood(server)
            finally:
                await bot.end()


async def _flood(server: FakeTelegram) -> float:
    chats = range(7001, 7001 + CHATS)
    replies: dict[int, int] = dict.fromkeys(chats, 0)

    def replied(shown: Shown) -> None:
        replies[shown.chat_id] += 1
        if replies[shown.chat_id] <= ROUNDS:
            server.say(shown.chat_id, "/status")

    server.on_shown = replied
    for chat in chats:
        server.say(chat, "/start")
    await server.until(lambda: all(replies.values()), DEADLINE_S)
    began = time.perf_counter()
    await server.until(lambda: min(replies.values()) > ROUNDS, DEADLINE_S)
    return CHATS * ROUNDS / (time.perf_counter() - began)


async def reply_times() -> tuple[list[float], float, float]:
    """Seconds from message to reply with 200 chats at 20 updates/s, limit on, coder working; memory in MB."""
    with tempfile.TemporaryDirectory() as home:
        async with FakeTelegram() as server:
            bot = await start_kedergi(server, Path(home), KEDERGI_SEND_RATE="25", KEDERGI_CODER="true")
            try:
                return await _paced(server, bot.pid)
            finally:
                await bot.end()


async def _paced(server: FakeTelegram, pid: int) -> tuple[list[float], float, float]:
    crowd = Crowd(server, range(9001, 9013))
    crowd.begin()
    await server.until(lambda: crowd.still, DEADLINE_S)
    asked: dict[int, float] = {}
    times: list[float] = []

    def replied(shown: Shown) -> None:
        if shown.chat_id in asked:
            times.append(time.perf_counter() - asked.pop(shown.chat_id))

    server.on_shown = replied
    count = int(PACED_RATE * PACED_S)
    began = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / PACED_RATE - time.perf_counter()))
        chat = 20001 + number % PACED_CHATS
        asked[chat] = time.perf_counter()
        server.say(chat, "/status" if number >= PACED_CHATS else "/start")
    await server.until(lambda: len(times) >= count, DEADLINE_S)
    return times, *_memory(pid)


def _memory(pid: int) -> tuple[float, float]:
    """Resident megabytes of the bot and of its coder process."""
    bot = psutil.Process(pid)
    coder = sum(child.memory_info().rss for child in bot.children(recursive=True))
    return bot.memory_info().rss / 2**20, coder / 2**20


async def seconds_to_greeting() -> float:
    """From starting the process to the first greeting on the screen, the coder starting beside it."""
    with tempfile.TemporaryDirectory() as home:
        async with FakeTelegram() as server:
            server.say(7001, "/start")
            began = time.perf_counter()
            bot = await start_kedergi(server, Path(home), KEDERGI_CODER="true")
            try:
                await server.until(lambda: bool(server.screens[7001]), DEADLINE_S)
                return time.perf_counter() - began
            finally:
                await bot.end()


def _kedergi(server: FakeTelegram, home: Path) -> Awaitable[Running]:
    return start_kedergi(server, home)


async def main() -> None:
    """Run everything and print one line a figure."""
    greeting = statistics.median([await seconds_to_greeting() for _ in range(3)])
    print(f"start to first greeting: {greeting:.2f} s (wanted: at most 2)")
    rates = [(await updates_per_second(_kedergi), await updates_per_second(start_echo)) for _ in range(3)]
    ratio = statistics.median(ours / peer for ours, peer in rates)
    shown = ", ".join(f"{ours:.0f} / {peer:.0f}" for ours, peer in rates)
    print(f"updates per second, fully durable / stock echo bot: {shown}; ratio {ratio:.2f} (wanted: at least 0.5)")
    times, bot, coder = await reply_times()
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    print(
        f"message to reply, {PACED_CHATS} chats at {PACED_RATE:.0f}/s, coder working: p50 {p50:.3f} s, p95 {p95:.3f} s"
    )
    print(f"resident memory: bot {bot:.0f} MB, coder {coder:.0f} MB (wanted: coder under 600)")


if __name__ == "__main__":
    asyncio.run(main())

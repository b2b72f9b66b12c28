"""`python -m bot run` as a process: the first greeting, a graceful stop, a second instance, and what the log holds."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.fake_telegram import TOKEN, FakeTelegram
from tests.running import ROOT, environment

PLANTED = "жасырын-жауап-4711"


@asynccontextmanager
async def running(server: FakeTelegram, home: Path, *prefix: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot as a process, stopped by SIGTERM at the end; its log is beside `home`."""
    with home.with_name("log.txt").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *prefix,
            sys.executable,
            "-m",
            "bot",
            "run",
            cwd=ROOT,
            env=environment(home, server),
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            # The group and not the process: strace, where it stands before the bot, keeps signals to itself.
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


def run_once(home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """`python -m bot run` that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=ROOT,
        env=environment(home, None, **more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_it_greets_removes_a_webhook_and_stops_gracefully(tmp_path: Path) -> None:
    home = tmp_path / "үй 1"
    async with FakeTelegram() as server:
        server.webhook = True
        server.say(7, "/start")
        began = time.monotonic()
        async with running(server, home) as process:
            await server.until(lambda: bool(server.screens[7]), 60)
            print(f"\nfirst greeting after {time.monotonic() - began:.1f} s")
            assert server.last(7).step == "language"
            await server.until(lambda: server.pending == 0)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        assert (home / "kedergi.db").stat().st_mode & 0o777 == 0o600


async def test_a_second_instance_is_told_so_in_one_line(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with FakeTelegram() as server:
        server.say(7, "/start")
        async with running(server, home):
            await server.until(lambda: bool(server.screens[7]), 60)
            second = await asyncio.to_thread(run_once, home, KEDERGI_TELEGRAM_TOKEN=TOKEN)
    assert second.returncode == 2
    assert "another Kedergi is running" in second.stderr
    assert len(second.stderr.splitlines()) == 1


def test_a_missing_token_is_told_in_one_line(tmp_path: Path) -> None:
    ended = run_once(tmp_path / "home")
    assert ended.returncode == 2
    assert ended.stderr.startswith("kedergi: KEDERGI_TELEGRAM_TOKEN: must be set")
    assert len(ended.stderr.splitlines()) == 1


async def test_it_can_be_stopped_while_telegram_does_not_answer(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        server.faults.plan("getMe", *["502"] * 50)
        async with running(server, tmp_path / "home") as process:
            await server.until(lambda: server.faults.seen["502"] >= 1, 60)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0


async def test_the_log_holds_neither_the_token_nor_what_people_wrote(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        server.say(7, f"/start {PLANTED}")
        async with running(server, tmp_path / "home"):
            await server.until(lambda: bool(server.screens[7]), 60)
            server.faults.plan("getUpdates", "json", "502", "401", "409")
            server.faults.plan("sendMessage", "json", "502", "400")
            server.say(7, PLANTED)
            server.say(7, "Русский")
            server.raw({"message": {"chat": {"id": 7, "type": "private"}, "text": PLANTED}})
            await server.until(lambda: server.faults.seen.total() == 7 and server.pending == 0, 60)
            await server.until(lambda: server.last(7).step == "consent", 60)
        log = (tmp_path / "log.txt").read_text()
    assert "receiving failed" in log and "update set aside" in log
    assert PLANTED not in log
    assert TOKEN.partition(":")[2] not in log
    assert server.url not in log

"""Running the whole bot in a test: in this process as a task, or as a process of its own that can be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from bot.app import run_bot
from bot.settings import Settings
from tests.fake_telegram import FakeTelegram

ROOT = Path(__file__).resolve().parent.parent


def environment(home: Path, server: FakeTelegram | None = None, **more: str) -> dict[str, str]:
    """The environment of the bot, without what the person who runs the tests has set."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KEDERGI_")}
    settings = {"KEDERGI_HOME": str(home), "KEDERGI_CODER": "0", "PYTHONUTF8": "1"}
    if server:
        settings |= {"KEDERGI_TELEGRAM_TOKEN": server.token, "KEDERGI_TELEGRAM_API_URL": server.url}
    return {**clean, **settings, **more}


def settings_for(server: FakeTelegram, home: Path, **more: Any) -> Settings:
    """Settings of a bot that talks to the fake server and codes nothing, unless `more` says otherwise."""
    values = {
        "home": home,
        "telegram_token": server.token,
        "telegram_api_url": server.url,
        "send_rate": 0,
        "coder": False,
        **more,
    }
    return Settings(_env_file=None, **values)  # type: ignore[call-arg]  # pydantic-settings' own argument


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[asyncio.Task[None]]:
    """The bot as a task of this event loop."""
    task = asyncio.create_task(run_bot(settings))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Process:
    """The bot as a process: `python -m bot run`."""

    def __init__(self, server: FakeTelegram, home: Path, **more: str) -> None:
        self._environment = environment(home, server, **{"KEDERGI_SEND_RATE": "0", **more})
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; returns at once."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", cwd=ROOT, env=self._environment
        )

    @property
    def pid(self) -> int:
        """Process id of the running bot."""
        assert self._process is not None
        return self._process.pid

    async def kill(self) -> None:
        """`kill -9`, and wait until it is gone."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to stop; its exit status."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        with suppress(ProcessLookupError):
            self._process.send_signal(number)
        return await self._process.wait()

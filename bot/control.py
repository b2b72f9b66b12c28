"""Writing commands beside a running bot: one writer connection, so the command is handed to the process that has it.

While the bot runs it listens on a Unix socket in KEDERGI_HOME that only its owner may open. A command sends one line
of JSON, `{"name": ..., "with": {...}}`, and reads one line back, `{"done": ...}` or `{"error": ...}`. When no bot runs,
the command takes the lock of the folder and carries out the same function itself.

What commands there are is said in `bot.rooms`. Each runs in one transaction; one that raises has changed nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from bot.delivery.lock import sole_instance
from bot.errors import AlreadyRunningError, KedergiError, StoreError
from bot.settings import Settings
from bot.store.database import Store, opened

SOCKET = "control.sock"
# The longest a running bot may take for a command, seconds; importing a large sheet takes some.
PATIENCE_S = 120.0
# A sheet of codings travels as one line.
LINE_LIMIT = 64 * 2**20
# A socket's name may have this many bytes on every system; a longer one is reached through its folder.
_LONGEST_NAME = 100

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Context:
    """What a writing command works with. `link`: what stands before an invitation's token, None while no bot runs."""

    settings: Settings
    store: Store
    link: str | None
    now: datetime


Writer = Callable[[Context, Mapping[str, Any]], Any]


class Control:
    """The listening end. `after` is called when a command has changed something."""

    def __init__(
        self, settings: Settings, store: Store, link: str, writers: Mapping[str, Writer], after: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._store = store
        self._link = link
        self._writers = writers
        self._after = after
        self.listening = asyncio.Event()

    async def run(self) -> None:
        """Listen until cancelled. The caller holds the lock, so a socket that lies there is a dead one's."""
        path = self._settings.home / SOCKET
        path.unlink(missing_ok=True)
        with _reachable(path) as name:
            before = os.umask(0o177)
            try:
                server = await asyncio.start_unix_server(self._serve, name, limit=LINE_LIMIT)
            finally:
                os.umask(before)
        try:
            async with server:
                self.listening.set()
                await server.serve_forever()
        finally:
            path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = self._answer(await reader.readline())
            writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
            await writer.drain()
        except (OSError, ValueError) as error:
            log.warning("command cut off", error=type(error).__name__)
        finally:
            writer.close()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            asked = json.loads(line)
            context = Context(self._settings, self._store, self._link, datetime.now(UTC))
            done = _carried_out(self._writers, asked["name"], context, asked["with"])
        except KedergiError as error:
            return {"error": str(error)}
        except (ValueError, KeyError, TypeError, sqlite3.Error) as error:
            log.error("command failed", error=type(error).__name__)
            return {"error": f"the running bot could not carry out the command ({type(error).__name__}); see its log"}
        self._after()
        return {"done": done}


def carry_out(settings: Settings, writers: Mapping[str, Writer], name: str, arguments: Mapping[str, Any]) -> Any:
    """What the command `name` returns, carried out by the running bot, or here when none runs. Raises KedergiError."""
    answer = _handed_over(settings.home / SOCKET, {"name": name, "with": dict(arguments)})
    if answer is None:
        try:
            with sole_instance(settings.home), opened(settings.home) as store:
                return _carried_out(writers, name, Context(settings, store, None, datetime.now(UTC)), arguments)
        except AlreadyRunningError:
            raise AlreadyRunningError(
                f"{settings.home}: the bot is just starting or another command is at work; try again in a moment"
            ) from None
    if "error" in answer:
        raise StoreError(str(answer["error"]))
    return answer["done"]


def _carried_out(writers: Mapping[str, Writer], name: str, context: Context, arguments: Mapping[str, Any]) -> Any:
    with context.store.atomic():
        return writers[name](context, arguments)


def _handed_over(path: Path, asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """The answer of the bot that listens at `path`; None where nobody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(PATIENCE_S)
        try:
            with _reachable(path) as name:
                line.connect(name)
        except OSError:
            return None
        try:
            line.sendall(json.dumps(asked, ensure_ascii=False).encode() + b"\n")
            with line.makefile("rb") as file:
                answer: dict[str, Any] = json.loads(file.readline())
        except (OSError, ValueError) as error:
            raise StoreError(f"{path}: the running bot did not answer; see its log, then try again") from error
    return answer


@contextmanager
def _reachable(path: Path) -> Iterator[str]:
    """A name for the socket that is short enough for the system, whatever folder it lies in."""
    name = str(path.resolve())
    if len(os.fsencode(name)) <= _LONGEST_NAME or not Path("/proc/self/fd").exists():
        yield name
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)

"""One interview in which the bot dies at a chosen point: before or after any SQL statement or any HTTP call.

The bot runs in this process, one thing after the other, so that the same number means the same point in every run.
Death is an exception that nothing in the bot catches, after which connection and network refuse everything: what was
not committed is gone, what Telegram has been told stays told. Then another bot opens the same files and goes on.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from telegram import Bot
from telegram.request import HTTPXRequest

from bot.app import build_host
from bot.channels.telegram import calm_library, read
from bot.delivery.alarms import Alarms
from bot.delivery.intake import Intake
from bot.delivery.poller import Poller
from bot.delivery.sender import Sender
from bot.delivery.worker import Worker
from bot.store.database import Store, opened
from tests.fake_telegram import FakeTelegram
from tests.ledger import Figures, audit
from tests.respondents import Respondent
from tests.running import settings_for

CHAT = 501
# An offset above every update: the next interview begins with none waiting.
EVERYTHING = 10**9
STATE = "SELECT question, status, text FROM answers JOIN answer_versions USING (answer_id) ORDER BY question, version"


class Died(BaseException):
    """The process is dead."""


class Fuse:
    """Counts the points at which the bot could die, and dies at number `at`; None: never."""

    def __init__(self, at: int | None = None) -> None:
        self.points = 0
        self.blown = False
        self._at = at

    def point(self) -> None:
        """Pass a point, or die there; who is dead does nothing any more."""
        self.points += 1
        self.blown |= self.points == self._at
        if self.blown:
            raise Died


class FusedConnection:
    """The writer connection with a point before and after every statement."""

    def __init__(self, connection: sqlite3.Connection, fuse: Fuse) -> None:
        self._connection = connection
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """One statement between two points."""
        self._fuse.point()
        cursor = self._connection.execute(sql, values)
        try:
            self._fuse.point()
        except Died:
            cursor.close()  # An open statement would keep the file locked, as no dead process does.
            raise
        return cursor

    def executemany(self, sql: str, values: Sequence[Sequence[Any]]) -> sqlite3.Cursor:
        """Many statements, counted as one."""
        self._fuse.point()
        cursor = self._connection.executemany(sql, values)
        self._fuse.point()
        return cursor

    def rollback(self) -> None:
        """The dead roll nothing back; the file does when it is opened again."""
        if not self._fuse.blown:
            self._connection.rollback()


class FusedRequest(HTTPXRequest):
    """The network with a point before and after every call."""

    fuse = Fuse()

    async def do_request(self, *args: Any, **more: Any) -> tuple[int, bytes]:
        """One call between two points."""
        self.fuse.point()
        answer = await super().do_request(*args, **more)
        self.fuse.point()
        return answer


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an interview ended. `answers` is every version of every answer; `points` those of the first life."""

    figures: Figures
    answers: list[Any]
    finished: bool
    points: int


class Stage:
    """One server and one client, on which interviews are played one after the other, each with a file of its own."""

    def __init__(self, server: FakeTelegram, bot: Bot, request: FusedRequest, polling: FusedRequest) -> None:
        self._server = server
        self._bot = bot
        self._requests = (request, polling)
        self._before = 0

    def acknowledged(self) -> int:
        """Updates of the interview that is played that Telegram has deleted, because the bot asked for later ones."""
        return self._server.acknowledged - self._before

    async def play(self, home: Path, at: int | None = None, fuse: Fuse | None = None) -> Outcome:
        """Interview one person; die at point `at`, or where `fuse` says, and go on."""
        self._before = self._server.acknowledged
        chat = CHAT + (at or 0)
        person = Respondent(self._server, chat, random.Random(CHAT), "kk", 0)
        self._server.on_shown = person.sees
        person.begin()
        fuse = fuse or Fuse(at)
        with suppress(Died):
            await self._live(home, fuse)
        if fuse.blown:
            await self._live(home, Fuse())
        await self._bot.do_api_request("getUpdates", {"offset": EVERYTHING, "timeout": 0})
        with opened(home) as store:
            answers = store.rows(STATE)
        return Outcome(audit(home, [person]), _of_nobody(answers, chat), person.finished, fuse.points)

    async def _live(self, home: Path, fuse: Fuse) -> None:
        """Receive, handle and send until there is nothing left to do. Raises Died."""
        for request in self._requests:
            request.fuse = fuse
        with opened(home) as store:
            store.db.conn = FusedConnection(store.db.conn, fuse)
            poller, worker, sender = self._parts(store, home)
            if self._server.pending:
                await poller.step()
            busy = True
            while busy:
                sending = list(sender.begin())
                await asyncio.gather(*sending)  # one person, one sending
                busy = bool(sending)
                if self._server.unseen:
                    busy |= await poller.step() > 0
                busy |= worker.step() > 0

    def _parts(self, store: Store, home: Path) -> tuple[Poller, Worker, Sender]:
        host, _ = build_host(settings_for(self._server, home), store, "https://t.me/kedergi_test_bot?start=")
        alarms = Alarms()
        poller = Poller(self._bot, Intake(self._bot, store), alarms)
        return poller, Worker(store, host, read, alarms, pilot=False), Sender(self._bot, store, alarms, 0)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """A stage for as many interviews as wanted."""
    async with FakeTelegram() as server:
        request, polling = FusedRequest(4), FusedRequest(1)
        async with Bot(server.token, base_url=server.url, request=request, get_updates_request=polling) as bot:
            calm_library()
            yield Stage(server, bot, request, polling)


def _of_nobody(rows: list[dict[str, Any]], chat: int) -> list[dict[str, Any]]:
    """The rows without the number of the chat, so that runs can be compared."""
    return [{**row, "text": row["text"].replace(str(chat), "N")} for row in rows]

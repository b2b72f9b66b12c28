"""The Telegram bot in this process, without coder and jobs: poller, worker, sender, a fake server and a real file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from telegram import Bot
from telegram.request import HTTPXRequest

from bot.app import build_host
from bot.channels.telegram import read
from bot.delivery.alarms import Alarms
from bot.delivery.host import Host
from bot.delivery.intake import Intake
from bot.delivery.poller import Poller
from bot.delivery.sender import Sender
from bot.delivery.worker import Worker
from bot.digest.delivering import Deliveries
from bot.rooms import build_desk
from bot.settings import Settings
from bot.staff.desk import Desk
from bot.store import members
from bot.store.database import Store, opened
from tests.fake_telegram import FakeTelegram

PROFILE = (
    ("language", "ru"),
    ("consent", "yes"),
    ("screening", "yes"),
    ("permissions", "done"),
    ("role", "teacher"),
    ("job_title", "skip"),
    ("region", "skip"),
    ("school", "skip"),
    ("locality", "village"),
)


class LiveBot:
    """`async with LiveBot(server, home) as bot`: everything that a person sends is received, handled and answered."""

    def __init__(self, server: FakeTelegram, home: Path, *, sending: bool = True, **settings: Any) -> None:
        self.server = server
        self.settings = Settings(_env_file=None, home=home, telegram_token=server.token, coder=False, **settings)
        self.told: list[str] = []
        self.store: Store
        self.host: Host
        self.desk: Desk
        self.digests: Deliveries
        self.worker: Worker
        self.poller: Poller
        self.sender: Sender
        self._sending = sending
        self._inbox = asyncio.Event()
        self._changed = asyncio.Event()
        self._stack = ExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self._bot = Bot(server.token, base_url=server.url, request=HTTPXRequest(8), get_updates_request=HTTPXRequest(1))

    async def __aenter__(self) -> LiveBot:
        await self._bot.initialize()
        self.store = self._stack.enter_context(opened(self.settings.home))
        self.host, _ = build_host(self.settings, self.store, "https://t.me/kedergi_test_bot?start=")
        alarms = Alarms(self.told.append)
        self.sender = Sender(self._bot, self.store, alarms, 0, settled=self._settled)
        self.poller = Poller(self._bot, Intake(self._bot, self.store, received=self._inbox.set), alarms)
        self.digests = Deliveries(self.settings, self.store, alarms, said=self.sender.wake)
        self.desk = build_desk(self.store, self.host, self.settings, self.digests.wake)
        self.worker = Worker(self.store, self.host, read, alarms, pilot=self.settings.pilot, desk=self.desk)
        running = [self.poller.run(), self._work()] + ([self.sender.run()] if self._sending else [])
        self._tasks = [asyncio.create_task(one) for one in running]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._bot.shutdown()
        self._stack.close()
        for result in results:
            if isinstance(result, Exception) and kind is None:
                raise result

    async def _work(self) -> None:
        while True:
            self._inbox.clear()
            while self.worker.step():
                self.sender.wake()
                await asyncio.sleep(0)
            self._changed.set()
            await self._inbox.wait()

    def _settled(self) -> None:
        self._inbox.set()
        self._changed.set()

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of the bot's database."""
        return self.store.rows(sql, *values)

    def idle(self) -> bool:
        """Whether everything was received, handled and sent."""
        waiting = "SELECT (SELECT count(*) FROM {}) + (SELECT count(*) FROM {})".format(
            "inbox WHERE done_at IS NULL", "outbox WHERE done_at IS NULL"
        )
        return self.server.pending == 0 and self.store.value(waiting) == 0

    async def settled(self, deadline_s: float = 60.0) -> None:
        """Wait until the bot is idle. Raises TimeoutError."""
        await self.server.until(lambda: self.server.pending == 0, deadline_s)
        async with asyncio.timeout(deadline_s):
            while not self.idle():
                self._changed.clear()
                await self._changed.wait()

    async def until(self, condition: Callable[[], bool], deadline_s: float = 20.0) -> None:
        """Wait until `condition` holds; it is asked whenever something was handled or sent. Raises TimeoutError."""
        async with asyncio.timeout(deadline_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def press(self, chat_id: int, option: str) -> None:
        """Press a button of the newest message that has buttons, and wait for the bot."""
        shown = next(one for one in reversed(self.server.screens[chat_id]) if one.buttons)
        self.server.press(chat_id, shown.message_id, shown.button(option))
        await self.settled()

    async def say(self, chat_id: int, *texts: str) -> list[int]:
        """Write messages, and wait for the bot; their ids."""
        ids = [self.server.say(chat_id, text) for text in texts]
        await self.settled()
        return ids

    async def to_first_question(self, chat_id: int, profile: Iterable[tuple[str, str]] = PROFILE) -> None:
        """/start and the whole profile, by buttons."""
        await self.say(chat_id, "/start")
        for step, option in profile:
            assert self.server.last(chat_id).step == step
            await self.press(chat_id, option)
        assert self.server.last(chat_id).step == "q1"

    async def hire(self, chat_id: int, role: str, scope: str = members.EVERYWHERE, language: str = "ru") -> None:
        """A person becomes a member of staff by an invitation."""
        now = datetime.now(UTC)
        with self.store.atomic():
            token = members.invite(self.store, role, scope, now + timedelta(days=7), now, by=None)
        await self.say(chat_id, f"/start {token}", f"/language {language}")

    def answers(self, chat_id: int) -> dict[int, str]:
        """Question -> text as it stands, of one chat."""
        found = self.rows(
            "SELECT question, group_concat(text, char(10)) AS text FROM (SELECT question, messages.text AS text "
            "FROM messages JOIN answers USING (answer_id) JOIN chats USING (chat_key) WHERE chat_id = ? "
            "ORDER BY message_id) GROUP BY question",
            chat_id,
        )
        return {row["question"]: row["text"] for row in found}

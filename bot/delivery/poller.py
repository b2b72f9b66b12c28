"""Receives: getUpdates -> inbox row, on disk -> only then the offset moves.

Telegram deletes an update when a call with a greater offset arrives. So the offset lives in memory only, starts from 0
and moves after the commit: whatever happens before it, the update comes again, and the key of the inbox drops the
copy. The answer is taken as raw JSON, for one update that the library cannot parse must not stop the batch. Every
exception, a full disk too, backs off and goes on. Negative offsets and `drop_pending_updates=True` are never used.

Updates of groups are not stored at all: the bot leaves, and what was written there is nobody's answer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from telegram import Bot
from telegram.error import Conflict, RetryAfter, TelegramError

from bot.channels.telegram import ALLOWED_UPDATES, calm_library, chat_of, present_in, seconds_of
from bot.delivery.alarms import Alarms
from bot.store import delivery
from bot.store.database import Store

# How long Telegram holds a call open when there is nothing, and how much longer the client waits for it, seconds.
LONG_POLL_S = 25
MARGIN_S = 10
LIMIT = 100
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

log = structlog.get_logger(__name__)


class Poller:
    """The one caller of getUpdates. `received` is called after every commit that brought something new."""

    def __init__(self, bot: Bot, store: Store, alarms: Alarms, received: Callable[[], None] = lambda: None) -> None:
        self._bot = bot
        self._store = store
        self._alarms = alarms
        self._received = received
        self._offset = 0
        self._failures = 0
        self._leaving: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Receive until cancelled."""
        calm_library()
        while True:
            try:
                await self.step()
                self._failures = 0
            except Exception as error:
                await self._back_off(error)

    async def step(self) -> int:
        """One call and one transaction; number of updates that were new. Raises what the call or the disk raise."""
        answer = await self._bot.do_api_request(
            "getUpdates",
            {"offset": self._offset, "timeout": LONG_POLL_S, "limit": LIMIT, "allowed_updates": ALLOWED_UPDATES},
            read_timeout=LONG_POLL_S + MARGIN_S,
        )
        if not isinstance(answer, list):
            raise TypeError("getUpdates did not answer with a list")
        numbered = [update for update in answer if isinstance(update, dict) and type(update.get("update_id")) is int]
        new = self._keep(numbered) if numbered else 0
        self._offset = max((update["update_id"] + 1 for update in numbered), default=self._offset)
        if len(numbered) < len(answer):
            raise ValueError("an update without a number")
        return new

    def _keep(self, updates: Sequence[Mapping[str, Any]]) -> int:
        rows = []
        for update in updates:
            chat_id, private = chat_of(update) or (None, True)
            if private:
                rows.append(delivery.Received(update["update_id"], chat_id, json.dumps(update, ensure_ascii=True)))
            elif chat_id is not None and present_in(update):
                self._leave(chat_id)
        with self._store.atomic():
            new = delivery.receive(self._store, rows, datetime.now(UTC))
        if new:
            self._received()
        return new

    def _leave(self, chat_id: int) -> None:
        task = asyncio.create_task(self._leave_quietly(chat_id))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _leave_quietly(self, chat_id: int) -> None:
        try:
            await self._bot.leave_chat(chat_id)
            log.info("left a group")
        except TelegramError as error:
            log.warning("could not leave a group", error=type(error).__name__)

    async def _back_off(self, error: Exception) -> None:
        pause = BACKOFF_S[min(self._failures, len(BACKOFF_S) - 1)]
        if isinstance(error, RetryAfter):
            pause = max(pause, seconds_of(error))
        self._failures += 1
        # Only the kind: the text of an error may hold what people wrote, or the address with the token.
        log.warning("receiving failed", error=type(error).__name__, again_in_s=pause)
        if isinstance(error, Conflict):
            self._alarms.raise_alarm("second_poller")
        elif not isinstance(error, TelegramError):
            self._alarms.raise_alarm("receiving_failed")
        await asyncio.sleep(pause)

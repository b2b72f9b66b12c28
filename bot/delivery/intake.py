"""Keeps what Telegram hands over, whichever way it came: one transaction a batch, committed before it is acknowledged.

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
from telegram.error import TelegramError

from bot.channels.telegram import chat_of, present_in
from bot.store import delivery
from bot.store.database import Store

log = structlog.get_logger(__name__)


def numbered(update: object) -> bool:
    """Whether this is an update with a number, which is all that is asked of one before it is kept."""
    return isinstance(update, dict) and type(update.get("update_id")) is int


class Intake:
    """The way into the inbox. `received` is called after every commit that brought something new."""

    def __init__(self, bot: Bot, store: Store, received: Callable[[], None] = lambda: None) -> None:
        self._bot = bot
        self._store = store
        self._received = received
        self._leaving: set[asyncio.Task[None]] = set()

    def keep(self, updates: Sequence[Mapping[str, Any]]) -> int:
        """Keep `numbered` updates; how many were new. Raises what the disk raises, and then none is kept."""
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

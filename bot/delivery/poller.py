"""Receives: getUpdates -> inbox row, on disk -> only then the offset moves.

Telegram deletes an update when a call with a greater offset arrives. So the offset lives in memory only, starts from 0
and moves after the commit: whatever happens before it, the update comes again, and the key of the inbox drops the
copy. The answer is taken as raw JSON, for one update that the library cannot parse must not stop the batch. Every
exception, a full disk too, backs off and goes on. Negative offsets and `drop_pending_updates=True` are never used.
"""

from __future__ import annotations

import asyncio

import structlog
from telegram import Bot
from telegram.error import Conflict, RetryAfter, TelegramError

from bot.channels.telegram import ALLOWED_UPDATES, calm_library, seconds_of
from bot.delivery.alarms import Alarms
from bot.delivery.intake import Intake, numbered

# How long Telegram holds a call open when there is nothing, and how much longer the client waits for it, seconds.
LONG_POLL_S = 25
MARGIN_S = 10
LIMIT = 100
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

log = structlog.get_logger(__name__)


class Poller:
    """The one caller of getUpdates."""

    def __init__(self, bot: Bot, intake: Intake, alarms: Alarms) -> None:
        self._bot = bot
        self._intake = intake
        self._alarms = alarms
        self._offset = 0
        self._failures = 0

    async def settle(self) -> None:
        """Tell Telegram that updates are fetched: a webhook that is set would keep them from us. None is dropped."""
        await self._bot.delete_webhook(drop_pending_updates=False)

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
        updates = [update for update in answer if numbered(update)]
        new = self._intake.keep(updates) if updates else 0
        self._offset = max((update["update_id"] + 1 for update in updates), default=self._offset)
        if len(updates) < len(answer):
            raise ValueError("an update without a number")
        return new

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

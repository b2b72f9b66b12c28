"""Sends: outbox -> Telegram, the oldest row of each chat first, a few chats at a time.

The Bot API has no key that would make a repeated sending harmless, so the intent is on disk before the call and the
result after it. A call whose outcome is unknown is made again: a question may appear twice, it is never missing. A
confirmed prompt becomes a mark, which the binding rule lives on.

What Telegram answers decides: wait as told (429), the person has blocked the bot (403), it cannot be shown (400: once
more as plain text, then set aside), anything else is the network's fault and is tried again.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.channels import message as messages
from bot.channels.telegram import calm_library, plain, seconds_of, show
from bot.delivery.alarms import Alarms
from bot.delivery.rate import Rate
from bot.store import delivery, members, people
from bot.store.database import Store

# More sends at once are slower: they wait for each other in the client.
PARALLEL = 4
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
# How often the outbox is looked at when nobody says that there is something, for rows whose time has come, seconds.
IDLE_S = 0.25
# What makes no message on the screen: outside the rate limit, and not worth an alarm when it comes too late.
QUIET = frozenset({"toast", "redraw", "typing"})

log = structlog.get_logger(__name__)


class Sender:
    """The one that calls sending methods. `settled` is called when the outcome of a sending is known."""

    def __init__(
        self, bot: Bot, store: Store, alarms: Alarms, rate: float, settled: Callable[[], None] = lambda: None
    ) -> None:
        self._bot = bot
        self._store = store
        self._alarms = alarms
        self._rate = Rate(rate)
        self._settled = settled
        self._wake = asyncio.Event()
        self._sending: dict[int, asyncio.Task[None]] = {}
        self._outcomes: dict[int, Callable[[], object]] = {}

    def wake(self) -> None:
        """Say that the outbox has something new."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled; calls under way are then given the time to end."""
        calm_library()
        try:
            while True:
                try:
                    self.begin()
                except sqlite3.Error as error:
                    log.error("outbox cannot be read or written", error=type(error).__name__)
                    self._alarms.raise_alarm("sending_failed")
                    await asyncio.sleep(BACKOFF_S[2])
                await self._rest()
        finally:
            await asyncio.gather(*self._sending.values(), return_exceptions=True)
            self._keep_last()

    def begin(self) -> Collection[asyncio.Task[None]]:
        """Keep the outcomes of the sendings that have ended and begin those whose turn it is, in one transaction; all
        that are under way now. Raises what the disk raises; then the outcomes are kept the next time."""
        ended = list(self._outcomes)
        under_way = self._sending.keys() - ended
        with self._store.atomic():
            for chat_key in ended:
                self._outcomes[chat_key]()
            free = PARALLEL - len(under_way)
            rows = delivery.sendable(self._store, datetime.now(UTC), free, under_way) if free > 0 else []
            for row in rows:
                delivery.begin_send(self._store, row.outbox_id)
        for chat_key in ended:
            del self._outcomes[chat_key], self._sending[chat_key]
        for row in rows:
            self._sending[row.chat_key] = asyncio.create_task(self._send(row))
        if ended:
            self._settled()
        return self._sending.values()

    def _keep_last(self) -> None:
        """Keep the outcomes that are left. What cannot be kept counts as doubtful and is sent again."""
        try:
            with self._store.atomic():
                for outcome in self._outcomes.values():
                    outcome()
        except sqlite3.Error as error:
            log.error("outcome of a sending not kept", error=type(error).__name__)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(IDLE_S):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _send(self, row: delivery.OutboxRow) -> None:
        """Make the call; its outcome is kept by the next `begin`, together with those that end meanwhile."""
        try:
            message_id = await self._call(row)
        except Exception as error:
            self._outcomes[row.chat_key] = partial(self._note_failure, row, error)
        else:
            self._outcomes[row.chat_key] = partial(delivery.sent, self._store, row, message_id, datetime.now(UTC))
        self._wake.set()

    async def _call(self, row: delivery.OutboxRow) -> int | None:
        message = messages.from_json(row.message)
        if message.kind not in QUIET:
            await self._rate.wait()
        try:
            return await show(self._bot, row.chat_id, message)
        except BadRequest as error:
            if message.kind in QUIET:
                # Too old to answer, nothing to change, or gone from the screen: there is nothing left to show.
                log.info("not shown", kind=message.kind)
                return None
            bare = plain(message)
            if bare is None:
                raise
            log.warning("refused, sent as plain text", error=type(error).__name__)
            return await show(self._bot, row.chat_id, bare)

    def _note_failure(self, row: delivery.OutboxRow, error: Exception) -> None:
        log.warning("not sent", error=type(error).__name__)
        now = datetime.now(UTC)
        with self._store.atomic():
            match error:
                case RetryAfter():
                    wait = min(timedelta(seconds=seconds_of(error)), delivery.LONGEST_WAIT)
                    delivery.put_off(self._store, row, now + wait, certain=True)
                case Forbidden():
                    people.set_blocked(self._store, row.chat_key)
                    self._keep_for_staff(row, now)
                case TelegramError() if not isinstance(error, (BadRequest, ChatMigrated)):
                    pause = timedelta(seconds=BACKOFF_S[min(row.tries, len(BACKOFF_S) - 1)])
                    delivery.put_off(self._store, row, now + pause, certain=isinstance(error, InvalidToken))
                case _:
                    delivery.dead(self._store, row.outbox_id, type(error).__name__, now)
                    self._alarms.raise_alarm("message_refused")

    def _keep_for_staff(self, row: delivery.OutboxRow, now: datetime) -> None:
        """What a member of staff was to read waits until they let the bot in again; a prompt would be stale by then."""
        if row.step is not None or members.member_of(self._store, row.chat_key) is None:
            delivery.dead(self._store, row.outbox_id, "blocked", now)
        else:
            log.info("kept for a member who has blocked the bot")
            delivery.put_off(self._store, row, now, certain=True)

"""Digests on their way: what is due is composed in a thread, then queued once, in one commit with the note that it was.

Text, picture and sheet are three messages under three causes, so one that fails repeats none of the others; each
carries the week. Composing reads through a connection of its own and keeps nobody waiting. What cannot be read now
(the disk) is tried again in a minute; what cannot be composed at all is said in one line and raises an alarm.
"""

from __future__ import annotations

import asyncio
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import structlog

from bot.channels.message import Button, Message
from bot.channels.texts import Texts, texts_for
from bot.delivery.alarms import Alarms
from bot.delivery.saying import say
from bot.digest import command
from bot.digest.words import week_title
from bot.errors import StoreError
from bot.settings import Settings
from bot.store import deliveries
from bot.store.database import Store
from bot.store.deliveries import Order

EVERY_S = 60.0

log = structlog.get_logger(__name__)


class Deliveries:
    """The one that composes digests in the running bot. `said` is called when something was put into the outbox."""

    def __init__(
        self, settings: Settings, store: Store, alarms: Alarms, said: Callable[[], None] = lambda: None
    ) -> None:
        self._settings = settings
        self._store = store
        self._alarms = alarms
        self._said = said
        self._asked = asyncio.Event()

    def wake(self) -> None:
        """Say that somebody has asked for a digest."""
        self._asked.set()

    async def run(self) -> None:
        """Deliver what is due, at start, every minute and when asked, until cancelled."""
        while True:
            self._asked.clear()
            try:
                await self.step(datetime.now(UTC))
            except (sqlite3.Error, StoreError) as error:
                log.error("digests wait", error=type(error).__name__)
            try:
                async with asyncio.timeout(EVERY_S):
                    await self._asked.wait()
            except TimeoutError:
                pass

    async def step(self, now: datetime) -> int:
        """Compose and queue what is due at `now`; how many. Raises what the disk raises: the others wait with it."""
        queued = 0
        for order in deliveries.due(self._store, now):
            messages = await self._composed(order)
            with self._store.atomic():
                if not deliveries.claim(self._store, order, now):
                    continue
                for part, message in messages.items():
                    say(self._store, order.member.chat_key, [message], f"{order.cause}:{part}", now)
            queued += 1
            self._said()
        return queued

    async def _composed(self, order: Order) -> Mapping[str, Message]:
        try:
            return await asyncio.to_thread(compose, self._settings, order)
        except (sqlite3.Error, StoreError):
            raise
        except Exception as error:
            log.error("digest not composed", week=order.week, error=type(error).__name__)
            self._alarms.raise_alarm("digest_failed")
            t = texts_for(order.member.language)
            failed = t.gettext("The digest of week {week} could not be made; the administrator knows.", week=order.week)
            return {"text": Message("text", failed)}


def compose(settings: Settings, order: Order) -> dict[str, Message]:
    """The parts of a digest by name: text; picture and sheet where there is something to show."""
    language = order.member.language
    report = command.report_of(
        settings, order.week, order.scope, "conditions" if order.lens == "conditions" else "barriers"
    )
    t = texts_for(language)
    title, name = week_title(order.week, t), f"kedergi-{order.week}-{order.scope}"
    buttons = ((_other_lens(order, t),),) if report.digest.people else ()
    parts = {"text": Message("text", command.digest_text(report, language), buttons)}
    if drawn := command.picture(report, language):
        parts["picture"] = Message("photo", title, file_name=f"{name}.png", content=b64encode(drawn).decode())
    if report.digest.people:
        sheet = b64encode(command.sheet(report, language)).decode()
        parts["sheet"] = Message("document", title, file_name=f"{name}.xlsx", content=sheet)
    return parts


def _other_lens(order: Order, t: Texts) -> Button:
    """The way to the same week and scope through the other lens."""
    if order.lens == "conditions":
        return Button(t.gettext("The five barriers"), f"digest:{order.week} {order.scope} barriers")
    return Button(t.gettext("The seven conditions"), f"digest:{order.week} {order.scope} conditions")

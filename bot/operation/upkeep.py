"""What the bot does for itself: at night it forgets on time, then backs up; every minute it looks at its health.

Each is found due from the database and the files, so what fell due while the bot was down is made up for at the start.
What takes long runs in a thread with a connection of its own; a failure is logged, raises an alarm and is tried again.
"""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta

import structlog

from bot.delivery.alarms import Alarms
from bot.delivery.clock import Clock
from bot.errors import StoreError
from bot.operation import backups
from bot.operation.health import Health, alarms_of, look
from bot.settings import Settings
from bot.store import erasure
from bot.store.database import Store
from bot.store.retention import Periods, forget

EVERY_S = 60.0
# How often a state that lasts is told, and how long a failed backup waits for its next try.
REMIND = timedelta(days=1)
RETRY = timedelta(hours=1)

log = structlog.get_logger(__name__)


def periods_of(settings: Settings) -> Periods:
    """How long things are kept, as the settings say."""
    return Periods(
        unanswered=timedelta(days=settings.keep_unanswered_days),
        dead_letters=timedelta(days=settings.keep_dead_letters_days),
        link=timedelta(days=settings.keep_link_days),
        round=settings.round,
        round_ends=settings.round_end_time,
    )


class Upkeep:
    """The upkeep of one store. `health` is the newest look, None before the first."""

    def __init__(self, settings: Settings, store: Store, alarms: Alarms, clock: Clock) -> None:
        self.health: Health | None = None
        self._settings = settings
        self._store = store
        self._alarms = alarms
        self._clock = clock
        self._forgot_at: datetime | None = None
        self._scrub_due = False
        self._no_backup_before: datetime | None = None

    async def run(self) -> None:
        """Keep up until cancelled."""
        while True:
            await self.step(datetime.now(UTC))
            await asyncio.sleep(EVERY_S)

    async def step(self, now: datetime) -> None:
        """Do what is due at `now`."""
        for part in (self._forget, self._back_up, self._look):
            try:
                await part(now)
            except (sqlite3.Error, StoreError, OSError) as error:
                log.error("upkeep failed", part=part.__name__.strip("_"), error=type(error).__name__)

    async def _forget(self, now: datetime) -> None:
        if backups.is_due(self._forgot_at, now):
            with self._store.atomic():
                forgotten = forget(self._store, periods_of(self._settings), now)
            self._forgot_at = now
            if forgotten:
                log.info("forgotten", dead=forgotten.dead_letters, chats=forgotten.unanswered, links=forgotten.links)
                self._scrub_due = True
        if self._scrub_due:
            erasure.scrub(self._store)
            self._scrub_due = False

    async def _back_up(self, now: datetime) -> None:
        folder, keep = backups.folder_of(self._settings), self._settings.backup_kept
        backups.prune(folder, keep, now)
        tried = self._no_backup_before is not None and now < self._no_backup_before
        if tried or not self._settings.backups or not backups.is_due(backups.newest(folder, now), now):
            return
        try:
            await asyncio.to_thread(backups.make, self._settings.home, folder, keep, now)
        except StoreError as error:
            log.error("backup failed", reason=str(error))
            self._alarms.raise_alarm("backup_failed")
            self._no_backup_before = now + RETRY
        else:
            log.info("backed up")

    async def _look(self, now: datetime) -> None:
        self.health = await asyncio.to_thread(look, self._settings, now)
        for name in alarms_of(self.health, self._settings):
            self._alarms.raise_alarm(name, REMIND)
        if self._clock.wrong:
            self._alarms.raise_alarm("clock_wrong", REMIND)

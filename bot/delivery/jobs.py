"""What happens without an update: reminders, member checks, finishing what was left open, forgetting, and
keeping the tallies of the digest fresh.

Each is looked for in the database, at start and then every minute, so nothing that fell due while the bot was down is
missed; each is queued in one transaction with the note that it was, so nothing is queued twice.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache

import holidays
import structlog

from bot.delivery.host import Cause, Host
from bot.interview.events import Coded, Reminded
from bot.interview.reminders import due_hours
from bot.store import codings, delivery, interviews, members, people, tallies
from bot.store.database import Store

EVERY_S = 60.0
# After this silence an answer that was written but never closed is finished as it stands.
IDLE = timedelta(hours=24)
# After this silence a chat that never came to an interview is forgotten.
PASSING = timedelta(days=30)

# Interviews, a fraction of a second; what is left over waits for the next minute.
TALLIED_AT_ONCE = 200

log = structlog.get_logger(__name__)


class Jobs:
    """The jobs of one store. `said` is called when something was put into the outbox."""

    def __init__(self, store: Store, host: Host, round_: str, said: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._host = host
        self._round = round_
        self._said = said

    async def run(self) -> None:
        """Look for due jobs until cancelled."""
        while True:
            try:
                self.step(datetime.now(UTC))
            except sqlite3.Error as error:
                log.error("jobs failed", error=type(error).__name__)
            await asyncio.sleep(EVERY_S)

    def step(self, now: datetime) -> None:
        """Do what is due at `now`."""
        self.send_reminders(now)
        self.send_checks(now)
        with self._store.atomic():
            interviews.finish_idle(self._store, now - IDLE, now)
            delivery.purge(self._store, now)
            people.forget_passers_by(self._store, now - PASSING)
            people.sweep_chats(self._store)
            tallies.refresh(self._store, TALLIED_AT_ONCE)
            members.purge(self._store, now)

    def send_reminders(self, now: datetime) -> None:
        """Queue the reminders that are due."""
        for silent in people.silent_chats(self._store, self._round):
            hours = due_hours(silent.last_activity, silent.sent, now, is_holiday)
            if hours is not None:
                with self._store.atomic():
                    cause = Cause(f"reminder:{silent.interview_id}:{hours}")
                    self._host.handle(silent.chat_key, [Reminded(now, hours)], cause)
                    people.mark_reminded(self._store, silent.interview_id, hours, now)
                self._said()

    def send_checks(self, now: datetime | None = None) -> None:
        """Queue the member checks of interviews whose answers are all coded now."""
        at = now or datetime.now(UTC)
        for chat_key, interview_id in codings.checks_due(self._store):
            with self._store.atomic():
                categories = tuple(codings.model_categories(self._store, interview_id))
                event = Coded(at, categories, self._host.codebook.category_ids)
                self._host.handle(chat_key, [event], Cause(f"check:{interview_id}"))
                codings.mark_check_sent(self._store, interview_id, at)
            self._said()


def is_holiday(day: date) -> bool:
    """Whether `day` is a public holiday in Kazakhstan."""
    return day in _holidays()


@cache
def _holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("KZ")

"""Alarms: what a person has to look at. Each kind is logged every time and told to the administrator now and then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

QUIET = timedelta(hours=1)

log = structlog.get_logger(__name__)


class Alarms:
    """Raises alarms. `tell` gets the name of an alarm and brings it to a person; it must not raise.

    `raised` counts them by name.
    """

    def __init__(self, tell: Callable[[str], None] = lambda _: None) -> None:
        self.raised: Counter[str] = Counter()
        self._tell = tell
        self._told: dict[str, datetime] = {}

    def raise_alarm(self, name: str, quiet: timedelta = QUIET) -> None:
        """Log the alarm, and tell it unless it was told less than `quiet` ago."""
        log.error("alarm", alarm=name)
        self.raised[name] += 1
        now = datetime.now(UTC)
        if now - self._told.get(name, now - quiet) >= quiet:
            self._told[name] = now
            self._tell(name)

"""Alarms: what a person has to look at. Each kind is logged every time and told to the administrator once an hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

QUIET = timedelta(hours=1)

log = structlog.get_logger(__name__)


class Alarms:
    """Raises alarms. `tell` gets the name of an alarm and brings it to a person; it must not raise."""

    def __init__(self, tell: Callable[[str], None] = lambda _: None) -> None:
        self._tell = tell
        self._told: dict[str, datetime] = {}

    def raise_alarm(self, name: str) -> None:
        """Log the alarm, and tell it unless it was told less than an hour ago."""
        log.error("alarm", alarm=name)
        now = datetime.now(UTC)
        if now - self._told.get(name, now - QUIET) >= QUIET:
            self._told[name] = now
            self._tell(name)

"""When to remind a respondent who has not finished: after 24 and 72 hours of silence, by day, never on a holiday."""

from __future__ import annotations

from collections.abc import Callable, Set
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ALMATY = ZoneInfo("Asia/Almaty")
HOURS = (24, 72)
# From 9:00 up to, not including, 20:00.
DAY_BEGINS, DAY_ENDS = 9, 20


def due_hours(last_activity: datetime, sent: Set[int], now: datetime, is_holiday: Callable[[date], bool]) -> int | None:
    """The reminder (24 or 72) that is due at `now`, or None. One that is overdue gives way to a later one."""
    local = now.astimezone(ALMATY)
    if not DAY_BEGINS <= local.hour < DAY_ENDS or is_holiday(local.date()):
        return None
    passed = [hours for hours in HOURS if now - last_activity >= timedelta(hours=hours)]
    return passed[-1] if passed and passed[-1] > max(sent, default=0) else None

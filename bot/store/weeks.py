"""Weeks as the digest has them: ISO weeks in Almaty time, written 2026-W47."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone

from bot.errors import SettingsError

# Kazakhstan has one time and no summer time since March 2024; a fixed offset gives past weeks the same borders.
ALMATY = timezone(timedelta(hours=5), "Asia/Almaty")


def week_bounds(week: str) -> tuple[datetime, datetime]:
    """First moment of an ISO week in Almaty, and of the week after. Raises SettingsError for anything else."""
    found = re.fullmatch(r"(\d{4})-W(\d{2})", week)
    try:
        if found is None:
            raise ValueError
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return _midnight(monday), _midnight(monday + timedelta(days=7))
    except (ValueError, OverflowError):
        raise SettingsError(f"--week {week}: allowed is an ISO week such as 2026-W47") from None


def week_of(moment: datetime) -> str:
    """The ISO week in Almaty that an aware time is in."""
    year, week, _ = moment.astimezone(ALMATY).isocalendar()
    return f"{year}-W{week:02}"


def weeks_until(week: str, number: int) -> list[str]:
    """`number` weeks, the last of which is `week`, oldest first."""
    begin, _ = week_bounds(week)
    return [week_of(begin - timedelta(weeks=back)) for back in reversed(range(number))]


def last_complete_week(now: datetime) -> str:
    """The ISO week in Almaty before the one that `now` is in."""
    return week_of(now - timedelta(days=7))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ALMATY)

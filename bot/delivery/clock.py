"""How far the clock of this machine is from Telegram's: every answer of the Bot API says what time it is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

# Times have seconds and travel for a while; what is further off than this is wrong.
TOLERANCE = timedelta(minutes=2)


class Clock:
    """Hears the time in answers. `ahead`: how far our clock was ahead of Telegram's at the last one, None before it."""

    def __init__(self) -> None:
        self.ahead: timedelta | None = None

    @property
    def wrong(self) -> bool:
        """Whether our clock is known to be wrong."""
        return self.ahead is not None and abs(self.ahead) > TOLERANCE

    async def hear(self, answer: httpx.Response) -> None:
        """Take the time from an answer's header; one without it, or with nonsense, says nothing."""
        try:
            there = parsedate_to_datetime(answer.headers["Date"])
        except (KeyError, ValueError):
            return
        self.ahead = datetime.now(UTC) - there.replace(tzinfo=UTC)

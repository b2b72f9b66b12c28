"""A rate limit for sending: an even pace with a small burst, as the Bot API asks for."""

from __future__ import annotations

import asyncio
import time

# How many messages may go out at once after a quiet time.
BURST = 5.0


class Rate:
    """At most `per_second` messages a second over time; 0 means no limit."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._free_at = 0.0

    async def wait(self) -> None:
        """Return when the next message may go out."""
        if self._per_second == 0:
            return
        now = time.monotonic()
        step = 1 / self._per_second
        self._free_at = max(self._free_at, now - BURST * step) + step
        if self._free_at > now:
            await asyncio.sleep(self._free_at - now)

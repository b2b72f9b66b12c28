"""How sure a share is, and a change between two weeks: score intervals, which hold for small groups too. Pure.

Wilson's interval for one proportion and Newcombe's (1998, Statistics in Medicine 17, method 10) for the difference of
two independent ones, which is built from Wilson's limits. Both stay within what is possible, however few respondents.

Left out: that most respondents of two weeks are different people is assumed, not checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, sqrt

Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval of a share, or of the difference of two."""

    low: float
    high: float

    @property
    def holds_zero(self) -> bool:
        """Whether no change at all is among what the interval allows."""
        return self.low <= 0 <= self.high


def wilson(hits: int, total: int) -> Interval:
    """The interval of the share `hits` / `total`; everything from 0 to 1 where there is nobody."""
    if total == 0:
        return Interval(0.0, 1.0)
    share, square = hits / total, Z_95**2
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = Z_95 / (1 + square / total) * sqrt(share * (1 - share) / total + square / (4 * total**2))
    # At the ends rounding could leave the interval a hair outside its share.
    return Interval(min(max(middle - half, 0.0), share), max(min(middle + half, 1.0), share))


def newcombe(hits: int, total: int, hits_before: int, total_before: int) -> Interval:
    """The interval of the change from `hits_before` / `total_before` to `hits` / `total`."""
    if total == 0 or total_before == 0:
        return Interval(-1.0, 1.0)
    now, before = hits / total, hits_before / total_before
    own, other = wilson(hits, total), wilson(hits_before, total_before)
    return Interval(
        now - before - hypot(now - own.low, other.high - before),
        now - before + hypot(own.high - now, before - other.low),
    )

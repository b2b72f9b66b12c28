"""Which counts must not be shown so that nobody can find out about a group of fewer than five people. Pure.

A count of 1 to 4 is hidden. That alone protects nobody: a row of a table gives its one hidden cell away by
subtraction. So the next smallest cell of the row or column is hidden with it (complementary suppression, Willenborg and
de Waal 2001, Elements of Statistical Disclosure Control), and again, until no sum or difference of what is shown gives
away a small count. Whether it does is decided for all sums and differences at once: counts and the sums between them
are linear equations, and a hidden count is given away exactly if the equations have only one solution for it.

Counts that are never printed take part too: whoever reads that 9 of 10 respondents named a barrier knows that one did
not. Left out: guessing from bounds (a part cannot exceed its whole), and what readers know from elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Key = tuple[str, ...]
LEAST = 5
_PRIME = 2_147_483_629  # exact arithmetic on small whole numbers: a false answer would need a multiple of this


@dataclass(frozen=True, slots=True)
class Sum:
    """The count `whole` is the sum of the counts `parts`."""

    whole: Key
    parts: tuple[Key, ...]

    @property
    def members(self) -> tuple[Key, ...]:
        return (*self.parts, self.whole)


def hidden(
    counts: Mapping[Key, int], sums: Sequence[Sum], printed: Collection[Key], least: int = LEAST
) -> frozenset[Key]:
    """The part of `printed` that must be hidden. `counts` holds every count that a sum speaks of, printed or not."""
    hiding = {key for key in printed if 0 < counts[key] < least}
    while True:
        known = set(printed) - hiding
        more = _more(counts, sums, known, least)
        if not more:
            return frozenset(hiding)
        hiding |= more


def _more(counts: Mapping[Key, int], sums: Sequence[Sum], known: Collection[Key], least: int) -> set[Key]:
    """One more count to hide for each small one that `known` gives away, or that a sum leaves as a small rest."""
    follows = determined([key for key in counts if key not in known], sums)
    given = {key for key in follows if 0 < counts[key] < least}
    chosen: set[Key] = set()
    for one in sums:
        rest = [key for key in one.parts if key not in known]
        small_rest = one.whole in known and 0 < sum(counts[key] for key in rest) < least
        if small_rest or given.intersection(one.members):
            chosen |= _next(one, counts, known, chosen)
    if given and not chosen:
        # Nothing is left to hide beside them: they follow from others that follow. Hide what is nearest to those.
        near = [one for one in sums if follows.intersection(one.members)]
        for one in (*near, *sums):
            chosen = chosen or _next(one, counts, known, chosen)
    return chosen


def _next(one: Sum, counts: Mapping[Key, int], known: Collection[Key], chosen: set[Key]) -> set[Key]:
    """The count of a sum to hide first, if none of it is chosen yet: parts before the whole, people before nobody, few
    before many."""
    candidates = [key for key in one.members if key in known]
    if not candidates or chosen.intersection(candidates):
        return set()
    return {min(candidates, key=lambda key: (key == one.whole, counts[key] == 0, counts[key], repr(key)))}


def determined(open_keys: Sequence[Key], sums: Sequence[Sum]) -> set[Key]:
    """Those of `open_keys` that follow from the sums once every other count is known."""
    place = {key: at for at, key in enumerate(open_keys)}
    rows = []
    for one in sums:
        row = np.zeros(len(open_keys), dtype=np.int64)
        for key in one.parts:
            if key in place:
                row[place[key]] += 1
        if one.whole in place:
            row[place[one.whole]] -= 1
        if row.any():
            rows.append(row)
    if not rows:
        return set()
    reduced = _reduced(np.array(rows) % _PRIME)
    single = reduced[(reduced != 0).sum(axis=1) == 1]
    return {open_keys[int(at)] for at in single.argmax(axis=1)}


def _reduced(matrix: NDArray[np.int64]) -> NDArray[np.int64]:
    """Reduced row echelon form modulo a prime. A count is determined exactly if it stands alone in a row of it."""
    at = 0
    for column in range(matrix.shape[1]):
        below = np.flatnonzero(matrix[at:, column])
        if not len(below):
            continue
        pivot = at + int(below[0])
        matrix[[at, pivot]] = matrix[[pivot, at]]
        matrix[at] = matrix[at] * pow(int(matrix[at, column]), -1, _PRIME) % _PRIME
        others = np.flatnonzero(matrix[:, column])
        others = others[others != at]
        matrix[others] = (matrix[others] - matrix[others, column][:, None] * matrix[at]) % _PRIME
        at += 1
        if at == len(matrix):
            break
    return matrix[:at]

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

from collections import Counter
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
    # How often a count is the sum of others: cells are hidden before totals.
    wholes = Counter(one.whole for one in sums)
    while True:
        known = set(printed) - hiding
        more = _more(counts, sums, known, least, wholes)
        if not more:
            return frozenset(hiding)
        hiding |= more


def _more(
    counts: Mapping[Key, int], sums: Sequence[Sum], known: Collection[Key], least: int, wholes: Mapping[Key, int]
) -> set[Key]:
    """One more count to hide for each small one that `known` gives away, or that a sum leaves as a small rest."""

    def finest(candidates: Collection[Key]) -> Key:
        return min(candidates, key=lambda key: (wholes[key], counts[key] == 0, counts[key], repr(key)))

    chosen: set[Key] = set()
    for one in sums:
        rest = sum(counts[key] for key in one.parts if key not in known)
        candidates = [key for key in one.members if key in known]
        if one.whole in known and 0 < rest < least and not chosen.intersection(candidates):
            chosen.add(finest(candidates))
    for key, sources in followed([key for key in counts if key not in known], sums).items():
        if 0 < counts[key] < least and sources and not chosen.intersection(sources):
            chosen.add(finest(sources))
    return chosen


def determined(open_keys: Sequence[Key], sums: Sequence[Sum]) -> set[Key]:
    """Those of `open_keys` that follow from the sums once every other count is known."""
    return set(followed(open_keys, sums))


def followed(open_keys: Sequence[Key], sums: Sequence[Sum]) -> dict[Key, set[Key]]:
    """Each of `open_keys` that follows from the sums once every other count is known, and from which of those."""
    place = {key: at for at, key in enumerate(open_keys)}
    touched = [one for one in sums if any(key in place for key in one.members)]
    if not touched:
        return {}
    for one in touched:
        for key in one.members:
            place.setdefault(key, len(place))
    matrix = np.zeros((len(touched), len(place)), dtype=np.int64)
    for row, one in enumerate(touched):
        for key in one.parts:
            matrix[row, place[key]] += 1
        matrix[row, place[one.whole]] -= 1
    reduced = _reduced(matrix % _PRIME, len(open_keys))
    keys = list(place)
    alone = reduced[(reduced[:, : len(open_keys)] != 0).sum(axis=1) == 1]
    return {keys[row[0]]: {keys[at] for at in row[1:]} for row in (np.flatnonzero(line) for line in alone)}


def _reduced(matrix: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Reduced row echelon form, modulo a prime, of the first `width` columns; the others follow along. An open count is
    determined exactly if it stands alone among them in a row."""
    at = 0
    for column in range(width):
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

"""Small groups: no sum or difference of shown counts may give a hidden small count away."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.hiding import LEAST, Sum, hidden

CELLS = st.integers(0, 4).flatmap(lambda n: st.sampled_from([n, n, n + 5, n * 7]))


def table(rows: Sequence[Sequence[int]]) -> tuple[dict[Hashable, int], list[Sum]]:
    """A table with its margins: cells (row, column), row totals (row, "all"), column totals, and the whole."""
    counts: dict[Hashable, int] = {(r, c): cell for r, row in enumerate(rows) for c, cell in enumerate(row)}
    width = len(rows[0])
    sums = []
    for r, row in enumerate(rows):
        counts[r, "all"] = sum(row)
        sums.append(Sum((r, "all"), tuple((r, c) for c in range(width))))
    for c in range(width):
        counts["all", c] = sum(row[c] for row in rows)
        sums.append(Sum(("all", c), tuple((r, c) for r in range(len(rows)))))
    counts["all", "all"] = sum(map(sum, rows))
    sums.append(Sum(("all", "all"), tuple((r, "all") for r in range(len(rows)))))
    return counts, sums


def given_away(counts: Mapping[Hashable, int], sums: Iterable[Sum], known: Iterable[Hashable]) -> set[Hashable]:
    """By another method than the program's: a count is free if some direction of the null space moves it."""
    known = set(known)
    keys = [key for key in counts if key not in known]
    rows = [
        [float((key in one.parts) - (key == one.whole)) for key in keys]
        for one in sums
        if any(key in keys for key in one.members)
    ]
    if not rows or not keys:
        return set()
    _, strength, directions = np.linalg.svd(np.array(rows))
    rank = int((strength > 1e-9).sum())
    free = np.abs(directions[rank:]).sum(axis=0) if rank < len(keys) else np.zeros(len(keys))
    return {key for key, moves in zip(keys, free, strict=True) if moves < 1e-7}


class TestHidden:
    @given(
        st.integers(1, 4).flatmap(
            lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=5)
        )
    )
    def test_no_small_count_is_shown_or_follows(self, rows: list[list[int]]) -> None:
        counts, sums = table(rows)
        known = set(counts) - hidden(counts, sums, set(counts))
        assert not any(0 < counts[key] < LEAST for key in known)
        assert not any(0 < counts[key] < LEAST for key in given_away(counts, sums, known))
        for one in sums:
            rest = sum(counts[key] for key in one.parts if key not in known)
            assert one.whole not in known or not 0 < rest < LEAST

    @given(st.lists(st.integers(5, 40), min_size=1, max_size=6), st.integers(0, 60))
    def test_the_complement_of_a_share_counts_though_it_is_not_printed(self, named: list[int], more: int) -> None:
        everybody = max(named) + more
        counts: dict[Hashable, int] = {"all": everybody}
        sums = []
        for at, count in enumerate(named):
            counts |= {at: count, ("not", at): everybody - count}
            sums.append(Sum("all", (at, ("not", at))))
        printed = {"all", *range(len(named))}
        known = printed - hidden(counts, sums, printed)
        assert not any(0 < counts[key] < LEAST for key in given_away(counts, sums, known))
        if all(everybody - count not in range(1, LEAST) for count in named):
            assert known == printed

    def test_nothing_is_hidden_where_every_group_is_large_or_empty(self) -> None:
        counts, sums = table([[5, 0, 12], [7, 9, 0]])
        assert hidden(counts, sums, set(counts)) == frozenset()

    def test_the_next_smallest_of_the_row_goes_with_it(self) -> None:
        counts: dict[Hashable, int] = {"a": 3, "b": 6, "c": 9, "all": 18}
        assert hidden(counts, [Sum("all", ("a", "b", "c"))], set(counts)) == {"a", "b"}

    def test_the_number_is_a_setting(self) -> None:
        counts: dict[Hashable, int] = {"a": 3, "b": 6, "all": 9}
        sums = [Sum("all", ("a", "b"))]
        assert hidden(counts, sums, set(counts), least=3) == frozenset()
        assert "b" in hidden(counts, sums, set(counts), least=7)

"""Score intervals against a library and against published examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from bot.digest.intervals import newcombe, wilson

PARTS = st.integers(1, 400).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@given(PARTS)
def test_wilson_is_the_library_s(part: tuple[int, int]) -> None:
    expected = binomtest(*part).proportion_ci(0.95, method="wilson")
    found = wilson(*part)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize(
    ("new", "old", "low", "high"),
    [
        # Newcombe 1998, table II, method 10: 56/70 - 48/80, 9/10 - 3/10, 10/10 - 0/20.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0000),
    ],
)
def test_newcombe_gives_the_published_intervals(
    new: tuple[int, int], old: tuple[int, int], low: float, high: float
) -> None:
    found = newcombe(*new, *old)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


@given(PARTS, PARTS)
def test_a_change_and_its_opposite_mirror_each_other(new: tuple[int, int], old: tuple[int, int]) -> None:
    there, back = newcombe(*new, *old), newcombe(*old, *new)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    change = new[0] / new[1] - old[0] / old[1]
    assert there.low - 1e-9 <= change <= there.high + 1e-9


def test_nobody_says_nothing() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0, 1)
    assert newcombe(0, 0, 3, 5).holds_zero

"""Agreement against values worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.metrics.distance import masi_distance

from classifier.agreement import cohen_kappa, kappa_by_category, set_alpha
from classifier.codebook import load_codebook
from training.agreement import Double, agreement, alpha_interval, alpha_of

CODEBOOK = Path(__file__).parent.parent / "data" / "codebook.toml"


def test_kappa_of_the_textbook_table() -> None:
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed 0.7, expected 0.5, kappa 0.4."""
    first = [True] * 25 + [False] * 25
    second = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15
    assert cohen_kappa(first, second) == pytest.approx(0.4)


def test_kappa_of_perfect_chance_and_opposite_coders() -> None:
    assert cohen_kappa([1, 0, 1, 0], [1, 0, 1, 0]) == 1
    assert cohen_kappa([1, 1, 0, 0], [1, 0, 1, 0]) == 0
    assert cohen_kappa([1, 0], [0, 1]) == -1


def test_kappa_is_undefined_where_both_say_the_same_throughout() -> None:
    assert cohen_kappa([False] * 5, [False] * 5) is None


@pytest.mark.parametrize(("first", "second"), [([], []), ([1], [1, 0])])
def test_kappa_needs_pairs_of_decisions(first: list[int], second: list[int]) -> None:
    with pytest.raises(ValueError, match="equally many"):
        cohen_kappa(first, second)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1))
def test_kappa_does_not_depend_on_who_is_first(pairs: list[tuple[bool, bool]]) -> None:
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    assert cohen_kappa(first, second) == cohen_kappa(second, first)


def test_kappa_by_category_takes_each_category_by_itself() -> None:
    codebook = load_codebook(CODEBOOK)
    first = [{"funding"}, {"funding", "infrastructure"}, set(), {"infrastructure"}]
    second = [{"funding"}, {"funding"}, set(), {"infrastructure"}]
    kappas = kappa_by_category(codebook, first, second)
    assert tuple(kappas) == codebook.category_ids
    assert kappas["funding"] == 1
    assert kappas["infrastructure"] == pytest.approx(0.5)  # observed 3/4, expected 2/4 * 1/4 + 2/4 * 3/4 = 1/2
    assert kappas["social_perception"] is None


def test_alpha_over_sets_by_hand() -> None:
    """Two texts, {a} {a} and {b} {a, b}.

    MASI {b}, {a, b}: 1 - 1/2 * 2/3 = 2/3; {a}, {a, b} likewise 2/3; {a}, {b}: 1.
    Observed: one pair of two disagrees by 2/3, so 1/3. Expected, over the 6 pairs of 4 codings {a} {a} {b} {a, b}:
    (0 + 1 + 2/3 + 1 + 2/3 + 2/3) / 6 = 2/3. Alpha = 1 - (1/3) / (2/3) = 1/2.
    """
    codings = [("x", "1", {"a"}), ("y", "1", {"a"}), ("x", "2", {"b"}), ("y", "2", {"a", "b"})]
    assert set_alpha(codings) == pytest.approx(0.5)


def test_alpha_takes_no_category_for_a_value_of_its_own() -> None:
    agreed = [("x", "1", set()), ("y", "1", set()), ("x", "2", {"a"}), ("y", "2", {"a"})]
    assert set_alpha(agreed) == 1
    apart = [("x", "1", set()), ("y", "1", {"a"}), ("x", "2", {"a"}), ("y", "2", set())]
    assert set_alpha(apart) == pytest.approx(-0.5)  # observed 1; expected 4 of 6 pairs differ


def test_alpha_leaves_out_texts_with_one_coder() -> None:
    codings = [("x", "1", {"a"}), ("y", "1", {"a"}), ("x", "2", {"b"}), ("y", "2", {"a", "b"})]
    assert set_alpha([*codings, ("z", "3", {"c"})]) == pytest.approx(0.5)


def test_alpha_is_undefined_where_all_sets_are_the_same() -> None:
    assert set_alpha([("x", "1", {"a"}), ("y", "1", {"a"})]) is None


def test_alpha_needs_a_text_with_two_coders() -> None:
    with pytest.raises(ValueError, match="two coders"):
        set_alpha([("x", "1", {"a"}), ("y", "2", {"a"})])
    with pytest.raises(ValueError, match="x codes 1 twice"):
        set_alpha([("x", "1", {"a"}), ("x", "1", {"b"})])


SETS = [frozenset(one) for one in (["none"], ["a"], ["b"], ["a", "b"])]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30))
def test_alpha_counted_over_pairs_of_sets_is_the_same_alpha(pairs: list[tuple[int, int]]) -> None:
    counts = np.zeros((4, 4))
    for first, second in pairs:
        counts[first, second] += 1
    distance = np.array([[masi_distance(one, other) for other in SETS] for one in SETS])
    codings = [
        (coder, str(text), SETS[pair[side]]) for text, pair in enumerate(pairs) for side, coder in enumerate("xy")
    ]
    known = set_alpha(codings)
    counted = alpha_of(counts, distance)
    assert np.isnan(counted) if known is None else counted == pytest.approx(known)


def test_the_interval_of_alpha_holds_alpha_and_is_a_point_where_two_always_agree() -> None:
    def double(number: int, second: set[str]) -> Double:
        first = frozenset({"funding"} if number % 2 else set())
        return Double(str(number), "ru", f"r{number}", first, frozenset(second), False)

    same = [double(number, {"funding"} if number % 2 else set()) for number in range(40)]
    assert alpha_interval(same, 1) == [1.0, 1.0]
    often = [double(number, {"funding"} if number % 2 or number % 8 == 0 else set()) for number in range(40)]
    low, high = alpha_interval(often, 1)
    figure = agreement(often, load_codebook(CODEBOOK))["all"]["alpha"]
    assert low is not None
    assert high is not None
    assert low < figure < high < 1

"""What to code next: the properties that the order promises, whatever the answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from classifier.priority import HAND_PICKED, Candidate, Coded, Pick, order

NAMES = ("infrastructure", "funding", "social_perception")
SCORES = st.fixed_dictionaries({name: st.floats(0, 1) for name in NAMES})
COUNTS = st.fixed_dictionaries({name: st.integers(0, 300) for name in NAMES})
CODED = st.builds(
    Coded,
    st.integers(0, 400),
    COUNTS,
    st.dictionaries(st.sampled_from(["kk", "ru"]), st.integers(0, 300)),
)
# Nobody's turn to pick by hand, everything coded equally often.
EVEN = Coded(90, dict.fromkeys(NAMES, 30), {"kk": 45, "ru": 45})


@st.composite
def many(draw: st.DrawFn) -> list[Candidate]:
    """Answers with keys of their own."""
    parts = st.tuples(
        st.one_of(SCORES, st.just({})), st.sampled_from(["kk", "ru", None]), st.integers(1, 7), st.booleans()
    )
    rows = draw(st.lists(parts, max_size=40))
    return [Candidate(f"a{number}", *row) for number, row in enumerate(rows)]


def scored(key: str, lang: str | None = "ru", question: int = 4, **scores: float) -> Candidate:
    return Candidate(key, dict.fromkeys(NAMES, 0.0) | scores, lang, question)


def keys(picks: list[Pick]) -> list[str]:
    return [pick.key for pick in picks]


@given(many(), CODED)
def test_everything_is_named_once_and_a_shorter_list_is_the_beginning(ones: list[Candidate], coded: Coded) -> None:
    full = order(ones, coded)
    assert sorted(keys(full)) == sorted(one.key for one in ones)
    for limit in (0, 1, 5, 100):
        assert order(ones, coded, limit) == full[:limit]


@given(many(), CODED)
def test_values_are_numbers_that_can_be_compared(ones: list[Candidate], coded: Coded) -> None:
    for pick in order(ones, coded):
        assert 0 <= pick.value <= 16
        assert (pick.why == "unread") == (pick.category is None)


@given(st.floats(0, 1), st.floats(0, 1), CODED)
def test_of_two_alike_the_one_that_the_model_is_less_sure_of_comes_first(p: float, q: float, coded: Coded) -> None:
    # Apart in topic, so that spreading does not decide; both counts alike, so that rarity does not.
    pair = [scored("p", question=1, funding=p), scored("q", question=2, funding=q)]
    first = order(pair, replace(coded, answers=HAND_PICKED))[0].key
    if abs(abs(p - 0.5) - abs(q - 0.5)) > 1e-6:
        assert first == ("p" if abs(p - 0.5) < abs(q - 0.5) else "q")


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_rarer_category_comes_first(funding: int, social: int) -> None:
    pair = [scored("f", question=1, funding=0.5), scored("s", question=2, social_perception=0.5)]
    coded = replace(EVEN, categories={"funding": funding, "social_perception": social, "infrastructure": 50})
    first = order(pair, coded)[0].key
    # Beyond sixteen times rarer both weigh the most.
    if max(funding, social) > 1.2 * min(funding, social) + 3 and 50 / (min(funding, social) + 1) < 10:
        assert first == ("f" if funding < social else "s")


def test_a_rarer_language_comes_first() -> None:
    pair = [scored("ru", "ru", 1, funding=0.5), scored("kk", "kk", 2, funding=0.5)]
    assert keys(order(pair, replace(EVEN, languages={"ru": 80, "kk": 10}))) == ["kk", "ru"]
    assert keys(order(pair, replace(EVEN, languages={"ru": 10, "kk": 80}))) == ["ru", "kk"]


def test_what_its_respondent_has_confirmed_waits() -> None:
    said = replace(scored("said", question=1, funding=0.5), confirmed=True)
    assert keys(order([said, scored("open", question=2, funding=0.5)], EVEN)) == ["open", "said"]


@given(st.integers(2, 6), st.integers(1, 5))
def test_equal_answers_take_turns_by_topic(topics: int, each: int) -> None:
    ones = [
        scored(f"{question}.{n}", question=question, funding=0.5) for question in range(topics) for n in range(each)
    ]
    found = order(ones, EVEN)
    for start in range(0, len(found), topics):
        assert len({key.split(".")[0] for key in keys(found)[start : start + topics]}) == topics


def test_the_first_twenty_are_examples_of_each_category_in_turn_the_rarest_first() -> None:
    ones = [scored(f"i{n}", infrastructure=0.9 - n / 100) for n in range(30)]
    ones += [scored(f"f{n}", funding=0.9 - n / 100) for n in range(12)]
    ones += [scored(f"s{n}", social_perception=0.7 - n / 100) for n in range(4)]
    found = order(ones, Coded())
    assert keys(found)[:6] == ["s0", "f0", "i0", "s1", "f1", "i1"]
    assert Counter(pick.category for pick in found[:HAND_PICKED]) == {
        "social_perception": 4, "funding": 8, "infrastructure": 8,
    }  # fmt: skip
    assert {pick.why for pick in found[:HAND_PICKED]} == {"rare"}
    assert {pick.why for pick in found[HAND_PICKED:]} == {"unsure"}


def test_no_answer_is_an_example_of_what_it_hardly_carries() -> None:
    assert [pick.why for pick in order([scored("a", funding=0.1)], Coded())] == ["unsure"]


def test_what_was_picked_by_hand_before_counts() -> None:
    ones = [scored(f"f{n}", funding=0.9) for n in range(30)]
    whys = Counter(pick.why for pick in order(ones, replace(EVEN, answers=17)))
    assert whys == {"rare": 3, "unsure": 27}


def test_answers_that_no_model_has_read_are_in_the_order_too() -> None:
    found = order([Candidate("new", {}), scored("sure", funding=0.99)], EVEN)
    assert [(pick.key, pick.why) for pick in found] == [("new", "unread"), ("sure", "unsure")]
    assert order([], EVEN) == []

"""What pressed buttons make of a draft: nothing twice, no code without its categories, and back again as a coding."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.review.draft import Draft, complete, draft_of, drawn, from_json, offered_codes, pairs_of, press, to_json
from classifier.codebook import load_codebook
from tests.conftest import DATA

BOOK = load_codebook(DATA / "codebook.toml")
OPTIONS = st.sampled_from(
    ["codes", "categories", *(sign + name for sign in "+-" for name in (*BOOK.category_ids, *BOOK.code_ids))]
)


def after(*options: str, draft: Draft | None = None) -> Draft:
    draft = draft or Draft()
    for option in options:
        pressed = press(draft, option, BOOK)
        assert pressed is not None
        draft = pressed
    return draft


@given(st.lists(OPTIONS, max_size=15), OPTIONS)
def test_a_button_pressed_twice_does_what_it_does_once(options: list[str], last: str) -> None:
    once = after(*options, last)
    assert after(last, draft=once) == once


@given(st.lists(OPTIONS, max_size=15))
def test_no_code_stands_without_all_its_categories(options: list[str]) -> None:
    draft = after(*options)
    assert set(BOOK.categories_of(draft.codes)) <= set(draft.categories)
    assert set(draft.codes) <= set(offered_codes(draft, BOOK))
    assert draft.categories == BOOK.in_order(draft.categories)
    assert draft.categories or draft.page == "categories"


@given(st.lists(OPTIONS, max_size=15))
def test_a_draft_survives_as_a_coding_and_as_json(options: list[str]) -> None:
    draft = after(*options)
    assert from_json(to_json(draft)) == draft
    back = draft_of(pairs_of(draft, BOOK), BOOK)
    assert (back.categories, back.codes) == (draft.categories, draft.codes)


def test_a_code_of_two_categories_brings_both_and_goes_with_either() -> None:
    draft = after("+funding", "+unfunded_posts")
    assert draft.categories == ("human_resources", "funding")
    assert pairs_of(draft, BOOK) == [("human_resources", "unfunded_posts"), ("funding", "unfunded_posts")]
    assert after("-human_resources", draft=draft) == Draft(("funding",))


def test_a_category_without_a_fitting_code_stands_alone() -> None:
    draft = after("+funding", "+infrastructure", "+no_ramp")
    assert pairs_of(draft, BOOK) == [("infrastructure", "no_ramp"), ("funding", None)]
    assert not complete(draft, BOOK)
    assert complete(after("+no_budget", draft=draft), BOOK)
    assert not complete(Draft(), BOOK)


def test_there_are_no_other_buttons() -> None:
    for option in ("", "+", "-", "+elsewhere", "funding", "save", "+no_ramp "):
        assert press(Draft(), option, BOOK) is None


def test_a_coding_by_another_codebook_keeps_what_is_known() -> None:
    assert draft_of([("funding", "gone"), ("gone", None)], BOOK) == Draft(("funding",))
    assert draft_of(None, BOOK) == Draft()


@given(st.integers(1, 10**6), st.integers(1, 9))
def test_a_draw_depends_on_nothing_but_the_version_of_the_answer(answer: int, version: int) -> None:
    assert not drawn(answer, version, 0)
    assert drawn(answer, version, 1)
    assert drawn(answer, version, 0.3) <= drawn(answer, version, 0.5)


def test_about_the_wished_share_is_drawn() -> None:
    assert 170 < sum(drawn(answer, 1, 0.2) for answer in range(1000)) < 230

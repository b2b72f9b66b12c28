"""The public views against a recount in plain Python, on random histories, and rule by rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_world import (
    BOOK,
    CATEGORIES_OF,
    NOW,
    OPENING,
    code,
    fresh_store,
    later,
    model_codes,
    person,
    result,
    standing,
    undone,
    version_of,
    write,
)

from bot.store import codings, interviews
from bot.store.codings import Coding
from bot.store.database import Store


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as one:
        yield one


@pytest.fixture
def answer(store: Store) -> int:
    return write(store, person(store), 4, "нет пандуса и денег")


def test_a_code_of_two_categories_stands_in_two_rows_and_a_missing_code_is_null(store: Store, answer: int) -> None:
    model_codes(store, answer, ["infrastructure", "funding", "human_resources"], ["unfunded_posts"])
    rows = store.rows("SELECT category, descriptive_code, score, is_current FROM coded_units ORDER BY category")
    assert [tuple(row.values()) for row in rows] == [
        ("funding", "unfunded_posts", 0.9, 1),
        ("human_resources", "unfunded_posts", 0.9, 1),
        ("infrastructure", None, 0.9, 1),
    ]


def test_a_unit_without_a_barrier_has_one_row_and_people_have_no_score(store: Store, answer: int) -> None:
    model_codes(store, answer, [])
    code(store, answer, "aigul", ["funding"])
    code(store, answer, "respondent", [], "respondent")
    rows = store.rows("SELECT coder, coder_kind, category, descriptive_code, score FROM coded_units ORDER BY coder")
    assert [tuple(row.values()) for row in rows] == [
        ("aigul", "human", "funding", None, None),
        ("model:abc", "model", None, None, None),
        ("respondent", "respondent", None, None, None),
    ]


def test_finer_units_of_a_model_carry_their_part_of_the_text(store: Store, answer: int) -> None:
    units = [
        {"start": 0, "end": 11, "labels": ["infrastructure"], "codes": ["no_ramp"]},
        {"start": 14, "end": 19, "labels": ["funding"], "codes": []},
        {"start": 0, "end": 19, "labels": ["funding"], "codes": []},
    ]
    model_codes(store, answer, ["infrastructure", "funding"], ["no_ramp"], units=units)
    rows = store.rows(
        'SELECT unit_text, start, "end", category, descriptive_code FROM coded_units ORDER BY start, "end", category'
    )
    assert [tuple(row.values()) for row in rows] == [
        ("нет пандуса", 0, 11, "infrastructure", "no_ramp"),
        ("нет пандуса и денег", 0, 19, "funding", None),
        ("нет пандуса и денег", 0, 19, "infrastructure", "no_ramp"),
        ("денег", 14, 19, "funding", None),
    ]
    assert standing(store, answer) == ({"funding", "infrastructure"}, "model", "confident")


def test_offsets_are_code_points(store: Store) -> None:
    answer = write(store, person(store), 4, "😀😀 ақша жоқ")
    units = [{"start": 3, "end": 11, "labels": ["funding"], "codes": []}]
    model_codes(store, answer, ["funding"], units=units)
    found = store.rows('SELECT unit_text FROM coded_units ORDER BY "end" - start')
    assert [row["unit_text"] for row in found] == ["ақша жоқ", "😀😀 ақша жоқ"]


def test_an_edit_makes_all_codings_of_the_old_version_not_current(store: Store, answer: int) -> None:
    model_codes(store, answer, ["funding"])
    code(store, answer, "aigul", ["funding"], "adjudicated")
    interviews.revise_message(store, store.value("SELECT chat_key FROM chats"), 1, "пандус есть", later(hours=1))
    assert store.value("SELECT count(*) FROM coded_units WHERE is_current") == 0
    assert store.value("SELECT count(*) FROM coded_units WHERE answer_version = 1") == 2
    assert standing(store, answer) == ({None}, None, "review")
    assert [row.version for row in codings.uncoded(store, "model:abc", 9)] == [2]


def test_a_coders_newest_coding_of_a_unit_replaces_the_older_one(store: Store, answer: int) -> None:
    code(store, answer, "aigul", ["funding"])
    code(store, answer, "bolat", ["infrastructure"])
    code(store, answer, "aigul", ["infrastructure"])
    rows = store.rows("SELECT coder, category, is_current FROM coded_units ORDER BY coder, is_current")
    assert [tuple(row.values()) for row in rows] == [
        ("aigul", "funding", 0), ("aigul", "infrastructure", 1), ("bolat", "infrastructure", 1),
    ]  # fmt: skip
    assert standing(store, answer) == ({"infrastructure"}, "human", "settled")


def test_what_counts_goes_by_rank(store: Store, answer: int) -> None:
    assert standing(store, answer) == ({None}, None, "review")
    model_codes(store, answer, ["funding"], needs_review=True)
    assert standing(store, answer) == ({"funding"}, "model", "review")
    model_codes(store, answer, ["funding"], model="better")
    assert standing(store, answer) == ({"funding"}, "model", "confident")
    code(store, answer, "respondent", ["infrastructure"], "respondent")
    assert standing(store, answer) == ({"infrastructure"}, "respondent", "settled")
    code(store, answer, "aigul", [])
    assert standing(store, answer) == ({None}, "human", "settled")
    code(store, answer, "bolat", ["funding", "infrastructure"])
    assert standing(store, answer) == ({None}, "human", "review")
    code(store, answer, "aigul", ["funding"])
    assert standing(store, answer) == ({"funding"}, "human", "review")
    code(store, answer, "dana", ["human_resources"], "adjudicated")
    assert standing(store, answer) == ({"human_resources"}, "adjudicated", "settled")


def test_an_urgent_answer_stays_urgent_until_people_have_settled_it(store: Store, answer: int) -> None:
    model_codes(store, answer, ["funding"], urgent=True)
    assert standing(store, answer)[2] == "urgent"
    code(store, answer, "respondent", ["funding"], "respondent")
    assert standing(store, answer)[1:] == ("respondent", "urgent")
    code(store, answer, "aigul", ["funding"])
    assert standing(store, answer)[2] == "settled"
    code(store, answer, "bolat", [])
    assert standing(store, answer)[2] == "urgent"


def test_pilot_rounds_and_open_answers_are_in_no_view(store: Store) -> None:
    pilot = write(store, person(store, 1, replace(OPENING, pilot=True)), 1, "нет пандуса")
    open_chat = person(store, 2)
    interviews.save_message(store, open_chat, 1, 1, "пишу", NOW)
    interviews.skip_answer(store, open_chat, 2)
    assert [row.answer_id for row in codings.uncoded(store, "model:abc", 9)] == [pilot]
    model_codes(store, pilot, ["funding"])
    for view in ("coded_units", "answers_current", "answer_categories_current"):
        assert store.value(f"SELECT count(*) FROM {view}") == 0, view


def test_a_coding_of_what_was_erased_or_edited_meanwhile(store: Store, answer: int) -> None:
    said = result(["funding"])
    assert not codings.save_model_coding(store, answer + 1, 1, said, CATEGORIES_OF, BOOK, NOW)
    interviews.revise_message(store, store.value("SELECT chat_key FROM chats"), 1, "пандус есть", NOW)
    assert codings.save_model_coding(store, answer, 1, said, CATEGORIES_OF, BOOK, NOW)
    assert store.value("SELECT count(*) FROM coded_units WHERE is_current") == 0


def test_the_member_check_is_due_once_when_a_model_has_coded_everything(store: Store) -> None:
    chat = person(store)
    first, second = write(store, chat, 1, "нет пандуса"), write(store, chat, 2, "нет денег и людей")
    interviews.skip_answer(store, chat, 3)
    model_codes(store, first, ["infrastructure"])
    code(store, second, "aigul", ["funding"])
    interviews.finish_interview(store, chat, NOW)
    assert codings.checks_due(store) == []
    model_codes(store, second, ["human_resources", "funding"])
    ((due, interview),) = codings.checks_due(store)
    assert due == chat
    assert codings.model_categories(store, interview) == [
        (1, ("infrastructure",)), (2, ("human_resources", "funding")),
    ]  # fmt: skip
    codings.save_respondent_coding(store, first, [], BOOK, NOW)
    codings.mark_check_sent(store, interview, NOW)
    assert codings.checks_due(store) == []
    assert standing(store, first) == ({None}, "respondent", "settled")


# --- against a recount ---------------------------------------------------------------------------------------------

SETS = st.frozensets(st.sampled_from(["funding", "infrastructure", "human_resources"]))
KINDS = {"aigul": "human", "bolat": "human", "dana": "adjudicated", "respondent": "respondent"}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.integers(0, 1), st.just(""), SETS, st.just(False), st.just(False)),
        st.tuples(
            st.just("code"), st.integers(0, 1), st.sampled_from(sorted(KINDS)), SETS, st.just(False), st.just(False)
        ),
        st.tuples(st.just("model"), st.integers(0, 1), st.sampled_from("ab"), SETS, st.booleans(), st.booleans()),
    ),
    max_size=12,
)


@dataclass
class Recount:
    """What a reader of the design would keep on paper about one answer."""

    version: int = 1
    codings: list[tuple[int, str, str, frozenset[str], bool, bool]] = field(default_factory=list)

    def current(self) -> dict[str, tuple[str, frozenset[str], bool, bool]]:
        """Newest coding of each coder of the current version; the order is that of coding."""
        found: dict[str, tuple[str, frozenset[str], bool, bool]] = {}
        for version, coder, *rest in self.codings:
            if version == self.version:
                found.pop(coder, None)
                found[coder] = tuple(rest)  # type: ignore[assignment]  # kind, categories, needs_review, urgent
        return found

    def standing(self) -> tuple[set[str | None], str | None, str]:
        """What counts now, and in which pile the answer lies."""
        by_kind: dict[str, list[tuple[frozenset[str], bool, bool]]] = {}
        for kind, *rest in self.current().values():
            by_kind.setdefault(kind, []).append(tuple(rest))  # type: ignore[arg-type]  # see above
        people = [categories for categories, *_ in by_kind.get("human", [])]
        _, needs_review, urgent = by_kind.get("model", [(frozenset(), True, False)])[-1]
        source = next((kind for kind in ("adjudicated", "human", "respondent", "model") if kind in by_kind), None)
        categories = by_kind[source][-1][0] if source else frozenset()
        if source == "adjudicated" or (source == "human" and len(set(people)) == 1):
            pile = "settled"
        elif urgent:
            pile = "urgent"
        elif source == "respondent":
            pile = "settled"
        else:
            pile = "review" if source == "human" or needs_review else "confident"
        agreed = frozenset.intersection(*people) if source == "human" else categories
        return set(agreed) or {None}, source, pile


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_views_are_the_recount_of_any_history(
    store: Store, steps: list[tuple[str, int, str, frozenset[str], bool, bool]]
) -> None:
    with undone(store):
        chats = [person(store, 1), person(store, 2)]
        answers = [write(store, chat, 4, "текст 0") for chat in chats]
        paper = [Recount(), Recount()]
        for number, (name, which, coder, categories, needs_review, urgent) in enumerate(steps, 1):
            answer, recount = answers[which], paper[which]
            if name == "edit":
                interviews.revise_message(store, chats[which], 1, f"текст {number}", NOW)
                recount.version += 1
            elif name == "code":
                code(store, answer, coder, categories, KINDS[coder])
                recount.codings.append((recount.version, coder, KINDS[coder], categories, False, False))
            else:
                model_codes(store, answer, categories, model=coder, needs_review=needs_review, urgent=urgent)
                recount.codings.append((recount.version, f"model:{coder}", "model", categories, needs_review, urgent))
        for answer, recount in zip(answers, paper, strict=True):
            assert version_of(store, answer) == recount.version
            assert standing(store, answer) == recount.standing()
            assert coded(store, answer) == {
                (coder, category)
                for coder, (_, categories, *_) in recount.current().items()
                for category in categories or {None}
            }
            assert store.value("SELECT count(*) FROM coded_units WHERE answer_id = ?", answer) == sum(
                max(1, len(coding[3])) for coding in recount.codings
            )


def coded(store: Store, answer: int) -> set[tuple[str, str | None]]:
    """(coder, category) of the current rows of `coded_units`."""
    rows = store.rows("SELECT coder, category FROM coded_units WHERE answer_id = ? AND is_current", answer)
    return {(row["coder"], row["category"]) for row in rows}


def test_a_coding_without_a_version_is_not_kept(store: Store) -> None:
    chat = person(store)
    interviews.skip_answer(store, chat, 1)
    answer = store.value("SELECT answer_id FROM answers")
    assert not codings.save_coding(store, answer, Coding("aigul", "human", BOOK), [], NOW)
    codings.save_respondent_coding(store, answer, ["funding"], BOOK, NOW)
    assert store.value("SELECT count(*) FROM codings") == 0

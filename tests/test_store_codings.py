"""Codings: what a model's output becomes in rows, who is still to code what, and when the member check is due."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from store_world import (
    BOOK,
    NOW,
    code,
    fresh_store,
    later,
    model_codes,
    person,
    result,
    standing,
    version_of,
    write,
)

from bot.control import Context
from bot.rooms import WRITERS
from bot.settings import Settings
from bot.store import coders, codings, interviews, people
from bot.store.database import Store, open_reader
from classifier import model_in_use
from classifier.codebook import load_codebook

CODEBOOK = Path(__file__).parent.parent / "data" / "codebook.toml"


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as one:
        yield one


def finished(store: Store, chat_id: int = 100, *labels: str) -> int:
    """The chat of a finished interview of one answer, which a model has coded when there are labels."""
    chat = person(store, chat_id)
    answer = write(store, chat, 1, "нет пандуса")
    if labels:
        model_codes(store, answer, labels)
    interviews.finish_interview(store, chat, NOW)
    return chat


def due(store: Store) -> list[int]:
    """The chats whose member check is due."""
    return [chat for chat, _ in codings.checks_due(store)]


def test_answers_that_no_model_has_coded_wait_oldest_first(store: Store) -> None:
    chat = person(store)
    first, second = write(store, chat, 5, "мало людей"), write(store, chat, 2, "нет денег")
    waiting = codings.uncoded(store, "model:abc", 9)
    assert waiting == [codings.Uncoded(first, 1, 5, "мало людей"), codings.Uncoded(second, 1, 2, "нет денег")]
    assert codings.uncoded(store, "model:abc", 1) == waiting[:1]
    model_codes(store, first, [])
    code(store, second, "aigul", ["funding"])
    for coder in ("model:abc", "model:newer"):
        assert [row.answer_id for row in codings.uncoded(store, coder, 9)] == [second]


def test_a_new_model_codes_again_only_on_request_and_only_what_no_person_has_coded(store: Store) -> None:
    chat = person(store)
    alone, settled, checked, waiting = (write(store, chat, number, "нет денег") for number in (1, 2, 3, 4))
    for answer in (alone, settled, checked):
        model_codes(store, answer, ["funding"], model="old")
    code(store, settled, "aigul", ["funding"])
    codings.save_respondent_coding(store, checked, ["funding"], BOOK, NOW)
    assert coders.ask_recoding(store, "model:new", NOW) == 1
    assert coders.ask_recoding(store, "model:new", NOW) == 1
    due = [row.answer_id for row in codings.uncoded(store, "model:new", 9)]
    assert due == [waiting, alone], "what nobody has coded comes first"
    assert [row.answer_id for row in codings.uncoded(store, "model:old", 9)] == [waiting]
    model_codes(store, alone, ["infrastructure"], model="new")
    assert [row.answer_id for row in codings.uncoded(store, "model:new", 9)] == [waiting]
    kept = store.rows("SELECT coder FROM coded_units WHERE answer_id = ?", alone)
    assert {row["coder"] for row in kept} == {"model:old", "model:new"}, "the old coding is kept"
    assert standing(store, alone)[0] == {"infrastructure"}


def test_the_command_asks_the_model_that_counts(store: Store) -> None:
    answer = write(store, person(store), 3, "пандус жоқ")
    model_codes(store, answer, ["funding"], model="older")
    context = Context(Settings(_env_file=None, home=store.home), store, None, NOW)
    counts = model_in_use(store.home).name
    assert codings.uncoded(store, f"model:{counts}", 9) == []
    assert WRITERS["recode"](context, {}) == {"model": counts, "answers": 1}
    assert [row.answer_id for row in codings.uncoded(store, f"model:{counts}", 9)] == [answer]


def test_a_change_of_model_is_noted_once_and_the_first_model_is_no_change(store: Store) -> None:
    assert coders.note_coder(store, "model:a", NOW)
    assert not coders.note_coder(store, "model:a", later(hours=1))
    assert coders.note_coder(store, "model:b", later(hours=2))
    with closing(open_reader(store.home)) as reader:
        assert coders.coder_changes(reader, NOW, later(days=7)) == [
            coders.CoderChange(later(hours=2), "model:b", "model:a")
        ]
        assert coders.coder_changes(reader, NOW, later(hours=2)) == []


def test_a_models_output_is_kept_whole(store: Store) -> None:
    answer = write(store, person(store), 4, "нет пандуса")
    model_codes(store, answer, ["funding"], model="f00", needs_review=True, urgent=True)
    row = store.row("SELECT * FROM codings")
    assert row is not None
    assert json.loads(row.pop("scores")) == result(["funding"])["scores"]
    assert {name: row[name] for name in ("coder", "coder_kind", "codebook_version", "needs_review", "urgent")} == {
        "coder": "model:f00", "coder_kind": "model", "codebook_version": BOOK, "needs_review": 1, "urgent": 1,
    }  # fmt: skip
    assert row["coded_at"] == "2026-11-24T06:00:00.000000+00:00"


@pytest.mark.parametrize(
    ("labels", "kept"),
    [
        (["funding", "human_resources"], [("funding", "unfunded_posts"), ("human_resources", "unfunded_posts")]),
        (["human_resources"], [("human_resources", "unfunded_posts")]),
        (["infrastructure"], [("infrastructure", None)]),
        ([], []),
    ],
)
def test_a_code_stands_in_those_of_its_categories_that_are_labels(
    store: Store, labels: list[str], kept: list[tuple[str, str | None]]
) -> None:
    """By the codebook that is shipped: posts that are not financed belong to money and to people."""
    book = load_codebook(CODEBOOK)
    categories_of = {one.id: one.categories for one in book.codes}
    answer = write(store, person(store), 4, "ставка психолога не выделяется")
    said = result(labels, ["unfunded_posts"])
    assert codings.save_model_coding(store, answer, 1, said, categories_of, book.version, NOW)
    rows = store.rows("SELECT category, descriptive_code FROM coding_codes ORDER BY rowid")
    assert [(row["category"], row["descriptive_code"]) for row in rows] == kept


def test_two_models_share_the_finer_units_and_the_newest_model_speaks(store: Store) -> None:
    chat = person(store)
    answer = write(store, chat, 4, "нет пандуса")
    units = [{"start": 0, "end": 3, "labels": ["funding"], "codes": [], "scores": {"funding": 0.75}}]
    model_codes(store, answer, ["funding"], units=units, model="old")
    model_codes(store, answer, ["infrastructure"], units=units, model="new")
    assert store.value("SELECT count(*) FROM units WHERE NOT whole") == 1
    found = store.rows("SELECT coder, score FROM coded_units WHERE unit_text = 'нет' ORDER BY coder")
    assert [(row["coder"], row["score"]) for row in found] == [("model:new", 0.75), ("model:old", 0.75)]
    assert codings.model_categories(store, store.value("SELECT interview_id FROM interviews")) == [
        (4, ("infrastructure",))
    ]


def test_a_check_is_due_for_reachable_finished_interviews_with_answers(store: Store) -> None:
    coded, blocked = finished(store, 1, "funding"), finished(store, 2, "funding")
    finished(store, 3)
    empty, unfinished = person(store, 4), person(store, 5)
    interviews.skip_answer(store, empty, 1)
    interviews.finish_interview(store, empty, NOW)
    model_codes(store, write(store, unfinished, 1, "нет денег"), ["funding"])
    people.set_blocked(store, blocked)
    assert due(store) == [coded]


def test_an_edit_puts_the_check_off_until_the_new_version_is_coded(store: Store) -> None:
    chat = finished(store, 1, "funding")
    ((_, interview),) = codings.checks_due(store)
    interviews.revise_message(store, chat, 1, "пандус есть", later(hours=1))
    assert due(store) == []
    assert codings.model_categories(store, interview) == [(1, ())]
    answer = store.value("SELECT answer_id FROM answers")
    assert version_of(store, answer) == 2
    model_codes(store, answer, [])
    assert due(store) == [chat]


def test_a_respondent_codes_the_version_that_stands_and_the_check_is_over(store: Store) -> None:
    chat = finished(store, 1, "funding")
    ((_, interview),) = codings.checks_due(store)
    interviews.revise_message(store, chat, 1, "не хватает людей", later(hours=1))
    answer = store.value("SELECT answer_id FROM answers")
    codings.save_respondent_coding(store, answer, ["funding", "human_resources"], BOOK, later(hours=2))
    found = store.rows("SELECT version, category, score FROM current_codings JOIN coding_codes USING (coding_id)")
    assert [tuple(row.values()) for row in found] == [(2, "funding", None), (2, "human_resources", None)]
    codings.mark_check_sent(store, interview, later(hours=1))
    codings.mark_checked(store, interview, later(hours=2))
    row = store.row("SELECT check_sent_at < checked_at AS ordered FROM interviews")
    assert row == {"ordered": 1}
    assert due(store) == []

"""The table of a week: whose week an answer is, who is counted, and what may be quoted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from store_world import BOOK, NOW, OPENING, code, fresh_store, model_codes, person, write

from bot.errors import SettingsError
from bot.store import interviews
from bot.store.codings import Coding, save_coding
from bot.store.database import Store, open_reader
from bot.store.digests import (
    CodeCount,
    WeekTable,
    last_complete_week,
    respondents_by_category,
    week_bounds,
    week_table,
)

WEEK = "2026-W48"
MONDAY = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as one:
        yield one


def table(store: Store, week: str = WEEK) -> WeekTable:
    """The table of a week as a reader sees it."""
    with closing(open_reader(store.home)) as reader:
        return week_table(reader, week)


def test_a_week_goes_from_monday_to_monday_in_almaty() -> None:
    assert week_bounds(WEEK) == (MONDAY, MONDAY + timedelta(days=7))
    assert week_bounds("2026-W53")[0].isoformat() == "2026-12-28T00:00:00+05:00"
    assert last_complete_week(MONDAY - timedelta(seconds=1)) == "2026-W46"
    assert last_complete_week(MONDAY) == "2026-W47"
    assert last_complete_week(datetime(2027, 1, 4, tzinfo=UTC)) == "2026-W53"


@pytest.mark.parametrize(
    "week", ["", "2026-48", "2026-W54", "2025-W53", "2026-W00", "W48", "0000-W10", "2026-W48\n", "9999-W52"]
)
def test_anything_else_is_refused_with_what_is_allowed(week: str) -> None:
    with pytest.raises(SettingsError, match="allowed is an ISO week such as 2026-W47"):
        week_bounds(week)


def test_an_answer_belongs_to_the_week_of_its_first_finish_and_edits_do_not_move_it(store: Store) -> None:
    moments = [MONDAY - timedelta(microseconds=1), MONDAY, MONDAY + timedelta(days=7, microseconds=-1)]
    for number, moment in enumerate([*moments, MONDAY + timedelta(days=7)], 1):
        write(store, person(store, number), 1, "текст", now=moment)
    interviews.revise_message(store, 2, 1, "правка", MONDAY + timedelta(days=20))
    assert [table(store, week).answers for week in ("2026-W47", WEEK, "2026-W49", "2026-W50")] == [1, 2, 1, 0]


def test_people_are_counted_once_and_codes_by_the_coding_that_counts(store: Store) -> None:
    first, second = person(store, 1), person(store, 2)
    model_codes(store, write(store, first, 4, "нет пандуса"), ["infrastructure"], ["no_ramp"])
    model_codes(store, write(store, first, 7, "денег дайте"), ["infrastructure", "funding"], ["no_budget"])
    model_codes(store, write(store, second, 4, "нет штата"), ["funding", "human_resources"], ["unfunded_posts"])
    model_codes(store, write(store, second, 1, "это важно"), [])
    write(store, second, 2, "ещё не прочитано")
    model_codes(store, write(store, person(store, 3, replace(OPENING, pilot=True)), 4, "проба"), ["funding"])
    found = table(store)
    assert (found.respondents, found.answers, found.no_barrier, found.uncoded) == (2, 5, 1, 1)
    assert {one.category: (one.respondents, one.answers) for one in found.categories} == {
        "funding": (2, 2), "human_resources": (1, 1), "infrastructure": (1, 2),
    }  # fmt: skip
    codes = {one.category: one.codes for one in found.categories}
    assert codes["infrastructure"] == (CodeCount("no_ramp", 1, 1), CodeCount(None, 1, 1))
    assert codes["funding"] == (CodeCount("no_budget", 1, 1), CodeCount("unfunded_posts", 1, 1))
    assert codes["human_resources"] == (CodeCount("unfunded_posts", 1, 1),)


def test_people_outrank_the_model_and_where_they_differ_only_what_they_share_counts(store: Store) -> None:
    answer = write(store, person(store), 4, "нет пандуса")
    model_codes(store, answer, ["human_resources"])
    shared = ("infrastructure", "no_ramp", None)
    assert save_coding(store, answer, Coding("aigul", "human", BOOK), [shared, ("funding", "no_budget", None)], NOW)
    assert save_coding(store, answer, Coding("bolat", "human", BOOK), [shared], NOW)
    (count,) = table(store).categories
    assert (count.category, count.to_check, count.codes) == ("infrastructure", 1, (CodeCount("no_ramp", 1, 1),))


def test_only_those_who_agreed_are_quoted_in_part_where_the_model_found_a_part(store: Store) -> None:
    agreed, silent = person(store, 1), person(store, 2)
    interviews.save_permission(store, agreed, "quote", True)
    part = {"start": 0, "end": 11, "labels": ["infrastructure"], "codes": ["no_ramp"]}
    quoted = write(store, agreed, 4, "нет пандуса, а денег хватает")
    model_codes(store, quoted, ["infrastructure"], units=[part])
    model_codes(store, write(store, agreed, 5, "лестница"), ["infrastructure"])
    model_codes(store, write(store, agreed, 6, "боюсь за себя"), ["infrastructure"], urgent=True)
    model_codes(store, write(store, silent, 4, "нет пандуса"), ["infrastructure"])
    (count,) = table(store).categories
    assert [(quote.text, quote.question) for quote in count.quotes] == [("нет пандуса", 4), ("лестница", 5)]
    assert count.answers == 4
    interviews.save_permission(store, agreed, "quote", False)
    assert [count.quotes for count in table(store).categories] == [()]


def test_what_people_confirmed_is_quoted_first(store: Store) -> None:
    chat = person(store)
    interviews.save_permission(store, chat, "quote", True)
    model_codes(store, write(store, chat, 1, "сомнительно"), ["funding"], needs_review=True)
    model_codes(store, write(store, chat, 2, "уверенно"), ["funding"])
    code(store, write(store, chat, 3, "подтверждено"), "aigul", ["funding"])
    (count,) = table(store).categories
    assert [quote.text for quote in count.quotes] == ["подтверждено", "уверенно", "сомнительно"]


def test_respondents_by_kind_of_coder_count_whole_answers(store: Store) -> None:
    part = {"start": 0, "end": 3, "labels": ["human_resources"], "codes": []}
    for number in (1, 2):
        chat = person(store, number)
        for question in (4, 5):
            answer = write(store, chat, question, "нет денег")
            model_codes(store, answer, ["funding"], units=[part])
    code(store, answer, "aigul", ["infrastructure", "funding"])
    with closing(open_reader(store.home)) as reader:
        assert respondents_by_category(reader, "model") == {"funding": 2}
        assert respondents_by_category(reader, "human") == {"funding": 1, "infrastructure": 1}


def test_an_empty_database_has_an_empty_table(store: Store) -> None:
    assert table(store) == WeekTable(WEEK, 0, 0, 0, 0, ())
    with closing(open_reader(store.home)) as reader, pytest.raises(sqlite3.OperationalError):
        reader.execute("DELETE FROM answers")

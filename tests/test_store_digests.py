"""What a digest counts: whose week an answer is, who is counted, what tallies keep, and what may be quoted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from store_world import BOOK, NOW, OPENING, code, fresh_store, model_codes, person, write

from bot.errors import SettingsError
from bot.store import erasure, interviews, tallies
from bot.store.codings import Coding, save_coding
from bot.store.database import Store, open_reader
from bot.store.digests import respondents_by_category
from bot.store.quotes import Quote, quotes
from bot.store.tallies import Tallies, Voice
from bot.store.weeks import last_complete_week, week_bounds, weeks_until

WEEK = "2026-W48"
MONDAY = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as one:
        yield one


def found(store: Store, week: str = WEEK) -> list[Voice]:
    """The voices of a week as a reader hears them, the same before and after the tallies are renewed."""
    with closing(open_reader(store.home)) as reader:
        stale = Tallies(reader).week(week)
    while tallies.refresh(store, 2):
        pass
    with closing(open_reader(store.home)) as reader:
        kept = Tallies(reader).week(week)
    assert sorted(map(repr, stale)) == sorted(map(repr, kept))
    return kept


def quotable(store: Store, least: int = 1) -> list[Quote]:
    """What may be quoted of the week, best first."""
    voices = found(store)
    with closing(open_reader(store.home)) as reader:
        return quotes(reader, voices, least)


def named(store: Store) -> dict[int, dict[str, tuple[str, ...]]]:
    """The categories and codes of every answer."""
    return {
        answer: dict(said.categories)
        for voice in found(store)
        for answer, said in zip(voice.answer_ids(), voice.said(), strict=True)
    }


def test_a_week_goes_from_monday_to_monday_in_almaty() -> None:
    assert week_bounds(WEEK) == (MONDAY, MONDAY + timedelta(days=7))
    assert week_bounds("2026-W53")[0].isoformat() == "2026-12-28T00:00:00+05:00"
    assert last_complete_week(MONDAY - timedelta(seconds=1)) == "2026-W46"
    assert last_complete_week(MONDAY) == "2026-W47"
    assert last_complete_week(datetime(2027, 1, 4, tzinfo=UTC)) == "2026-W53"
    assert weeks_until("2027-W01", 3) == ["2026-W52", "2026-W53", "2027-W01"]


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
    assert [len(found(store, week)) for week in ("2026-W47", WEEK, "2026-W49", "2026-W50")] == [1, 2, 1, 0]


def test_every_category_of_an_answer_counts_with_its_codes(store: Store) -> None:
    first, second = person(store, 1), person(store, 2)
    ramp = write(store, first, 4, "нет пандуса")
    model_codes(store, ramp, ["infrastructure"], ["no_ramp"])
    money = write(store, first, 7, "денег дайте")
    model_codes(store, money, ["infrastructure", "funding"], ["no_budget"])
    post = write(store, second, 4, "нет штата")
    model_codes(store, post, ["funding", "human_resources"], ["unfunded_posts"])
    fine = write(store, second, 1, "это важно")
    model_codes(store, fine, [])
    unread = write(store, second, 2, "ещё не прочитано")
    model_codes(store, write(store, person(store, 3, replace(OPENING, pilot=True)), 4, "проба"), ["funding"])
    assert named(store) == {
        ramp: {"infrastructure": ("no_ramp",)},
        money: {"infrastructure": (), "funding": ("no_budget",)},
        post: {"funding": ("unfunded_posts",), "human_resources": ("unfunded_posts",)},
        fine: {},
        unread: {},
    }
    assert [said.source for voice in found(store) for said in voice.said()].count(None) == 1
    assert len({voice.respondent for voice in found(store)}) == 2


def test_people_outrank_the_model_and_where_they_differ_only_what_they_share_counts(store: Store) -> None:
    answer = write(store, person(store), 4, "нет пандуса")
    model_codes(store, answer, ["human_resources"])
    shared = ("infrastructure", "no_ramp", None)
    assert save_coding(store, answer, Coding("aigul", "human", BOOK), [shared, ("funding", "no_budget", None)], NOW)
    assert save_coding(store, answer, Coding("bolat", "human", BOOK), [shared], NOW)
    ((said,),) = (voice.said() for voice in found(store))
    assert (said.categories, said.pile, said.source) == ({"infrastructure": ("no_ramp",)}, "review", "human")


def test_a_respondent_s_check_keeps_the_model_s_codes_within_what_was_confirmed(store: Store) -> None:
    answer = write(store, person(store), 4, "нет пандуса и денег")
    model_codes(store, answer, ["infrastructure", "funding"], ["no_ramp", "no_budget"])
    check = Coding("respondent", "respondent", BOOK)
    assert save_coding(store, answer, check, [("infrastructure", None, None)], NOW)
    assert named(store) == {answer: {"infrastructure": ("no_ramp",)}}


def test_piles_say_what_waits_and_how_far_model_and_people_agree(store: Store) -> None:
    chat = person(store)
    interviews.save_profile(store, chat, "district", "talgar")
    for question, by_people in ((1, ["funding"]), (2, ["infrastructure"]), (3, None)):
        answer = write(store, chat, question, "нет денег")
        model_codes(store, answer, ["funding"], needs_review=True)
        if by_people:
            code(store, answer, "aigul", by_people)
    found(store)
    with closing(open_reader(store.home)) as reader:
        both = Tallies(reader)
        assert both.piles(None, None) == both.piles("talgar", None) == tallies.Piles(1, 0, 2, 1)
        assert both.piles("ile", None) == tallies.Piles(0, 0, 0, 0)


def test_whoever_is_erased_leaves_no_tally(store: Store) -> None:
    chat = person(store)
    model_codes(store, write(store, chat, 4, "нет пандуса"), ["infrastructure"])
    assert len(found(store)) == 1
    erasure.erase(store, chat, 0, NOW)
    assert found(store) == []
    assert store.rows("SELECT * FROM tallies") == store.rows("SELECT * FROM tallies_stale") == []


def test_only_those_who_agreed_are_quoted_in_part_where_the_model_found_a_part(store: Store) -> None:
    agreed, silent = person(store, 1), person(store, 2)
    interviews.save_permission(store, agreed, "quote", True)
    part = {"start": 0, "end": 11, "labels": ["infrastructure"], "codes": ["no_ramp"]}
    quoted = write(store, agreed, 4, "нет пандуса, а денег хватает")
    model_codes(store, quoted, ["infrastructure"], units=[part])
    model_codes(store, write(store, agreed, 5, "лестница"), ["infrastructure"])
    model_codes(store, write(store, agreed, 6, "боюсь за себя"), ["infrastructure"], urgent=True)
    model_codes(store, write(store, silent, 4, "нет пандуса"), ["infrastructure"])
    assert [quote.text for quote in quotable(store)] == ["нет пандуса", "лестница"]
    assert quotable(store, least=3) == [], "two people share role, district and place; three are asked for"
    interviews.save_permission(store, agreed, "quote", False)
    assert quotable(store) == []


def test_what_people_confirmed_is_quoted_first(store: Store) -> None:
    chat = person(store)
    interviews.save_permission(store, chat, "quote", True)
    model_codes(store, write(store, chat, 1, "сомнительно"), ["funding"], needs_review=True)
    model_codes(store, write(store, chat, 2, "уверенно"), ["funding"])
    code(store, write(store, chat, 3, "подтверждено"), "aigul", ["funding"])
    assert [quote.text for quote in quotable(store)] == ["подтверждено", "уверенно", "сомнительно"]


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


def test_an_empty_database_has_no_voices_and_a_reader_cannot_write(store: Store) -> None:
    assert found(store) == []
    with closing(open_reader(store.home)) as reader, pytest.raises(sqlite3.OperationalError):
        reader.execute("DELETE FROM answers")

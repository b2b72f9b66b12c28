"""The digest against a naive recount of the tables: whatever is answered, edited, erased and coded, in any order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.digest.compose import Asked
from bot.digest.reading import read_report
from bot.interview.guide import Guide
from bot.settings import DATA
from bot.store import erasure, interviews, tallies
from bot.store.database import Store, open_reader
from classifier.codebook import load_codebook
from tests.store_world import NOW, OPENING, answer_of, code, fresh_store, model_codes, person, write

BOOK = load_codebook(DATA / "codebook.toml")
IDS = BOOK.category_ids[:3]
WEEK = "2026-W48"

Step = tuple[str, int, object, set[str]]
PEOPLE = st.integers(0, 11)
NAMES = st.sets(st.sampled_from(IDS), max_size=2)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("answers"), PEOPLE, st.sampled_from([0, 0, 7]), NAMES),
        st.tuples(st.just("edits"), PEOPLE, st.none(), NAMES),
        st.tuples(st.just("codes"), PEOPLE, st.sampled_from(["aigul", "bolat"]), NAMES),
        st.tuples(st.just("confirms"), PEOPLE, st.none(), NAMES),
        st.tuples(st.just("erases"), PEOPLE, st.none(), st.just(set())),
        st.tuples(st.just("refreshes"), PEOPLE, st.none(), st.just(set())),
    ),
    min_size=8,
    max_size=60,
)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with fresh_store() as one:
        yield one


def act(store: Store, chats: dict[int, int], step: Step, number: int) -> None:
    """One thing that happens. Every sixth person belongs to a pilot round."""
    what, who, more, names = step
    if what == "answers" and who not in chats:
        chats[who] = person(store, 1000 * number + who, replace(OPENING, pilot=who % 6 == 5))
        answer = write(store, chats[who], 4, "нет денег", now=NOW - timedelta(days=int(str(more))))
        model_codes(store, answer, names)
    elif what == "refreshes":
        tallies.refresh(store, 3)
    elif who in chats and what == "edits":
        newest = store.value("SELECT max(message_id) FROM messages WHERE chat_key = ?", chats[who])
        interviews.revise_message(store, chats[who], newest, f"правка {number}", NOW)
        if names:
            model_codes(store, answer_of(store, chats[who], 4), names)
    elif who in chats and what == "erases":
        erasure.erase(store, chats.pop(who), 0, NOW)
    elif who in chats:
        kind = "respondent" if what == "confirms" else "human"
        code(store, answer_of(store, chats[who], 4), str(more or "respondent"), names, kind)


def recount(store: Store) -> tuple[int, dict[str, int], dict[str, int]]:
    """Answers and respondents of the week by category, from the public view and the table of answers alone."""
    rows = store.rows(
        "SELECT respondent_key, category, answer_id FROM answers_current "
        "JOIN answer_categories_current USING (answer_id) JOIN answers USING (answer_id) "
        "WHERE first_finished_at > '2026-11-22T19' AND first_finished_at < '2026-11-29T19'"
    )
    people = {name: len({row["respondent_key"] for row in rows if row["category"] == name}) for name in IDS}
    answers = {name: len({row["answer_id"] for row in rows if row["category"] == name}) for name in IDS}
    return len({row["respondent_key"] for row in rows}), people, answers


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_digest_equals_a_naive_recount(
    store: Store, guide: Guide, steps: list[tuple[str, int, object, set[str]]]
) -> None:
    chats: dict[int, int] = {}
    for number, step in enumerate(steps, 1):
        act(store, chats, step, number)
    everybody, people, answers = recount(store)
    with closing(open_reader(store.home)) as reader:
        # Nothing is hidden from a reader who may see one person, so that every count can be compared.
        digest = read_report(reader, BOOK, guide, Asked(WEEK, least=1)).digest
    for chat in chats.values():
        erasure.erase(store, chat, 0, NOW)
    assert (digest.people, digest.so_far >= everybody) == (everybody, True)
    found = {line.name: line for line in digest.lines}
    assert {name: found[name].people for name in IDS} == people
    assert {name: found[name].answers for name in IDS} == answers

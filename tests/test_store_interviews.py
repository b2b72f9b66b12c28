"""Answers: how messages become one text, when a version is made, and what counts towards a quota."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_world import NOW, OPENING, answer_of, fresh_store, later, person, undone, version_of, write

from bot.store import interviews
from bot.store.database import Store


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as one:
        yield one


def versions(store: Store, answer: int) -> list[str]:
    """The texts of all versions of an answer, oldest first."""
    found = store.rows("SELECT text FROM answer_versions WHERE answer_id = ? ORDER BY version", answer)
    return [row["text"] for row in found]


def test_messages_are_joined_by_a_new_line_in_the_order_of_the_chat(store: Store) -> None:
    chat = person(store)
    for message_id, text in ((12, "второе"), (11, "первое"), (20, "третье")):
        interviews.save_message(store, chat, 4, message_id, text, NOW)
    interviews.finish_answer(store, chat, 4, NOW)
    assert versions(store, answer_of(store, chat, 4)) == ["первое\nвторое\nтретье"]


@pytest.mark.parametrize(
    ("first", "separator"),
    [("а" * 4096, ""), ("а" * 4095, "\n"), ("😀" * 2048, ""), ("😀" * 2047 + "а", "\n"), ("а" * 4097, "")],
)
def test_what_telegram_cut_apart_goes_on_without_a_separator(store: Store, first: str, separator: str) -> None:
    chat = person(store)
    answer = write(store, chat, 1, first, "дальше", "ещё")
    assert versions(store, answer) == [f"{first}{separator}дальше\nещё"]


def test_an_added_message_or_an_edit_after_the_finish_makes_a_version_with_its_whole_unit(store: Store) -> None:
    chat = person(store)
    answer = write(store, chat, 1, "нет пандуса")
    interviews.save_message(store, chat, 1, 2, "и лифта", later(hours=1))
    interviews.revise_message(store, chat, 1, "пандус есть", later(hours=2))
    assert versions(store, answer) == ["нет пандуса", "нет пандуса\nи лифта", "пандус есть\nи лифта"]
    assert version_of(store, answer) == 3
    units = store.rows('SELECT version, start, "end" FROM units WHERE whole ORDER BY version')
    assert [(row["version"], row["start"], row["end"]) for row in units] == [(1, 0, 11), (2, 0, 19), (3, 0, 19)]


def test_nothing_new_makes_no_version(store: Store) -> None:
    chat = person(store)
    answer = write(store, chat, 1, "нет пандуса")
    interviews.finish_answer(store, chat, 1, later(hours=1))
    interviews.revise_message(store, chat, 1, "нет пандуса", later(hours=1))
    interviews.save_message(store, chat, 1, 1, "другое под тем же номером", later(hours=1))
    interviews.skip_answer(store, chat, 1)
    assert versions(store, answer) == ["нет пандуса"]
    assert store.value("SELECT status FROM answers") == "finished"


def test_the_first_finish_stays(store: Store) -> None:
    chat = person(store)
    write(store, chat, 1, "нет пандуса")
    first = store.value("SELECT first_finished_at FROM answers")
    write(store, chat, 1, "и лифта", now=later(days=9))
    assert store.value("SELECT first_finished_at FROM answers") == first


def test_a_message_counts_once_however_often_it_comes(store: Store) -> None:
    chat = person(store)
    for _ in range(3):
        interviews.save_message(store, chat, 1, 7, "нет пандуса", NOW)
        interviews.save_message(store, chat, 2, 7, "нет пандуса", NOW)
    assert interviews.question_of(store, chat, 7) == 1
    assert store.value("SELECT count(*) FROM messages") == 1


def test_an_unplaced_message_is_kept_and_placed_once(store: Store) -> None:
    chat = person(store)
    answer = write(store, chat, 2, "мало денег")
    interviews.keep_unplaced(store, chat, 9, "и кадров")
    assert interviews.question_of(store, chat, 9) is None
    interviews.revise_message(store, chat, 9, "и людей", NOW)
    interviews.place_message(store, chat, 9, 2, NOW)
    interviews.place_message(store, chat, 9, 3, NOW)
    assert versions(store, answer) == ["мало денег", "мало денег\nи людей"]
    assert interviews.question_of(store, chat, 9) == 2


def test_a_skipped_question_can_be_answered_later(store: Store) -> None:
    chat = person(store)
    interviews.skip_answer(store, chat, 3)
    assert [(row["status"], row["text"]) for row in interviews.answers_of(store, chat)] == [("skipped", "")]
    answer = write(store, chat, 3, "всё есть")
    assert versions(store, answer) == ["всё есть"]


def test_language_and_script_are_kept_per_version_and_empty_where_there_is_none(store: Store) -> None:
    chat = person(store)
    for question, text in enumerate(("Мектепте пандус жоқ, қаражат жетпейді", "Нет денег на пандус в школе", "👍"), 1):
        write(store, chat, question, text)
    found = store.rows("SELECT lang, script FROM answers_current ORDER BY question")
    assert [(row["lang"], row["script"]) for row in found] == [("kk", "kaz"), ("ru", "rus"), (None, None)]


@pytest.mark.parametrize("text", ["а\0б", "а\ud83dб", "\udc00\ud800"])
def test_what_sqlite_cannot_hold_is_replaced_and_nothing_is_lost(store: Store, text: str) -> None:
    chat = person(store)
    answer = write(store, chat, 1, text)
    (kept,) = versions(store, answer)
    assert len(kept) == len(text)
    assert store.value("SELECT length(text) FROM answers_current") == len(text)
    interviews.keep_unplaced(store, chat, 50, text)
    interviews.revise_message(store, chat, 50, text, NOW)


def test_texts_come_back_character_for_character(store: Store) -> None:
    chat = person(store)
    text = "<b>&\"' _*[ \u200f\u202e ` \t =1+1 \r\n \U0001f468‍👩 é"
    answer = write(store, chat, 1, text)
    assert versions(store, answer) == [text]


def test_one_person_has_one_interview_per_round(store: Store) -> None:
    chat = person(store)
    with pytest.raises(Exception, match="UNIQUE"):
        interviews.open_interview(store, chat, OPENING, NOW)
    interviews.open_interview(store, chat, replace(OPENING, round="2027"), later(days=300))
    newest = interviews.interview_of(store, chat)
    assert newest is not None
    assert newest["round"] == "2027"
    assert store.value("SELECT count(*) FROM respondents") == 1


def test_permissions_are_no_until_given_and_unknown_fields_are_refused(store: Store) -> None:
    chat = person(store)
    interviews.save_permission(store, chat, "quote", True)
    interviews.save_profile(store, chat, "role", "teacher")
    kept = interviews.interview_of(store, chat)
    assert kept is not None
    assert [kept[f"consent_{name}"] for name in ("quote", "training", "contact")] == [1, 0, 0]
    assert kept["role"] == "teacher"
    with pytest.raises(ValueError, match="allowed are language, role"):
        interviews.save_profile(store, chat, "chat_key", "1")
    with pytest.raises(ValueError, match="allowed are quote"):
        interviews.save_permission(store, chat, "role", True)


def test_a_school_is_kept_once_in_its_district(store: Store) -> None:
    first = interviews.add_school(store, "talgar", "№ 5 мектеп")
    assert interviews.add_school(store, "talgar", "№ 5 мектеп") == first
    others = {interviews.add_school(store, district, "№ 5 мектеп") for district in ("panfilov", None)}
    assert len({first, *others}) == 3
    assert [school.name for school in interviews.schools_in(store, None)] == ["№ 5 мектеп"]


def test_an_interview_without_answers_is_closed_with_its_respondent(store: Store) -> None:
    chat = person(store)
    interviews.close_empty(store, chat)
    assert store.value("SELECT count(*) FROM respondents") == 0
    chat = person(store, 200)
    write(store, chat, 1, "нет пандуса")
    interviews.close_empty(store, chat)
    assert store.value("SELECT count(*) FROM interviews") == 1


def test_places_are_filled_by_others_who_finished_unless_all_count(store: Store) -> None:
    pilot = replace(OPENING, pilot=True)
    for chat_id, opening, done in ((1, OPENING, True), (2, OPENING, False), (3, pilot, True), (4, OPENING, True)):
        chat = person(store, chat_id, opening)
        interviews.save_profile(store, chat, "role", "teacher")
        if done:
            interviews.finish_interview(store, chat, NOW)
    asking = store.value("SELECT chat_key FROM chats WHERE chat_id = 4")

    def count(value: str | None, everybody: bool) -> int:
        return interviews.others_in(store, asking, "2026", "role", value, count_unfinished=everybody)

    assert (count("teacher", False), count("teacher", True), count("principal", True), count(None, True)) == (
        1,
        2,
        0,
        0,
    )


def test_what_was_written_and_left_is_finished_when_the_chat_falls_silent(store: Store) -> None:
    chat = person(store)
    interviews.save_message(store, chat, 1, 1, "нет пандуса", NOW)
    interviews.skip_answer(store, chat, 2)
    assert interviews.finish_idle(store, NOW, later(days=9)) == 0
    assert interviews.finish_idle(store, later(days=7), later(days=9)) == 1
    assert versions(store, answer_of(store, chat, 1)) == ["нет пандуса"]
    assert store.value("SELECT count(*) FROM answers_current") == 1


def test_an_old_round_left_open_is_finished_too(store: Store) -> None:
    chat = person(store)
    interviews.save_message(store, chat, 1, 1, "нет пандуса", NOW)
    interviews.open_interview(store, chat, replace(OPENING, round="2027"), later(days=1))
    assert interviews.finish_idle(store, later(days=7), later(days=9)) == 1
    assert store.value("SELECT round FROM answers_current") == "2026"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("save"), st.integers(1, 12), st.sampled_from(["а", "бб", "в" * 4096, "г г"])),
        st.tuples(st.just("revise"), st.integers(1, 12), st.sampled_from(["а", "д", "е" * 4096])),
        st.tuples(st.just("finish"), st.just(0), st.just("")),
    ),
    max_size=25,
)


# The store is as empty after each example as before it.
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_versions_are_the_history_of_the_joined_messages(store: Store, steps: list[tuple[str, int, str]]) -> None:
    """Against a dictionary: after every step of a finished answer the newest version is the joined text."""
    with undone(store):
        chat = person(store)
        texts: dict[int, str] = {}
        history: list[str] = []
        finished = False
        for name, message_id, text in steps:
            if name == "save":
                interviews.save_message(store, chat, 1, message_id, text, NOW)
                texts.setdefault(message_id, text)
            elif name == "revise":
                interviews.revise_message(store, chat, message_id, text, NOW)
                texts |= {message_id: text} if message_id in texts else {}
            elif texts:
                interviews.finish_answer(store, chat, 1, NOW)
                finished = True
            whole = plainly_joined([texts[key] for key in sorted(texts)])
            if finished and history[-1:] != [whole]:
                history.append(whole)
        if texts:
            answer = answer_of(store, chat, 1)
            assert versions(store, answer) == history
            assert version_of(store, answer) == len(history)


def plainly_joined(parts: list[str]) -> str:
    """The joining rule, written down a second time."""
    return "".join(part + ("" if len(part) >= 4096 else "\n") for part in parts[:-1]) + "".join(parts[-1:])

"""Erasure: no byte of what a person said stays in the files, nothing of anybody else goes, and who returns is new."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from store_world import BOOK, NOW, OPENING, code, fresh_store, later, model_codes, person, received, write

from bot.errors import StoreError
from bot.store import codings, delivery, erasure, interviews, people
from bot.store.database import FILE, Store, open_reader, open_store

PLANT = "құпия-7f3a"


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as one:
        yield one


def holding(home: Path, word: str) -> list[str]:
    """The files in which these bytes stand."""
    return sorted(path.name for path in home.iterdir() if word.encode() in path.read_bytes())


def content(store: Store) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables."""
    tables = store.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    return {row["name"]: store.rows(f'SELECT * FROM "{row["name"]}" ORDER BY 1') for row in tables}


def tell_all(store: Store, chat_id: int, word: str) -> int:
    """The chat of a person who has left `word` wherever a text can be left."""
    for update in range(1, 4):
        received(store, chat_id * 10 + update, chat_id, f'{{"text": "{word} {update}"}}')
    newest = delivery.newest_inbox(store)
    delivery.dead_letter(store, newest - 2, "KeyError", NOW)
    delivery.finish_inbox(store, newest - 1, NOW)
    chat = person(store, chat_id)
    people.write_state(store, chat, f'{{"draft": "{word}"}}')
    for name in ("job_title", "district", "locality"):
        interviews.save_profile(store, chat, name, word)
    interviews.save_profile(store, chat, "school_key", interviews.add_school(store, word, f"{word} мектебі"))
    interviews.save_permission(store, chat, "quote", True)
    answer = write(store, chat, 4, f"{word} нет пандуса", f"{word} нет денег")
    interviews.revise_message(store, chat, 1, f"{word} пандус есть", later(hours=1))
    write(store, chat, 5, f"{word} " * 3000)
    interviews.keep_unplaced(store, chat, 90, word)
    units = [{"start": 0, "end": len(word), "labels": ["funding"], "codes": ["no_budget"]}]
    model_codes(store, answer, ["funding"], ["no_budget"], units=units)
    code(store, answer, "aigul", ["infrastructure"])
    codings.save_respondent_coding(store, answer, ["funding"], BOOK, NOW)
    for seq, step in enumerate(("q4", None)):
        delivery.queue(store, chat, f"u{chat_id}", seq, f"{word} дедіңіз", step, NOW)
    delivery.sent(store, delivery.sendable(store, NOW, 9)[-1], 91, NOW)
    people.mark_reminded(store, store.value("SELECT max(interview_id) FROM interviews"), 24, NOW)
    people.issue_referral(store, store.value("SELECT max(respondent_id) FROM respondents"), "2026", later(days=9))
    return chat


def test_no_byte_of_the_person_stays_and_no_row_of_another_goes(store: Store) -> None:
    with store.atomic():
        tell_all(store, 200, "басқа-адам")
    before = content(store)
    with store.atomic():
        chat = tell_all(store, 100, PLANT)
    assert holding(store.home, PLANT)
    with store.atomic():
        erased = erasure.erase(store, chat, delivery.newest_inbox(store), later(hours=2))
    assert erased == erasure.Erased(answers=2, versions=3, codings=4)
    erasure.scrub(store)
    assert holding(store.home, PLANT) == []
    assert (store.home / f"{FILE}-wal").stat().st_size == 0
    assert people.read_state(store, chat) is None
    with store.atomic():
        store.run("DELETE FROM suppressed")
        delivery.purge(store, later(days=3))
        assert people.sweep_chats(store) == 1
    before["inbox"] = [row for row in before["inbox"] if row["done_at"] is None or row["dead_reason"]]
    before["outbox"] = [row for row in before["outbox"] if row["done_at"] is None]
    after = content(store)
    after["inbox"] = [row for row in after["inbox"] if row["chat_key"] != chat]
    assert after == before


@pytest.mark.parametrize("seed", [3, 4])
def test_nothing_stays_where_rows_have_moved_from_page_to_page(store: Store, seed: int) -> None:
    """With these seeds `secure_delete` alone leaves a text behind: rebalancing had copied its row."""
    dice = random.Random(seed)
    with store.atomic():
        words = {person(store, number): f"құпия{number}х" for number in range(1, 40)}
    for number in range(3):
        with store.atomic():
            for chat in dice.sample(list(words), len(words)):
                text = f"{words[chat]} " * dice.choice([1, 3, 20, 90])
                write(store, chat, dice.randint(1, 7), text)
                people.write_state(store, chat, text[: dice.randint(10, 1500)])
                delivery.queue(store, chat, f"{number}.{chat}", 0, text, None, NOW)
    for chat in dice.sample(list(words), len(words) // 2):
        with store.atomic():
            erasure.erase(store, chat, 0, NOW)
        erasure.scrub(store)
        assert holding(store.home, words[chat]) == []


def test_a_crash_between_erasure_and_scrub_is_made_good_at_the_next_start(store: Store, tmp_path: Path) -> None:
    chat = tell_all(store, 100, PLANT)
    with store.atomic():
        erasure.erase(store, chat, 9, NOW)
    crashed = shutil.copytree(store.home, tmp_path / "var")
    assert holding(crashed, PLANT)
    open_store(crashed).close()
    assert holding(crashed, PLANT) == []


def test_a_reader_that_holds_the_log_open_is_reported_and_the_next_try_succeeds(store: Store) -> None:
    chat = tell_all(store, 100, PLANT)
    store.db.conn.execute("PRAGMA busy_timeout=0")
    with closing(open_reader(store.home)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM answers_current").fetchone()
        with store.atomic():
            erasure.erase(store, chat, 9, NOW)
        with pytest.raises(StoreError, match="held open by a reader"):
            erasure.scrub(store)
    erasure.scrub(store)
    assert holding(store.home, PLANT) == []


def test_the_chat_stands_in_the_suppression_list_and_who_returns_gets_a_new_pseudonym(store: Store) -> None:
    keys = []
    for times in range(3):
        chat = person(store)
        keys.append(store.value("SELECT respondent_key FROM respondents"))
        erasure.erase(store, chat, 0, later(hours=times))
        found = store.rows("SELECT * FROM suppressed ORDER BY erased_at")
        assert [row["chat_hmac"] for row in found] == [people.chat_hmac(store, 100)] * (times + 1)
    assert len(set(keys)) == 3
    assert not any("100" in row["erased_at"] or row["chat_hmac"] == "100" for row in found)


def test_who_was_invited_stays_at_their_depth_without_the_referrer(store: Store) -> None:
    seed = person(store)
    key = store.value("SELECT respondent_key FROM respondents")
    token = people.issue_referral(store, 1, OPENING.round, later(days=9))
    for chat_id in (200, 300):
        people.remember_referral(store, people.chat_key_of(store, chat_id, NOW), token)
    invited = person(store, 200)
    known = people.respondent_of(store, invited)
    assert known is not None
    assert (known["referrer_key"], known["depth"]) == (key, 1)
    erasure.erase(store, seed, 0, NOW)
    assert people.respondent_of(store, invited) == known | {"referrer_key": None}
    late = people.respondent_of(store, person(store, 300))
    assert late is not None
    assert (late["referrer_key"], late["depth"]) == (None, 0)


def test_what_came_after_the_wish_still_waits_and_what_is_on_its_way_leaves_no_mark(store: Store) -> None:
    chat = person(store)
    for update in (1, 2, 3):
        received(store, update)
    delivery.queue(store, chat, "u1", 0, PLANT, "q4", NOW)
    (row,) = delivery.sendable(store, NOW, 9)
    delivery.begin_send(store, row.outbox_id)
    erasure.erase(store, chat, 2, NOW)
    delivery.sent(store, row, 15, NOW)
    assert [row.update_id for row in delivery.waiting_inbox(store, 9)] == [3]
    assert delivery.marks_of(store, chat) == []
    assert delivery.doubtful_chats(store) == set()


def test_a_school_goes_with_the_last_person_who_named_it(store: Store) -> None:
    one, two = person(store, 1), person(store, 2)
    keys = [interviews.add_school(store, None, name) for name in ("№ 1", "№ 2")]
    interviews.save_profile(store, one, "school_key", keys[0])
    interviews.save_profile(store, two, "school_key", keys[0])
    people.write_state(store, two, f'{{"offered": ["{keys[1]}"]}}')
    erasure.erase(store, one, 0, NOW)
    assert [school.key for school in interviews.schools_in(store, None)] == keys
    erasure.erase(store, two, 0, NOW)
    assert interviews.schools_in(store, None) == []


def test_nobody_to_erase_changes_nothing(store: Store) -> None:
    chat = people.chat_key_of(store, 100, NOW)
    before = content(store)
    assert erasure.erase(store, chat, 9, NOW) == erasure.Erased(0, 0, 0)
    assert erasure.copy_of(store, chat) is None
    assert content(store) == before


def test_the_copy_holds_what_is_kept_and_ends_with_the_erasure(store: Store) -> None:
    chat = tell_all(store, 100, PLANT)
    kept = erasure.copy_of(store, chat)
    assert kept is not None
    assert (kept["school"], kept["consent_quote"]) == (f"{PLANT} мектебі", 1)
    first, second = kept["answers"]
    assert [version["text"] for version in first["versions"]] == [
        f"{PLANT} нет пандуса\n{PLANT} нет денег",
        f"{PLANT} пандус есть\n{PLANT} нет денег",
    ]
    assert first["text"] == first["versions"][-1]["text"]
    assert [(one["coder_kind"], one["categories"]) for one in first["codings"]] == [
        ("model", "funding"), ("human", "infrastructure"), ("respondent", "funding"),
    ]  # fmt: skip
    assert (second["question"], second["codings"]) == (5, [])
    erasure.erase(store, chat, 9, NOW)
    assert erasure.copy_of(store, chat) is None

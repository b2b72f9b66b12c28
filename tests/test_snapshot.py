"""Snapshots: what may be trained on and what may not, who is set aside, and that whoever withdraws leaves."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store import codings, erasure
from bot.store.database import KEY_BYTES, KEY_FILE, Store, opened
from classifier.codebook import load_codebook
from tests.conftest import DATA
from tests.store_world import BOOK as VERSION
from tests.store_world import NOW, code, later, model_codes, person, write
from training.errors import DiskError, SnapshotError
from training.snapshot import EXAMPLES, HELD, chooses, load, set_aside, take, withdrawn
from training.views import coded_answers

CODEBOOK = DATA / "codebook.toml"
BOOK = load_codebook(CODEBOOK)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store whose pseudonyms, and with them who is set aside, are the same in every run."""
    home = tmp_path / "home"
    home.mkdir()
    (home / KEY_FILE).write_text("5a" * KEY_BYTES)
    with opened(home) as one:
        yield one


def allowing(store: Store, chat_id: int, *, training: bool = True) -> int:
    """A person who allows training, or does not."""
    chat = person(store, chat_id)
    store.run(
        "UPDATE interviews SET consent_training = ? WHERE respondent_id = "
        "(SELECT respondent_id FROM respondents WHERE chat_key = ?)",
        training,
        chat,
    )
    return chat


def crowd(store: Store, count: int, first: int = 1) -> list[int]:
    """So many people who allow training, with one answer each that a person has coded; their chats."""
    chats = [allowing(store, number) for number in range(first, first + count)]
    for chat in chats:
        code(store, write(store, chat, 4, "нет пандуса"), "aigul", ["infrastructure"])
    return chats


def key_of(store: Store, chat: int) -> str:
    return str(store.value("SELECT respondent_key FROM respondents WHERE chat_key = ?", chat))


def rows(folder: Path, name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def test_what_counts_now_is_frozen_and_nothing_a_model_said(store: Store) -> None:
    crowd(store, 20)
    chat = next(chat for number in range(100, 200) if not set_aside(key_of(store, chat := allowing(store, number))))
    answers = [write(store, chat, question, f"ответ {question}") for question in range(1, 8)]
    adjudicated, agreed, disputed, checked, models_only, no_barrier, edited = answers
    for answer in answers:
        model_codes(store, answer, ["social_perception"], ["stigma"])
    code(store, adjudicated, "aigul", ["funding"])
    code(store, adjudicated, "the boss", ["infrastructure"], "adjudicated")
    for coder in ("aigul", "dana"):
        code(store, agreed, coder, ["funding"])
    code(store, disputed, "aigul", ["funding"])
    code(store, disputed, "dana", ["infrastructure"])
    codings.save_respondent_coding(store, checked, ["human_resources"], VERSION, NOW)
    code(store, no_barrier, "aigul", [])
    code(store, edited, "aigul", ["funding"])
    write(store, chat, 7, "совсем другое", now=later(hours=1))
    folder = take(store.home, CODEBOOK, None, NOW)
    own = {row["answer"]: row for row in rows(folder, EXAMPLES) if row["respondent"] == key_of(store, chat)}
    assert {answer: (row["source"], row["categories"]) for answer, row in own.items()} == {
        adjudicated: ("adjudicated", ["infrastructure"]),
        agreed: ("human", ["funding"]),
        checked: ("respondent", ["human_resources"]),
        no_barrier: ("human", []),
    }
    snapshot = load(folder, BOOK, store.home)
    assert {one.id for one in snapshot.checks} == {f"a{checked}"}
    assert {one.id for one in snapshot.people if one.codes_known} == {f"a{no_barrier}"}
    assert models_only not in own


def test_consent_decides(store: Store) -> None:
    crowd(store, 10)
    silent = allowing(store, 99, training=False)
    code(store, write(store, silent, 4, "нет денег"), "aigul", ["funding"])
    folder = take(store.home, CODEBOOK, None, NOW)
    keys = {row["respondent"] for name in (EXAMPLES, HELD) for row in rows(folder, name)}
    assert key_of(store, silent) not in keys and len(keys) == 10


def test_the_same_fifth_is_set_aside_for_good_and_its_checks_are_not_trained_on(store: Store) -> None:
    chats = crowd(store, 60)
    first = take(store.home, CODEBOOK, None, NOW)
    held = {row["respondent"] for row in rows(first, HELD)}
    assert held == {key_of(store, chat) for chat in chats if set_aside(key_of(store, chat))} != set()
    for chat in chats:
        codings.save_respondent_coding(store, write(store, chat, 5, "мало людей"), ["human_resources"], VERSION, NOW)
    for number in range(61, 80):
        code(store, write(store, allowing(store, number), 4, "нет денег"), "aigul", ["funding"])
    second = take(store.home, CODEBOOK, None, later(days=30))
    assert held <= {row["respondent"] for row in rows(second, HELD)}
    assert not held & {row["respondent"] for row in rows(second, EXAMPLES)}
    assert {row["source"] for row in rows(second, HELD)} == {"human"}


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.uuids(), min_size=400, max_size=400, unique=True))
def test_about_a_fifth_is_set_aside_and_an_eighth_of_the_rest_chooses(names: list[object]) -> None:
    aside = [set_aside(str(name)) for name in names]
    rest = [chooses(str(name)) for name, out in zip(names, aside, strict=True) if not out]
    assert 0.1 < sum(aside) / len(aside) < 0.32
    assert 0.03 < sum(rest) / len(rest) < 0.25


def test_retraining_on_the_models_own_codings_is_impossible(store: Store) -> None:
    """Not from the database, where a model has coded everything, and not by a row added to a snapshot."""
    for number in range(1, 30):
        chat = allowing(store, number)
        model_codes(store, write(store, chat, 4, "нет пандуса"), ["infrastructure"], ["no_ramp"])
    with pytest.raises(SnapshotError, match="no answer that may be trained on has been coded by a person"):
        take(store.home, CODEBOOK, None, NOW)
    assert coded_answers(store.home) == []
    for chat in crowd(store, 10, first=100):
        codings.save_respondent_coding(store, write(store, chat, 5, "мало людей"), ["human_resources"], VERSION, NOW)
    folder = take(store.home, CODEBOOK, None, NOW)
    row = rows(folder, EXAMPLES)[0] | {"source": "model", "id": "a0"}
    with (folder / EXAMPLES).open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
    with pytest.raises(SnapshotError, match=r"examples\.jsonl:\d+: was changed"):
        load(folder, BOOK, store.home)


def test_a_changed_row_is_noticed(store: Store) -> None:
    crowd(store, 10)
    folder = take(store.home, CODEBOOK, None, NOW)
    path = folder / EXAMPLES
    path.write_text(path.read_text(encoding="utf-8").replace("infrastructure", "funding", 1), encoding="utf-8")
    with pytest.raises(SnapshotError, match=r"examples\.jsonl:1: was changed"):
        load(folder, BOOK, store.home)


def test_whoever_withdraws_leaves_every_file_of_the_snapshot(store: Store) -> None:
    chats = crowd(store, 12)
    said = [write(store, chat, 5, f"только мои слова {chat}") for chat in chats]
    for answer in said:
        code(store, answer, "aigul", ["funding"])
    folder = take(store.home, CODEBOOK, None, NOW)
    gone = [next(chat for chat in chats if set_aside(key_of(store, chat)) is aside) for aside in (True, False)]
    keys = {key_of(store, chat) for chat in gone}
    for chat in gone:
        erasure.erase(store, chat, 0, NOW)
    snapshot = load(folder, BOOK, store.home)
    assert not keys & {one.respondent for one in (*snapshot.examples, *snapshot.held)}
    left = "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())
    assert not any(key in left for key in keys)
    assert not any(f'только мои слова {chat}"' in left for chat in gone)
    assert withdrawn(folder) == 2
    assert load(folder, BOOK, store.home) == snapshot, "what is left is still whole"


def test_erasure_reaches_snapshots_without_anybody_using_them(store: Store) -> None:
    chats = crowd(store, 12)
    folder = take(store.home, CODEBOOK, None, NOW)
    key = key_of(store, chats[0])
    erasure.erase(store, chats[0], 0, NOW)
    erasure.scrub(store)
    assert key not in "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())


def test_a_permission_that_is_taken_back_counts_like_a_withdrawal(store: Store) -> None:
    chats = crowd(store, 12)
    folder = take(store.home, CODEBOOK, None, NOW)
    store.run("UPDATE interviews SET consent_training = 0")
    with pytest.raises(SnapshotError, match="nothing to train on is left"):
        load(folder, BOOK, store.home)
    assert len(chats) == 12


def test_another_codebook_is_refused_on_both_sides(store: Store, tmp_path: Path) -> None:
    crowd(store, 10)
    folder = take(store.home, CODEBOOK, None, NOW)
    other = tmp_path / "codebook.toml"
    other.write_text(CODEBOOK.read_text(encoding="utf-8").replace('version = "1"', 'version = "2"'), encoding="utf-8")
    with pytest.raises(SnapshotError, match="coded by codebook version 1, not by 2"):
        load(folder, load_codebook(other), store.home)
    with pytest.raises(SnapshotError, match="not by codebook version 2"):
        take(store.home, other, None, NOW)


def test_only_the_owner_can_read_a_snapshot_and_what_stands_there_stays(store: Store, tmp_path: Path) -> None:
    crowd(store, 10)
    folder = take(store.home, CODEBOOK, None, NOW)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in (EXAMPLES, HELD)} == {0o600}
    assert take(store.home, CODEBOOK, None, NOW) == folder
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    with pytest.raises(SnapshotError, match="is there already"):
        take(store.home, CODEBOOK, tmp_path, NOW)
    with pytest.raises(DiskError, match="cannot be written"):
        take(store.home, CODEBOOK, tmp_path / "mine" / "below", NOW)


def test_any_text_survives_as_one_row(store: Store) -> None:
    crowd(store, 10)
    text = "строка\u2028другая\u2029третья\x85четвёртая\x0bпятая \U0001f600"
    code(store, write(store, allowing(store, 77), 4, text), "aigul", ["funding"])
    folder = take(store.home, CODEBOOK, None, NOW)
    snapshot = load(folder, BOOK, store.home)
    assert text in {one.text for one in (*snapshot.people, *snapshot.held)}


def test_without_a_database_the_error_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"kedergi\.db: cannot be read"):
        take(tmp_path, CODEBOOK, None, NOW)

"""Agreement from a bot's database: who is compared with whom, and by which of their codings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.store import interviews
from bot.store.database import Store, open_store
from classifier.codebook import load_codebook
from tests.conftest import DATA
from tests.store_world import NOW, code, model_codes, person, write
from training.__main__ import commands
from training.doubles import doubles
from training.errors import ExampleError

BOOK = load_codebook(DATA / "codebook.toml")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = open_store(tmp_path)
    yield one
    one.close()


def test_two_people_and_the_model_are_compared_and_proposals_told_apart(store: Store) -> None:
    both, alone = (write(store, person(store, n), 4, "нет пандуса и денег") for n in (1, 2))
    for answer in (both, alone):
        model_codes(store, answer, ["funding"])
        code(store, answer, "person:a", ["infrastructure"])
    code(store, both, "person:b", [])
    code(store, both, "adjudicator:c", ["funding"], "adjudicated")
    found = doubles(store.home, BOOK)
    shown = {kind: [(set(one.first), set(one.second), one.settled) for one in pairs] for kind, pairs in found.items()}
    assert shown == {
        "people": [({"infrastructure"}, set(), True)],
        "blind": [({"infrastructure"}, {"funding"}, True)],
        "seen": [({"infrastructure"}, {"funding"}, False)],
    }


def test_an_edit_takes_no_pair_away(store: Store) -> None:
    chat = person(store)
    answer = write(store, chat, 4, "нет пандуса")
    for name in "ab":
        code(store, answer, name, ["infrastructure"])
    interviews.revise_message(store, chat, 1, "пандус есть", NOW)
    assert len(doubles(store.home, BOOK)["people"]) == 1


def test_codings_by_another_codebook_are_not_compared(store: Store, tmp_path: Path) -> None:
    answer = write(store, person(store), 4, "нет пандуса")
    for name in "ab":
        code(store, answer, name, ["infrastructure"])
    newer = tmp_path / "codebook.toml"
    newer.write_text((DATA / "codebook.toml").read_text().replace('version = "1"', 'version = "2"', 1))
    assert doubles(store.home, load_codebook(newer)) == {}


def test_the_command_says_it_in_words(store: Store) -> None:
    for number, labels in enumerate([["funding"], ["infrastructure"], [], ["funding", "infrastructure"]], 1):
        answer = write(store, person(store, number), 4, f"ответ {number}")
        for name in "ab":
            code(store, answer, name, labels)
    done = CliRunner().invoke(commands, ["agreement", "--home", str(store.home)])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["people"]["all"]["alpha"] == 1.0
    assert done.stderr.startswith("Two people, 4 answers. Alpha 1.000: reliable")


def test_nothing_to_compare_and_nothing_to_read_are_said(store: Store, tmp_path: Path) -> None:
    empty = CliRunner().invoke(commands, ["agreement", "--home", str(store.home)])
    assert isinstance(empty.exception, ExampleError)
    assert CliRunner().invoke(commands, ["agreement"]).exit_code == 2

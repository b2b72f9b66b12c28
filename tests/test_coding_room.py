"""Answers without a coding -> coder process -> codings: the real command line with a tiny model."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.coding.keeper import Keeper
from bot.coding.model import check_codebook
from bot.coding.process import CoderFailedError, CoderProcess
from bot.settings import DATA
from bot.store.database import Store
from classifier.codebook import Codebook, load_codebook
from classifier.errors import ModelError
from tests.store_world import fresh_store, person, write
from tests.tiny_model import tiny_model

BOOK = load_codebook(DATA / "codebook.toml")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as one:
        yield one


@pytest.fixture
async def process(model: Path) -> AsyncIterator[CoderProcess]:
    coder = CoderProcess(model, threads=1)
    yield coder
    await coder.stop()


async def test_finished_answers_are_coded_and_nothing_else(store: Store, process: CoderProcess) -> None:
    chat = person(store)
    write(store, chat, 3, "пандус жоқ, логопед жоқ")
    told: list[str] = []
    keeper = Keeper(store, process, BOOK, lambda: told.append("coded"))
    assert await keeper.step() == 1
    assert await keeper.step() == 0
    kinds = store.rows("SELECT DISTINCT coder, coder_kind FROM codings")
    assert [row["coder_kind"] for row in kinds] == ["model"] and kinds[0]["coder"] == keeper.coder
    assert told == ["coded"]


async def test_a_killed_coder_is_started_again_and_nothing_is_lost(store: Store, process: CoderProcess) -> None:
    chat = person(store)
    keeper = Keeper(store, process, BOOK)
    await keeper.step()
    first = process.pid
    assert first is not None
    write(store, chat, 3, "пандус жоқ")
    os.kill(first, signal.SIGKILL)
    with pytest.raises(CoderFailedError):
        await keeper.step()
    assert await keeper.step() == 1
    assert process.pid not in (None, first)


async def test_a_hanging_coder_is_given_up(model: Path) -> None:
    coder = CoderProcess(model, threads=1)
    await coder.code([{"id": 1, "text": "сәлем"}])
    assert coder.pid is not None
    os.kill(coder.pid, signal.SIGSTOP)
    coder.patience_s = 0.05
    with pytest.raises(CoderFailedError):
        await coder.code([{"id": 2, "text": "сәлем"}])
    assert coder.pid is None


def test_a_model_of_another_codebook_is_refused(model: Path) -> None:
    check_codebook(model, BOOK)
    other = Codebook(**{**{f: getattr(BOOK, f) for f in BOOK.__dataclass_fields__}, "version": "2", "sha256": "0" * 64})
    with pytest.raises(ModelError, match=r"codebook\.toml: version 1 is not"):
        check_codebook(model, other)

"""Answers without a coding -> coder process -> codings: the real command line with a tiny model."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.coding.keeper import Keeper
from bot.coding.model import Succession, check_codebook
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


class TestSuccession:
    """Another model takes over while the bot runs: `current` in KEDERGI_HOME/models is all that changes."""

    async def kept(self, store: Store, first: Path, told: list[str]) -> tuple[Keeper, Path]:
        models = store.home / "models"
        models.mkdir()
        (models / first.name).symlink_to(first)
        (models / "current").write_text(first.name)
        succession = Succession(store.home, BOOK, threads=1)
        keeper = Keeper(store, succession.process(), BOOK, lambda: None, succession, lambda: told.append("refused"))
        await keeper.step()
        assert keeper.coder == f"model:{first.name}"
        return keeper, models

    async def until(self, keeper: Keeper, coder: str) -> None:
        async with asyncio.timeout(60):
            while keeper.coder != coder:
                await keeper.step()
                await asyncio.sleep(0.01)

    async def test_the_new_model_takes_over_when_it_greets_and_the_old_one_codes_until_then(
        self, store: Store, model: Path, tmp_path: Path
    ) -> None:
        told: list[str] = []
        keeper, models = await self.kept(store, model, told)
        try:
            chat = person(store)
            new = tiny_model(tmp_path, margin=0.2)
            (models / new.name).symlink_to(new)
            (models / "current").write_text(new.name)
            write(store, chat, 3, "пандус жоқ")
            assert await keeper.step() == 1, "no gap: the old one codes while the new one starts"
            await self.until(keeper, f"model:{new.name}")
            write(store, chat, 4, "логопед жоқ")
            assert await keeper.step() == 1
            coders = store.rows("SELECT answer_id, coder FROM whole_codings ORDER BY answer_id")
            assert [row["coder"] for row in coders] == [f"model:{model.name}", f"model:{new.name}"]
            (models / "current").write_text(model.name)
            await self.until(keeper, f"model:{model.name}")
            changes = store.rows("SELECT coder FROM coder_changes ORDER BY rowid")
            assert [row["coder"][6:] for row in changes] == [model.name, new.name, model.name]
            assert told == []
        finally:
            await keeper.close()

    @pytest.mark.parametrize("wrong", ["missing", "broken", "another codebook"])
    async def test_a_model_that_cannot_take_over_is_refused_once_and_the_old_one_goes_on(
        self, store: Store, model: Path, tmp_path: Path, wrong: str
    ) -> None:
        told: list[str] = []
        keeper, models = await self.kept(store, model, told)
        try:
            if wrong != "missing":
                new = tiny_model(tmp_path, margin=0.2).rename(models / "new")
                (new / ("coder.json" if wrong == "broken" else "codebook.toml")).write_text("{}")
            (models / "current").write_text("new")
            async with asyncio.timeout(60):
                while not told:
                    await keeper.step()
                    await asyncio.sleep(0.01)
            write(store, person(store), 3, "пандус жоқ")
            assert await keeper.step() == 1
            assert (keeper.coder, told) == (f"model:{model.name}", ["refused"])
        finally:
            await keeper.close()

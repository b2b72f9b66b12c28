"""Promotion and the way back while people are being interviewed: nobody waits, and every answer is coded once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from click.testing import CliRunner

from bot.coding.keeper import Keeper
from bot.coding.model import Succession
from bot.settings import DATA
from classifier.codebook import load_codebook
from tests.fake_telegram import FakeTelegram
from tests.live_bot import LiveBot
from tests.store_world import NOW
from tests.tiny_model import tiny_model
from training.__main__ import commands
from training.models import Models

BOOK = load_codebook(DATA / "codebook.toml")
ANSWER = "В нашей школе нет пандуса и лифта, поэтому дети на колясках учатся дома, а педагоги ездят к ним сами"
CHAT = 7


async def test_a_model_is_promoted_and_rolled_back_under_a_running_bot(tmp_path: Path) -> None:
    models = Models(tmp_path)
    first, second = (
        models.keep(made, made.name) for made in (tiny_model(tmp_path / "a"), tiny_model(tmp_path / "b", margin=0.2))
    )
    models.promote(first, "Aigul", NOW, {})
    coded = asyncio.Event()
    async with FakeTelegram() as server, LiveBot(server, tmp_path) as bot:
        succession = Succession(tmp_path, BOOK, threads=1)
        keeper = Keeper(bot.store, succession.process(), BOOK, coded.set, succession)
        running = asyncio.create_task(keeper.run())
        try:
            async with asyncio.timeout(300):
                await bot.to_first_question(CHAT)
                await answer(bot, keeper, coded)
                models.promote(second, "Aigul", NOW, {})
                await taken_over(keeper, second)
                await answer(bot, keeper, coded)
                back = CliRunner().invoke(commands, ["rollback", "--by", "Dana", "--home", str(tmp_path)])
                assert back.output == f"counts again: {first}\n"
                await taken_over(keeper, first)
                await answer(bot, keeper, coded)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
        found = bot.rows("SELECT coder FROM whole_codings ORDER BY coding_id")
        assert [row["coder"] for row in found] == [f"model:{name}" for name in (first, second, first)]
        changes = bot.rows("SELECT coder, coder_before FROM coder_changes ORDER BY rowid")
        assert [row["coder"] for row in changes] == [f"model:{name}" for name in (first, second, first)]
        assert changes[0]["coder_before"] is None


async def answer(bot: LiveBot, keeper: Keeper, coded: asyncio.Event) -> None:
    """Answer the open question, see the next one, and wait for the coding."""
    step = bot.server.last(CHAT).step
    coded.clear()
    await bot.say(CHAT, ANSWER)
    await bot.press(CHAT, "next")
    assert bot.server.last(CHAT).step != step, "the conversation does not wait for a model"
    keeper.wake()
    await coded.wait()


async def taken_over(keeper: Keeper, name: str) -> None:
    while keeper.coder != f"model:{name}":  # noqa: ASYNC110 (the keeper tells nobody)
        await asyncio.sleep(0.01)

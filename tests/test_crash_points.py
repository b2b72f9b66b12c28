"""The bot dies at points spread over a whole interview; `make soak` dies at each of them."""

from __future__ import annotations

from pathlib import Path

from tests.crashing import stage

SAMPLE = 8


async def test_wherever_the_bot_dies_the_answers_are_as_if_it_had_not(tmp_path: Path) -> None:
    """Requirement 15: before and after every SQL statement and every HTTP call of one interview."""
    async with stage() as on:
        whole = await on.play(tmp_path / "whole")
        assert whole.finished and whole.figures.whole
        step = whole.points // SAMPLE
        for at in range(1 + step // 2, whole.points, step):
            outcome = await on.play(tmp_path / str(at), at)
            assert outcome.points >= at, "it must have died"
            assert outcome.finished and outcome.figures.whole, at
            assert outcome.answers == whole.answers, at

"""The bot is killed at random moments while twenty people are interviewed: nothing lost, doubled or moved."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.killing import Round, run_round
from tests.leaks import leaks

PLAN = Round(chats=20, kills=10, seed=20261124)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # a killed process leaves its sockets to the collector
async def test_kills_and_network_faults_lose_double_and_move_nothing(tmp_path: Path) -> None:
    result = await run_round(tmp_path, PLAN)
    print(f"\n{result}")
    assert result.finished, "the interviews must come to an end"
    assert result.kills >= PLAN.kills
    assert result.figures.whole
    assert leaks([("log", result.log)]) == []
    assert result.figures.messages >= PLAN.chats * 7

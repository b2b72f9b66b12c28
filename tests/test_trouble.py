"""A few people are interviewed under each kind of trouble; `make soak` has the long forms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests import trouble
from tests.ledger import Figures
from tests.soak import PROOFS, options_of

PEOPLE = 2


@pytest.mark.parametrize("play", [trouble.repeats, trouble.doubts, trouble.clock_jumps, trouble.disk_full])
async def test_no_message_is_lost_doubled_or_moved(
    play: Callable[[Path, int, int], Awaitable[Figures]], tmp_path: Path
) -> None:
    """The promise: repeats, answers cut off, a wrong clock and a full disk change no answer."""
    figures = await play(tmp_path, PEOPLE, 1)
    print(f"\n{play.__name__}: {figures}")
    assert figures.whole
    assert figures.messages >= PEOPLE * 7
    assert figures.asked or play is not trouble.doubts, "what cannot be placed is asked about"


async def test_copies_of_database_and_log_open_and_hold_all_that_was_acknowledged(tmp_path: Path) -> None:
    """Requirement 10: copied at random moments, also in the middle of a transaction."""
    figures, taken = await trouble.photographed(tmp_path, 20, 1)
    assert figures.whole
    assert taken == 20


def test_the_soak_runs_every_proof_unless_told_otherwise() -> None:
    assert options_of([]).only is None
    assert options_of(["--only", *PROOFS]).only == list(PROOFS)
    with pytest.raises(SystemExit):
        options_of(["--only", "nothing"])

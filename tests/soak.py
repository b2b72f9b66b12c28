"""`make soak`: the long form of every proof of delivery. One line of figures each; it ends with 1 if one is not clean.

Hours with the defaults, minutes with small numbers: `python -m tests.soak --runs 1 --chats 20 --kills 5 --every 100
--people 10 --minutes 1`. Everything stays on loopback and in a temporary folder.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

from tests import trouble
from tests.crashing import stage
from tests.killing import Round, run_round
from tests.ledger import Figures

Line = tuple[str, bool]
Proof = Callable[[Path, argparse.Namespace], AsyncIterator[Line]]


async def kills(folder: Path, options: argparse.Namespace) -> AsyncIterator[Line]:
    """Random kills of the process, and network faults."""
    for run in range(options.runs):
        place = folder / str(run)
        place.mkdir()
        result = await run_round(place, Round(options.chats, options.kills, options.seed + run, deadline_s=3600))
        yield f"seed {options.seed + run}, {result}", result.finished and result.figures.whole


async def crash_points(folder: Path, options: argparse.Namespace) -> AsyncIterator[Line]:
    """Death before and after every SQL statement and HTTP call of one interview."""
    total, bad, died = Figures(), 0, 0
    async with stage() as on:
        whole = await on.play(folder / "whole")
        for at in range(1, whole.points + 1, options.every):
            with tempfile.TemporaryDirectory(dir=folder) as home:
                outcome = await on.play(Path(home), at)
            died += 1
            total += outcome.figures
            bad += not (outcome.finished and outcome.figures.whole and outcome.answers == whole.answers)
    yield f"{died} of {whole.points} points, ended otherwise {bad}: {total}", bad == 0


async def pictures(folder: Path, options: argparse.Namespace) -> AsyncIterator[Line]:
    """Copies of database and log at random moments."""
    figures, taken = await trouble.photographed(folder, options.pictures, options.seed)
    yield f"{taken} copies opened: {figures}", figures.whole


async def coder(folder: Path, options: argparse.Namespace) -> AsyncIterator[Line]:
    """A coder that is killed, hangs and gets no memory."""
    figures, uncoded = await trouble.coder_trouble(folder, options.people, options.seed)
    yield f"{figures}, uncoded {uncoded}", figures.whole and uncoded == 0


async def paced(folder: Path, options: argparse.Namespace) -> AsyncIterator[Line]:
    """An even stream of updates with the coder working."""
    figures, uncoded = await trouble.paced(folder, options.minutes, options.rate)
    yield (
        f"{options.minutes:g} minutes at {options.rate:g}/s: {figures}, uncoded {uncoded}",
        figures.whole and uncoded == 0,
    )


def simple(play: Callable[[Path, int, int], Awaitable[Figures]]) -> Proof:
    """A proof whose figures say everything."""

    async def proof(folder: Path, options: argparse.Namespace) -> AsyncIterator[Line]:
        figures = await play(folder, options.people, options.seed)
        yield str(figures), figures.whole

    return proof


PROOFS: Mapping[str, Proof] = {
    "kills": kills,
    "crash_points": crash_points,
    "repeats": simple(trouble.repeats),
    "doubts": simple(trouble.doubts),
    "pictures": pictures,
    "disk_full": simple(trouble.disk_full),
    "clock_jumps": simple(trouble.clock_jumps),
    "coder": coder,
    "paced": paced,
}


async def main(options: argparse.Namespace) -> bool:
    """Run the proofs; whether all were clean."""
    logging.disable()  # What the library says of every cut line would hide the figures.
    clean = True
    for name in options.only or PROOFS:
        with tempfile.TemporaryDirectory() as folder:
            async for line, good in PROOFS[name](Path(folder), options):
                print(f"{name}: {line}{'' if good else '  <-- NOT CLEAN'}", flush=True)
                clean &= good
    return clean


def options_of(arguments: list[str]) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=PROOFS, help="these proofs and no others")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=10, help="kills: runs")
    parser.add_argument("--kills", type=int, default=25, help="kills: kills in a run")
    parser.add_argument("--chats", type=int, default=200, help="kills: people in a run")
    parser.add_argument("--every", type=int, default=1, help="crash_points: every so many points")
    parser.add_argument("--people", type=int, default=50, help="the other proofs: people")
    parser.add_argument("--pictures", type=int, default=200, help="pictures: copies")
    parser.add_argument("--minutes", type=float, default=30, help="paced: minutes")
    parser.add_argument("--rate", type=float, default=20, help="paced: updates a second")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main(options_of(sys.argv[1:]))) else 1)

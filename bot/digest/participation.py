"""How the round goes, as it may be shown: who has started in the week and how far they came, who invited whom. Pure.

What was begun in one week and what in the next are different people, so a week's numbers are shown exactly, with small
ones hidden as everywhere. Totals of the round would give away the newcomers of each week; they are rounded down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.digest.hiding import Key, hidden
from bot.digest.scopes import hidden_in_parts
from bot.digest.system import System
from bot.store.participation import DEEPEST, Begun, RoundSoFar

BEGUN: Key = ("begun",)
FINISHED: Key = ("finished",)


@dataclass(frozen=True, slots=True)
class Course:
    """Interviews that were begun in the week: all, finished, by the question at which they stand (0: before the first),
    by distance from a seed (DEEPEST: that far or further); None where hidden. `round`: the round so far, every number
    of people rounded down; `quotas`: role, places taken (rounded down, or all), places."""

    begun: int | None
    finished: int | None
    stopped: Mapping[int, int | None]
    depths: Mapping[int, int | None]
    round: RoundSoFar
    quotas: tuple[tuple[str, int, int], ...] = ()


def course(
    started: Sequence[Begun],
    district: str | None,
    school: str | None,
    so_far: RoundSoFar,
    quotas: Mapping[str, int],
    least: int,
) -> Course:
    """The course of a week in a scope. `started`: the interviews begun in the week, of all scopes."""
    part = [one for one in started if district in (None, one.district) and school in (None, one.school)]
    found = _system(part)
    away = _hidden(started, district, school, least)

    def shown(key: Key) -> int | None:
        return None if key in away else found.counts.get(key, 0)

    stopped = {
        number: shown(("stopped", str(number))) for number in range(8) if ("stopped", str(number)) in found.counts
    }
    depths = {depth: shown(("depth", str(depth))) for depth in range(DEEPEST + 1)}
    taken = tuple((role, _taken(so_far.by_role.get(role, 0), places, least), places) for role, places in quotas.items())
    return Course(shown(BEGUN), shown(FINISHED), stopped, depths, _rounded(so_far, least), taken)


def _taken(count: int, places: int, least: int) -> int:
    return places if count >= places else count - count % least


def _rounded(so_far: RoundSoFar, least: int) -> RoundSoFar:
    def down(count: int) -> int:
        return count - count % least

    return RoundSoFar(
        down(so_far.begun),
        down(so_far.finished),
        down(so_far.seeds),
        down(so_far.invited),
        so_far.longest_chain,
        down(so_far.dead_ends),
        {role: down(count) for role, count in so_far.by_role.items()},
        down(so_far.withdrawn),
    )


def _hidden(started: Sequence[Begun], district: str | None, school: str | None, least: int) -> frozenset[Key]:
    whole = _system(started)
    away = hidden(whole.counts, whole.sums, whole.printed, least)
    if district is None and school is None:
        return away
    name = district or "-"
    parts = {one: _system([b for b in started if (b.district or "-") == one]) for one in _names(started, name)}
    away = hidden_in_parts(whole, away, parts, least)[name]
    if school is None:
        return away
    own = [one for one in started if (one.district or "-") == name]
    schools = {one.school or "-" for one in own} | {school}
    below = {one: _system([b for b in own if (b.school or "-") == one]) for one in schools}
    return hidden_in_parts(parts[name], away, below, least)[school]


def _names(started: Sequence[Begun], own: str) -> set[str]:
    return {one.district or "-" for one in started} | {own}


def _system(started: Sequence[Begun]) -> System:
    """Begun are the finished and who stands at a question; begun are also the seeds and those whom they brought."""
    counts: Counter[Key] = Counter({BEGUN: len(started), FINISHED: 0})
    for one in started:
        counts[FINISHED if one.stopped is None else ("stopped", str(one.stopped))] += 1
        counts["depth", str(one.depth)] += 1
    found = System(frozenset(counts), dict(counts))
    found.place(BEGUN, BEGUN)
    for table, keys in (
        (FINISHED, [key for key in counts if key[0] in ("finished", "stopped")]),
        (("depth",), [key for key in counts if key[0] == "depth"]),
    ):
        for key in keys:
            found.place(key, table, BEGUN)
        found.total(BEGUN, keys)
    return found

"""`compose(weeks, quotes) -> Digest`: what the digest says, before it has words. Pure.

A count that is hidden is None here, and with it everything that would give it away: its share, its interval, its
change, its answers, its quote. The change is against the week before, the mean over the four weeks before; each is left
out where one of its weeks is hidden.

Left out: words, pictures and sheets; they only show what stands here.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.digest.counting import DIMENSIONS, EVERYBODY, Counts, system
from bot.digest.hiding import LEAST, hidden
from bot.digest.intervals import Interval, newcombe, wilson
from bot.digest.quoting import typical
from bot.store.digests import Quote
from classifier.codebook import Codebook

LEADING_CODES = 3
_MEAN_OF = 4


@dataclass(frozen=True, slots=True)
class Change:
    """The change of a share against the week before, in shares (0.1: ten points)."""

    points: float
    interval: Interval

    @property
    def real(self) -> bool:
        """Whether more than noise."""
        return not self.interval.holds_zero


@dataclass(frozen=True, slots=True)
class Line:
    """One category: respondents, their share of all with an answer that week, and what belongs to it."""

    category: str
    people: int | None
    answers: int | None
    share: float | None
    interval: Interval | None
    change: Change | None
    mean: float | None
    sources: Mapping[str, int]
    codes: tuple[tuple[str, int], ...]
    quote: str | None


@dataclass(frozen=True, slots=True)
class Digest:
    """A week as it may be shown. `together`: respondents who named both; `groups`: dimension, value, category or None
    for the whole group; `least`: the smallest number of people that is shown."""

    week: str
    least: int
    people: int | None
    answers: int | None
    to_review: int
    urgent: int
    uncoded: int
    lines: tuple[Line, ...]
    together: Mapping[tuple[str, str], int | None]
    groups: Mapping[str, Mapping[str, Mapping[str | None, int | None]]]

    @property
    def headline(self) -> Line | None:
        """The category with the largest real change, if there is one."""
        changed = [line for line in self.lines if line.change and line.change.real]
        return max(changed, key=lambda line: abs(line.change.points) if line.change else 0, default=None)


@dataclass(frozen=True, slots=True)
class Shown:
    """The counts of one week that may be shown."""

    counts: Counts
    hidden: frozenset[Hashable]

    def people(self, key: Hashable) -> int | None:
        """Respondents, 0 where nobody is, None where hidden."""
        return None if key in self.hidden else self.counts.people.get(key, 0)


def shown(counts: Counts, codebook: Codebook, least: int = LEAST) -> Shown:
    """`counts` with everything hidden that must be."""
    codes = {code.id: code.categories for code in codebook.codes}
    people, sums = system(counts, codebook.category_ids, codes)
    return Shown(counts, hidden(people, sums, set(counts.people), least))


def compose(
    week: str, weeks: Sequence[Shown], quotes: Sequence[Quote], codebook: Codebook, least: int = LEAST
) -> Digest:
    """The digest of the last of `weeks`; the ones before it are what it is compared with, oldest first."""
    now, before = weeks[-1], weeks[:-1]
    people = now.people(EVERYBODY)
    lines = [_line(name, now, before, quotes, codebook) for name in codebook.category_ids]
    return Digest(
        week,
        least,
        people,
        now.counts.total_answers if people is not None else None,
        now.counts.to_review,
        now.counts.urgent,
        now.counts.uncoded,
        tuple(sorted(lines, key=lambda line: -(line.people or 0))),
        {pair: now.people(("together", *pair)) for pair in combinations(codebook.category_ids, 2)},
        {dimension: _group(dimension, now, codebook) for dimension in DIMENSIONS},
    )


def _line(name: str, now: Shown, before: Sequence[Shown], quotes: Sequence[Quote], codebook: Codebook) -> Line:
    part = _part(name, now)
    if part is None:
        return Line(name, None, None, None, None, None, None, {}, (), None)
    people, everybody = part
    codes = [(code.id, now.people(("code", code.id))) for code in codebook.codes if name in code.categories]
    leading = sorted(((code, count) for code, count in codes if count), key=lambda one: -one[1])
    return Line(
        name,
        people,
        now.counts.answers[name],
        people / everybody if everybody else 0.0,
        wilson(people, everybody) if everybody else None,
        _change(name, part, before),
        _mean(name, before),
        now.counts.sources[name],
        tuple(leading[:LEADING_CODES]),
        typical([quote for quote in quotes if quote.category == name]),
    )


def _part(name: str, week: Shown) -> tuple[int, int] | None:
    """(respondents who named it, all respondents), or None where one of them is hidden."""
    people, everybody = week.people(("category", name)), week.people(EVERYBODY)
    return None if people is None or everybody is None else (people, everybody)


def _change(name: str, part: tuple[int, int], before: Sequence[Shown]) -> Change | None:
    last = _part(name, before[-1]) if before else None
    if last is None or not last[1] or not part[1]:
        return None
    return Change(part[0] / part[1] - last[0] / last[1], newcombe(*part, *last))


def _mean(name: str, before: Sequence[Shown]) -> float | None:
    """Share of the four weeks before together. One hidden week hides it: the others would give that one away."""
    parts = [_part(name, week) for week in before[-_MEAN_OF:]]
    known = [part for part in parts if part is not None]
    everybody = sum(total for _, total in known)
    if len(known) < len(parts) or not everybody:
        return None
    return sum(people for people, _ in known) / everybody


def _group(dimension: str, now: Shown, codebook: Codebook) -> dict[str, dict[str | None, int | None]]:
    values = sorted(
        key[1] for key in now.counts.people if isinstance(key, tuple) and len(key) == 2 and key[0] == dimension
    )
    return {
        value: {None: now.people((dimension, value))}
        | {name: now.people((dimension, value, name)) for name in codebook.category_ids}
        for value in values
    }

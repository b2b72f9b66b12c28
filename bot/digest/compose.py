"""`compose(weeks, ...) -> Digest`: what the digest says, before it has words. Pure.

A count that is hidden is None here, and with it everything that would give it away: its share, its interval, its
change, its answers, its quote. The change is against the week before, the mean over the four weeks before; each is left
out where one of its weeks is hidden. Totals of the round are rounded down to a multiple of the smallest number that is
shown: exact ones would give away, from week to week, who has just come.

Left out: words, pictures and sheets; they only show what stands here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from bot.digest.counting import DIMENSIONS, EVERYBODY, Answers
from bot.digest.hiding import LEAST, Key
from bot.digest.intervals import Interval, newcombe, wilson
from bot.digest.participation import Course
from bot.digest.quoting import typical
from bot.store.coders import CoderChange
from bot.store.quotes import Quote
from bot.store.tallies import Piles
from classifier.codebook import Codebook

Lens = Literal["barriers", "conditions"]
LENSES: tuple[Lens, ...] = ("barriers", "conditions")
# The week itself and what it is compared with; a picture shows all of them.
WEEKS = 8
_MEAN_OF = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asks for: an ISO week, a scope (`all`, a district's id, a school's key), a lens, and the smallest
    number of people that is shown."""

    week: str
    scope: str = "all"
    lens: Lens = "barriers"
    least: int = LEAST


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
class Named:
    """A descriptive code that somebody named: respondents and answers, None where hidden."""

    code: str
    people: int | None
    answers: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """One category or condition: respondents, their share of all with an answer that week, and what belongs to it.

    `history`: (respondents who named it, all) of the last weeks, oldest first; `so_far`: how many respondents of the
    round have named it at least; `codes`: descriptive codes with respondents and answers, those named most first;
    `sources`: answers by who decided.
    """

    name: str
    people: int | None
    answers: int | None
    share: float | None
    interval: Interval | None
    change: Change | None
    mean: float | None
    history: tuple[tuple[int, int] | None, ...]
    so_far: int
    sources: Mapping[str, int]
    codes: tuple[Named, ...]
    quote: str | None


@dataclass(frozen=True, slots=True)
class Coder:
    """The model that codes now (None: none has coded yet), what waits, and the changes of model in the week."""

    model: str | None
    piles: Piles
    changes: tuple[CoderChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """A week as it may be shown. `together`: respondents who named both; `groups`: dimension, value, category or None
    for the whole group; `uncovered`: respondents who named a barrier for which the other lens has no condition;
    `least`: the smallest number of people that is shown; `so_far`: respondents of the round, at least."""

    week: str
    scope: str
    lens: Lens
    least: int
    people: int | None
    answers: int | None
    to_review: int
    urgent: int
    uncoded: int
    so_far: int
    lines: tuple[Line, ...]
    together: Mapping[tuple[str, str], int | None]
    groups: Mapping[str, Mapping[str, Mapping[str | None, int | None]]]
    uncovered: Mapping[str, int | None]
    course: Course
    coder: Coder

    @property
    def headline(self) -> Line | None:
        """The line with the largest real change, if there is one."""
        changed = [line for line in self.lines if line.change and line.change.real]
        return max(changed, key=lambda line: abs(line.change.points) if line.change else 0, default=None)


@dataclass(frozen=True, slots=True)
class Shown:
    """The counts of respondents of one week, and which of them must be hidden."""

    counts: Mapping[Key, int]
    hidden: frozenset[Key]

    def people(self, key: Key) -> int | None:
        """Respondents, 0 where nobody is, None where hidden."""
        return None if key in self.hidden else self.counts.get(key, 0)

    def part(self, key: Key) -> tuple[int, int] | None:
        """(respondents of `key`, all respondents), or None where one of them is hidden."""
        people, everybody = self.people(key), self.people(EVERYBODY)
        return None if people is None or everybody is None else (people, everybody)


@dataclass(frozen=True, slots=True)
class RoundCounts:
    """How many respondents of the round have said something at all, and how many have named each key."""

    people: int
    named: Mapping[Key, int]


def round_counts(named: Iterable[Collection[str]], lens: Lens, codebook: Codebook) -> RoundCounts:
    """The respondents of a round, each given by the categories and descriptive codes they have named, as one lens sees
    them."""
    names: Counter[str | None] = Counter()
    condition_of = {code.id: code.condition for code in codebook.codes}
    people = 0
    for own in named:
        people += 1
        names.update(own if lens == "barriers" else set(map(condition_of.get, own)))
    return RoundCounts(people, {key: names[key[1]] for key in lens_keys(lens, codebook)})


def lens_keys(lens: Lens, codebook: Codebook) -> list[Key]:
    """What a lens sees, in the order of the codebook."""
    if lens == "barriers":
        return [("category", name) for name in codebook.category_ids]
    return [("condition", condition.id) for condition in codebook.conditions]


def rounded(count: int, least: int) -> int:
    """`count` rounded down to a multiple of `least`: "at least so many"."""
    return count - count % least


def compose(
    asked: Asked,
    weeks: Sequence[Shown],
    answers: Answers,
    so_far: RoundCounts,
    quotes: Sequence[Quote],
    course: Course,
    coder: Coder,
    codebook: Codebook,
) -> Digest:
    """The digest of the last of `weeks`, and its `answers`; the weeks before it are what it is compared with, oldest
    first."""
    now = weeks[-1]
    people = now.people(EVERYBODY)
    named = {key: rounded(so_far.named.get(key, 0), asked.least) for key in lens_keys(asked.lens, codebook)}
    lines = [_line(key, weeks, answers, count, quotes, codebook) for key, count in named.items()]
    return Digest(
        asked.week,
        asked.scope,
        asked.lens,
        asked.least,
        people,
        answers.total if people is not None else None,
        answers.to_review,
        answers.urgent,
        answers.uncoded,
        rounded(so_far.people, asked.least),
        tuple(sorted(lines, key=lambda line: -(line.people or 0))),
        {pair: now.people(("together", *pair)) for pair in combinations(codebook.category_ids, 2)},
        {dimension: _group(dimension, now, codebook) for dimension in DIMENSIONS},
        {name: now.people(("uncovered", name)) for name in codebook.category_ids},
        course,
        coder,
    )


def _line(
    key: Key, weeks: Sequence[Shown], answers: Answers, so_far: int, quotes: Sequence[Quote], codebook: Codebook
) -> Line:
    now, before = weeks[-1], weeks[:-1]
    history = tuple(week.part(key) for week in weeks)
    part = now.part(key)
    if part is None:
        return Line(key[1], None, None, None, None, None, None, history, so_far, {}, (), None)
    people, everybody = part
    return Line(
        key[1],
        people,
        answers.by_key.get(key, 0),
        people / everybody if everybody else 0.0,
        wilson(people, everybody) if everybody else None,
        _change(key, part, before),
        _mean(key, before),
        history,
        so_far,
        answers.sources.get(key, {}),
        _codes(key, now, answers, codebook),
        typical([quote for quote in quotes if quote.name == key[1]]),
    )


def _codes(key: Key, now: Shown, answers: Answers, codebook: Codebook) -> tuple[Named, ...]:
    found = []
    for code in codebook.codes:
        belongs = key[1] in code.categories if key[0] == "category" else code.condition == key[1]
        if belongs and now.counts.get(("code", code.id)):
            people = now.people(("code", code.id))
            found.append(Named(code.id, people, None if people is None else answers.by_key.get(("code", code.id), 0)))
    return tuple(sorted(found, key=lambda one: -(one.people or 0)))


def _change(key: Key, part: tuple[int, int], before: Sequence[Shown]) -> Change | None:
    last = before[-1].part(key) if before else None
    if last is None or not last[1] or not part[1]:
        return None
    return Change(part[0] / part[1] - last[0] / last[1], newcombe(*part, *last))


def _mean(key: Key, before: Sequence[Shown]) -> float | None:
    """Share of the four weeks before together. One hidden week hides it: the others would give that one away."""
    parts = [week.part(key) for week in before[-_MEAN_OF:]]
    known = [part for part in parts if part is not None]
    everybody = sum(total for _, total in known)
    if len(known) < len(parts) or not everybody:
        return None
    return sum(people for people, _ in known) / everybody


def _group(dimension: str, now: Shown, codebook: Codebook) -> dict[str, dict[str | None, int | None]]:
    values = sorted(key[1] for key in now.counts if len(key) == 2 and key[0] == dimension)
    return {
        value: {None: now.people((dimension, value))}
        | {name: now.people((dimension, value, name)) for name in codebook.category_ids}
        for value in values
    }

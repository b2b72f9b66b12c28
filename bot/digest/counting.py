"""From the answers of a period to counts of respondents: by category, by group, together. Pure.

People first: a respondent counts once, however many answers name the same thing. The base of every share is the
respondents with at least one answer in the period, coded or not. Someone who answers in both languages belongs to the
one used more often (Kazakh at a tie), so that groups add up to the whole.

Left out: which counts may be shown (`hiding`), and what they mean in words (`compose`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.digest.hiding import Sum
from bot.store.digests import Fact

DIMENSIONS = ("role", "locality", "lang")
EVERYBODY: Hashable = ("all",)
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of one period and one scope.

    `people` holds respondents by key: ("all",), ("category", c), ("together", c, d), ("role", v), ("role", v, c) and so
    on for every dimension, ("code", x). `answers` and `sources` count answers by category.
    """

    people: Mapping[Hashable, int]
    answers: Mapping[str, int]
    sources: Mapping[str, Mapping[str, int]]
    total_answers: int
    to_review: int
    urgent: int
    uncoded: int


def count(facts: Sequence[Fact], categories: Sequence[str]) -> Counts:
    """The counts of `facts`."""
    named: defaultdict[str, set[str]] = defaultdict(set)
    codes: defaultdict[str, set[str]] = defaultdict(set)
    by_answer: dict[int, Fact] = {}
    answers: defaultdict[str, set[int]] = defaultdict(set)
    sources: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for fact in facts:
        by_answer[fact.answer_id] = fact
        if fact.category is None:
            continue
        named[fact.category].add(fact.respondent)
        if fact.answer_id not in answers[fact.category]:
            answers[fact.category].add(fact.answer_id)
            sources[fact.category][fact.source or "model"] += 1
        for code in fact.codes:
            codes[code].add(fact.respondent)
    people = _people(_members(by_answer.values()), named, codes, categories)
    piles = Counter(fact.pile for fact in by_answer.values())
    return Counts(
        people,
        {name: len(answers[name]) for name in categories},
        {name: dict(sources[name]) for name in categories},
        len(by_answer),
        piles["review"],
        piles["urgent"],
        sum(fact.source is None for fact in by_answer.values()),
    )


def _members(facts: Iterable[Fact]) -> Mapping[Key, set[str]]:
    """Respondents by group: ("all",) and (dimension, value), one value of each dimension per respondent."""
    spoken: defaultdict[str, Counter[str]] = defaultdict(Counter)
    groups: defaultdict[Key, set[str]] = defaultdict(set)
    seen: dict[str, Fact] = {}
    for fact in facts:
        groups["all",].add(fact.respondent)
        spoken[fact.respondent][fact.lang or "-"] += 1
        seen[fact.respondent] = fact
    for respondent, fact in seen.items():
        language = min(spoken[respondent], key=lambda lang: (-spoken[respondent][lang], lang))
        groups["role", fact.role or "-"].add(respondent)
        groups["locality", fact.locality or "-"].add(respondent)
        groups["lang", language].add(respondent)
    return groups


def _people(
    groups: Mapping[Key, set[str]],
    named: Mapping[str, Collection[str]],
    codes: Mapping[str, Collection[str]],
    categories: Sequence[str],
) -> dict[Hashable, int]:
    people: dict[Hashable, int] = {EVERYBODY: 0} | {key: len(members) for key, members in groups.items()}
    sets = {name: set(named.get(name, ())) for name in categories}
    for name, members in sets.items():
        people["category", name] = len(members)
        for key, group in groups.items():
            if key != EVERYBODY:
                people[(*key, name)] = len(members & group)
    for one, other in combinations(categories, 2):
        people["together", one, other] = len(sets[one] & sets[other])
    for code, respondents in codes.items():
        people["code", code] = len(respondents)
    return people


def system(
    counts: Counts, categories: Sequence[str], code_categories: Mapping[str, Sequence[str]]
) -> tuple[dict[Hashable, int], list[Sum]]:
    """All counts that readers could work out, printed or not, and the sums between them; see `hiding`."""
    people = dict(counts.people)
    sums: list[Sum] = []

    def split(whole: Hashable, part: Hashable, rest: Hashable) -> None:
        people[rest] = people[whole] - people[part]
        sums.append(Sum(whole, (part, rest)))

    for name in categories:
        split(EVERYBODY, ("category", name), ("without", name))
    groups = [key for key in counts.people if isinstance(key, tuple) and len(key) == 2 and key[0] in DIMENSIONS]
    for key in groups:
        for name in categories:
            split(key, (*key, name), (*key, "without", name))
    for dimension in DIMENSIONS:
        own = [key for key in groups if key[0] == dimension]
        if not own:
            continue
        sums.append(Sum(EVERYBODY, tuple(own)))
        for name in categories:
            sums.append(Sum(("category", name), tuple((*key, name) for key in own)))
    for one, other in combinations(categories, 2):
        split(("category", one), ("together", one, other), ("together", one, "without", other))
        split(("category", other), ("together", one, other), ("together", other, "without", one))
    for code, own_categories in code_categories.items():
        if ("code", code) in people:
            for name in own_categories:
                split(("category", name), ("code", code), ("category", name, "without", code))
    return people, sums

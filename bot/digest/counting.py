"""From the answers of a week to counts of respondents: by category, by condition, by group, together. Pure.

People first: a respondent counts once, however many answers name the same thing. The base of every share is the
respondents with at least one answer in the week, coded or not. Someone who answers in both languages belongs to the one
used more often (Kazakh at a tie), so that groups add up to the whole.

Both lenses are counted at once, because a reader may look through both: the study's barriers, and the conditions of
the Karaganda model, to which descriptive codes correspond. Left out: which counts may be shown (`hiding`, `scopes`),
and what they mean in words.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.digest.hiding import Key
from bot.digest.system import System
from bot.store.tallies import Voice
from classifier.codebook import Codebook

DIMENSIONS = ("role", "locality", "lang")
EVERYBODY: Key = ("all",)


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers of one week and one scope: by ("category", c), ("condition", z) or ("code", x); by who decided them, for
    categories and conditions; all; waiting for review; urgent; not coded yet."""

    by_key: Mapping[Key, int]
    sources: Mapping[Key, Mapping[str, int]]
    total: int
    to_review: int
    urgent: int
    uncoded: int


def count(voices: Sequence[Voice], codebook: Codebook) -> dict[Key, int]:
    """Respondents by key: ("all",), ("category", c), ("condition", z), ("uncovered", c) who named a barrier but nothing
    in it to which a condition corresponds, ("together", c, d), ("role", v), ("role", v, c) and so on for every
    dimension, ("code", x)."""
    sets = _groups(voices)
    codes = {code.id: code for code in codebook.codes}
    for voice in voices:
        covered: set[str] = set()
        names = voice.named.split()
        for name in names:
            code = codes.get(name)
            if code is None:
                sets["category", name].add(voice.respondent)
                continue
            sets["code", name].add(voice.respondent)
            if code.condition:
                sets["condition", code.condition].add(voice.respondent)
                covered.update(code.categories)
        for name in names:
            if name not in codes and name not in covered:
                sets["uncovered", name].add(voice.respondent)
    return _people(sets, codebook)


def count_answers(voices: Iterable[Voice], codebook: Codebook) -> Answers:
    """The answers of `voices`."""
    conditions = {code.id: code.condition for code in codebook.codes}
    by_key: Counter[Key] = Counter()
    sources: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    said = [one for voice in voices for one in voice.said()]
    for one in said:
        keys = {key for category, codes in one.categories.items() for key in _keys(category, codes, conditions)}
        by_key.update(keys)
        for key in keys:
            if key[0] != "code":
                sources[key][one.source or "model"] += 1
    piles = Counter(one.pile for one in said)
    uncoded = sum(one.source is None for one in said)
    return Answers(by_key, sources, len(said), piles["review"], piles["urgent"], uncoded)


def _keys(category: str, codes: Sequence[str], conditions: Mapping[str, str | None]) -> Iterator[Key]:
    yield "category", category
    for code in codes:
        yield "code", code
        if condition := conditions.get(code):
            yield "condition", condition


def _groups(voices: Iterable[Voice]) -> defaultdict[Key, set[int]]:
    """Respondents by group: ("all",) and (dimension, value), one value of each dimension per respondent."""
    groups: defaultdict[Key, set[int]] = defaultdict(set)
    for voice in {voice.respondent: voice for voice in voices}.values():
        for key in (EVERYBODY, ("role", voice.role or "-"), ("locality", voice.locality or "-"), ("lang", voice.lang)):
            groups[key].add(voice.respondent)
    return groups


def _people(sets: Mapping[Key, Collection[int]], codebook: Codebook) -> dict[Key, int]:
    people: dict[Key, int] = {EVERYBODY: 0} | {key: len(members) for key, members in sets.items()}
    groups = [key for key in sets if key[0] in DIMENSIONS]
    categories = {name: set(sets.get(("category", name), ())) for name in codebook.category_ids}
    for name, members in categories.items():
        people["category", name] = len(members)
        for key in groups:
            people[(*key, name)] = len(members.intersection(sets[key]))
    for condition in codebook.conditions:
        people.setdefault(("condition", condition.id), 0)
    for one, other in combinations(codebook.category_ids, 2):
        people["together", one, other] = len(categories[one] & categories[other])
    return people


def system(counts: Mapping[Key, int], codebook: Codebook) -> System:
    """All counts that readers could work out, printed or not, and the sums between them; see `hiding`."""
    found = System(frozenset(counts), dict(counts))
    found.place(EVERYBODY, EVERYBODY)
    for name in codebook.category_ids:
        _place_named(found, ("category", name), EVERYBODY)
    _place_conditions(found, codebook)
    groups = [key for key in counts if len(key) == 2 and key[0] in DIMENSIONS]
    for dimension in DIMENSIONS:
        _place_dimension(found, dimension, [key for key in groups if key[0] == dimension], codebook)
    _place_pairs(found, codebook)
    _place_codes(found, codebook)
    return found


def _place_named(found: System, key: Key, whole: Key) -> None:
    found.place(key, key, whole)
    found.split(whole, key, ("without", *key), key)


def _place_conditions(found: System, codebook: Codebook) -> None:
    """A condition all of whose codes belong to one category is a part of that category."""
    for condition in codebook.conditions:
        key = ("condition", condition.id)
        _place_named(found, key, EVERYBODY)
        codes = [code for code in codebook.codes if code.condition == condition.id]
        for name in codebook.category_ids:
            if codes and all(name in code.categories for code in codes):
                found.split(("category", name), key, ("category", name, "without", condition.id), key)
    for name in codebook.category_ids:
        if ("uncovered", name) in found.counts:
            key = ("uncovered", name)
            found.place(key, key, ("category", name))
            found.split(("category", name), key, ("category", name, "covered"), key)


def _place_dimension(found: System, dimension: str, groups: list[Key], codebook: Codebook) -> None:
    for key in groups:
        found.place(key, (dimension,), EVERYBODY)
    found.total(EVERYBODY, groups)
    for name in codebook.category_ids:
        table = (dimension, "", name)
        for key in groups:
            found.place((*key, name), table, (dimension,), ("category", name))
            found.split(key, (*key, name), (*key, "without", name), table)
        found.total(("category", name), [(*key, name) for key in groups])


def _place_pairs(found: System, codebook: Codebook) -> None:
    """Who named both, only the one, only the other, neither."""
    for one, other in combinations(codebook.category_ids, 2):
        pair = ("together", one, other)
        found.place(pair, pair, ("category", one), ("category", other))
        found.split(("category", one), pair, ("together", one, "without", other), pair)
        found.split(("category", other), pair, ("together", other, "without", one), pair)
        only_other, neither = ("together", other, "without", one), ("together", one, other, "neither")
        found.split(("without", "category", one), only_other, neither, pair)


def _place_codes(found: System, codebook: Codebook) -> None:
    for code in codebook.codes:
        key = ("code", code.id)
        if key not in found.counts:
            continue
        wholes: list[Key] = [("category", name) for name in code.categories]
        wholes += [("together", *pair) for pair in combinations(code.categories, 2)]
        wholes += [("condition", code.condition)] if code.condition else []
        found.place(key, key, *(whole for whole in wholes if whole[0] == "category"))
        for whole in wholes:
            found.split(whole, key, (*whole, "without code", code.id), key)

"""What a person should code next: the answers from which the model learns most, spread over topics. Pure.

An answer is worth as much as its most useful category: how unsure the model is of it, times how rare it is, times how
rarely its language has been coded. One topic (a question and the category that leads in the answer) counts less each
time it has been taken, so that ten answers of one kind do not come in a row.

A model that nobody has corrected yet is unsure of the wrong things. Until people have coded twenty answers, the
categories take turns, the rarest first, each with the answer that most probably carries it.

Left out: who may see an answer, and who is at work on it; the bot's store knows.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from math import sqrt
from typing import Literal

# Answers coded by people before the model's own doubts are trusted.
HAND_PICKED = 20
# A rare category counts for less than it is rare, and never for more than this.
MOST_WEIGHT = 4.0
# What the respondent has said about the own answer leaves less to find out.
CONFIRMED = 0.5
# Answers' worth of expectation that stands in for counts while few answers are coded.
_PRIOR = 20.0
# Below this probability an answer is no example of a category.
_LIKELY = 0.2

Topic = tuple[int | None, str | None]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that could be coded. `scores`: category -> the model's probability; empty where no model has read it.

    `confirmed`: its respondent has said what it is about.
    """

    key: str
    scores: Mapping[str, float]
    lang: str | None = None
    question: int | None = None
    confirmed: bool = False

    @property
    def leading(self) -> str | None:
        """The most probable category; None where no model has read the answer."""
        return max(self.scores, key=lambda one: self.scores[one], default=None)


@dataclass(frozen=True, slots=True)
class Coded:
    """What people have coded so far: numbers of answers, of all of them, by category and by language."""

    answers: int = 0
    categories: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pick:
    """The next answer and why: `rare` (an example of `category`), `unsure` (of `category`), `unread` (by any model)."""

    key: str
    why: Literal["rare", "unsure", "unread"]
    category: str | None
    value: float


def order(candidates: Sequence[Candidate], coded: Coded, limit: int | None = None) -> list[Pick]:
    """The candidates, most useful first, at most `limit` of them. Of equal ones the earlier given comes first."""
    wanted = len(candidates) if limit is None else min(limit, len(candidates))
    weights = _Weights(candidates, coded)
    picked = _rare_first(candidates, weights, min(wanted, HAND_PICKED - coded.answers))
    taken = {pick.key for pick in picked}
    rest = [one for one in candidates if one.key not in taken]
    seen = Counter((one.question, one.leading) for one in candidates if one.key in taken)
    return picked + _spread(rest, weights, seen, wanted - len(picked))


class _Weights:
    """How much categories and languages count, the rarer the more: from what is coded and what the model expects."""

    def __init__(self, candidates: Sequence[Candidate], coded: Coded) -> None:
        expected: Counter[str] = Counter()
        for one in candidates:
            expected.update(one.scores)
        share = _PRIOR / max(len(candidates), 1)
        counts = {name: coded.categories.get(name, 0) + share * score for name, score in expected.items()}
        self.categories = _rarity(counts)
        languages = {one.lang for one in candidates if one.lang} | set(coded.languages)
        self.languages = _rarity({name: coded.languages.get(name, 0) + _PRIOR / 2 for name in languages})

    def value(self, one: Candidate) -> tuple[float, str | None]:
        """What coding the answer is worth, and the category it is worth it for."""
        worth = {name: 4 * p * (1 - p) * self.categories[name] for name, p in one.scores.items()}
        category = max(worth, key=lambda name: worth[name], default=None)
        own = 1.0 if category is None else worth[category]
        return own * self.language(one) * (CONFIRMED if one.confirmed else 1.0), category

    def language(self, one: Candidate) -> float:
        """The weight of the language that the answer is written in."""
        return self.languages.get(one.lang, 1.0) if one.lang else 1.0


def _rarity(counts: Mapping[str, float]) -> dict[str, float]:
    """Square root of how many times rarer than the most frequent one."""
    most = max(counts.values(), default=0.0)
    return {name: min(sqrt(most / count), MOST_WEIGHT) if count else MOST_WEIGHT for name, count in counts.items()}


def _rare_first(candidates: Iterable[Candidate], weights: _Weights, wanted: int) -> list[Pick]:
    """Each category in turn, the rarest first, with its most probable answer, while there are likely ones."""
    rarest = sorted(weights.categories, key=lambda name: (-weights.categories[name], name))
    waiting = {name: _examples(candidates, name, weights) for name in rarest}
    picked: list[Pick] = []
    taken: set[str] = set()
    for name in cycle(rarest):
        if len(picked) >= wanted or not any(waiting.values()):
            break
        while waiting[name] and waiting[name][-1].key in taken:
            waiting[name].pop()
        if waiting[name]:
            one = waiting[name].pop()
            taken.add(one.key)
            picked.append(Pick(one.key, "rare", name, weights.value(one)[0]))
    return picked


def _examples(candidates: Iterable[Candidate], category: str, weights: _Weights) -> list[Candidate]:
    """The likely examples of a category, the best one last."""
    likely = [one for one in candidates if one.scores.get(category, 0.0) >= _LIKELY]
    return sorted(likely, key=lambda one: one.scores[category] * weights.language(one), reverse=True)[::-1]


def _spread(candidates: Iterable[Candidate], weights: _Weights, seen: Counter[Topic], wanted: int) -> list[Pick]:
    """The most valuable first, where each topic's value is divided by how often it has been taken and once more."""
    topics: defaultdict[Topic, list[tuple[float, int, Pick]]] = defaultdict(list)
    for place, one in enumerate(candidates):
        value, category = weights.value(one)
        pick = Pick(one.key, "unsure" if one.scores else "unread", category, value)
        topics[one.question, one.leading].append((-value, place, pick))
    for one_topic in topics.values():
        one_topic.sort(reverse=True)
    heap = [(rest[-1][0] / (1 + seen[topic]), rest[-1][1], topic) for topic, rest in topics.items()]
    heapq.heapify(heap)
    picked: list[Pick] = []
    while heap and len(picked) < wanted:
        _, _, topic = heapq.heappop(heap)
        picked.append(topics[topic].pop()[2])
        seen[topic] += 1
        if rest := topics[topic]:
            heapq.heappush(heap, (rest[-1][0] / (1 + seen[topic]), rest[-1][1], topic))
    return picked

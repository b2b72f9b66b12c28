"""Recognising a school that was typed: "12 мектеп", "№12 орта мектебі" and "школа 12" may be the same school.

A school is its number, if it has one, and what is left of its name without the words that every school has. Two
schools with different numbers are never alike; names may differ by typing errors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.interview.events import School
from classifier.text import fold

MOST = 3
# Similarity of the names (0 to 1) from which on a school is offered for confirmation.
ALIKE = 0.72
# Folded words that say that it is a school and not which one.
COMMON = frozenset(
    {
        "мектеп", "мектеби", "орта", "жалпы", "билим", "беретин", "бастауыш", "негизги", "лицей", "лицеи", "гимназия",
        "мектепгимназия", "мектеплицей", "коммуналдык", "мемлекеттик", "мекемеси", "кмм", "кгу", "гкп", "школа",
        "школалицей", "школагимназия", "средняя", "сш", "осш", "оош", "общеобразовательная", "основная", "началная",
        "начальная", "номер", "no", "имени", "атындагы", "ауылы", "село", "поселок", "г", "с", "им",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Name:
    number: str
    rest: str


def match_schools(text: str, schools: Sequence[School]) -> tuple[School, ...]:
    """Up to three schools that may be meant by `text`, the most alike first."""
    typed = _name(text)
    scored = [(_alike(typed, _name(school.name)), school) for school in schools]
    likely = sorted((pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: (-pair[0], pair[1].key))
    return tuple(school for _, school in likely[:MOST])


def _alike(one: _Name, other: _Name) -> float:
    if one.number != other.number:
        return 0.0
    if not one.rest or not other.rest:
        return 1.0 if one.number or one.rest == other.rest else 0.0
    return SequenceMatcher(None, one.rest, other.rest).ratio()


def _name(text: str) -> _Name:
    words = re.findall(r"\w+", fold(text))
    number = next((word for word in words if word.isdigit()), "")
    return _Name(number, " ".join(sorted(word for word in words if word not in COMMON and not word.isdigit())))

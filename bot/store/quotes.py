"""What may be quoted: consented texts of people who cannot be told apart, with scores that say how typical they are.

Left out: choosing one and masking it; `bot.digest.quoting` does.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.store.tallies import Said, Voice

# What a digest would rather quote: what people have confirmed, then what the model is sure of.
_PILES = ("settled", "confident", "review")
# The typical one of so many of a category is typical enough; more would only take time.
_CANDIDATES = 1000


@dataclass(frozen=True, slots=True)
class Quote:
    """A text that its author allows to be quoted: a meaning unit where the model found one, else the whole answer.

    `name`: the category or condition that it stands for.
    `scores`: the model's probability of every category for the whole answer; empty where there is none.
    """

    answer_id: int
    name: str
    text: str
    lang: str | None
    scores: Mapping[str, float]


def by_category(said: Said) -> Iterable[tuple[str, str]]:
    """What a quote can stand for: the categories of the answer, each under its own name."""
    return ((category, category) for category in said.categories)


def quotes(
    reader: sqlite3.Connection,
    voices: Sequence[Voice],
    least: int,
    *,
    in_school: bool = False,
    named: Callable[[Said], Iterable[tuple[str, str]]] = by_category,
) -> list[Quote]:
    """Quotable texts of these answers, best coded first: consented, not urgent, of people of whom at least `least`
    share role, district and locality in the round (in a school's own digest the school, too). `named`: what an answer
    may be quoted for, as pairs of a name and the category under which it was coded."""
    allowed = _consented(reader, voices)
    alike = {group for group in {_group(voice, in_school) for voice in voices} if _peers(reader, group, least) >= least}
    ranked: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for voice in voices:
        if voice.interview in allowed and _group(voice, in_school) in alike:
            for answer, said in zip(voice.answer_ids(), voice.said(), strict=True):
                for name, category in named(said) if said.pile in _PILES else ():
                    ranked[name].append((_PILES.index(said.pile), answer, category))
    wanted = [(name, *one[1:]) for name, own in sorted(ranked.items()) for one in sorted(own)[:_CANDIDATES]]
    rows = reader.execute(_TEXTS, (json.dumps(wanted),))
    return [Quote(row[0], row[1], row[2], row[3], json.loads(row[4] or "{}")) for row in rows]


def _group(voice: Voice, in_school: bool) -> tuple[str | None, ...]:
    return voice.round, voice.role, voice.district, voice.locality, voice.school if in_school else None


def _consented(reader: sqlite3.Connection, voices: Sequence[Voice]) -> set[int]:
    ids = json.dumps([voice.interview for voice in voices])
    found = reader.execute(
        "SELECT interview_id FROM interviews WHERE consent_quote AND interview_id IN (SELECT value FROM json_each(?))",
        (ids,),
    )
    return {row[0] for row in found}


def _peers(reader: sqlite3.Connection, group: tuple[str | None, ...], most: int) -> int:
    """Respondents with an answer in a group to which a quote could point, counted up to `most`."""
    found = reader.execute(
        "SELECT count(*) FROM (SELECT 1 FROM interviews WHERE pilot = 0 AND round = ? AND role IS ? AND district IS ? "
        "AND locality IS ? AND (? IS NULL OR school_key = ?) AND EXISTS ("
        "SELECT 1 FROM answers WHERE interview_id = interviews.interview_id AND current_version > 0) LIMIT ?)",
        (*group, group[-1], most),
    ).fetchone()
    return int(found[0])


_TEXTS = """
SELECT
    answer.answer_id,
    wanted.name,
    coalesce((
        SELECT substr(version.text, unit.start + 1, unit."end" - unit.start)
        FROM units AS unit
        JOIN current_codings AS coding ON coding.unit_id = unit.unit_id
        JOIN coding_codes AS code ON code.coding_id = coding.coding_id
        WHERE unit.answer_id = answer.answer_id AND unit.version = answer.current_version AND NOT unit.whole
            AND coding.coder_kind = 'model' AND code.category = wanted.category
        ORDER BY unit.start LIMIT 1
    ), version.text),
    version.lang,
    (
        SELECT scores FROM current_codings AS coding
        WHERE coding.answer_id = answer.answer_id AND whole AND coder_kind = 'model'
        ORDER BY coding_id DESC LIMIT 1
    )
FROM (
    SELECT key, json_extract(value, '$[0]') AS name, json_extract(value, '$[1]') AS answer_id,
        json_extract(value, '$[2]') AS category
    FROM json_each(?)
) AS wanted
JOIN answers AS answer ON answer.answer_id = wanted.answer_id
JOIN answer_versions AS version ON version.answer_id = answer.answer_id AND version.version = answer.current_version
ORDER BY wanted.key
"""

"""Answers of a bot's database that more than one coder has coded: two people, or a person and a model.

Read from the public view, read-only; every version of an answer counts, and of each coder the newest coding by the
codebook asked for. Whoever codes an answer alone has seen what the model proposes; whoever codes one that two people
code has not. Agreement with the model is therefore told apart: `blind` is the one to believe.

Left out: the texts, and who was right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from classifier.codebook import Codebook
from training.agreement import Double
from training.views import read

_ROWS = """
SELECT unit_id, respondent_key, lang, coder, coder_kind, codebook_version, coded_at, category FROM coded_units AS unit
WHERE coder_kind IN ('human', 'adjudicated', 'model')
    AND EXISTS (SELECT 1 FROM coded_units WHERE unit_id = unit.unit_id AND coder_kind = 'human')
ORDER BY unit_id, coded_at, coder
"""


@dataclass(frozen=True, slots=True)
class _Unit:
    """Categories by coder, who coded first first; of the models the one that coded last."""

    people: Sequence[frozenset[str]]
    model: frozenset[str] | None


def doubles(home: Path, codebook: Codebook) -> dict[str, list[Double]]:
    """Pairs of codings: `people`, `blind` (a person who saw no proposal, and the model), `seen` (one who did).

    What there are no pairs of is not in it. Raises SnapshotError.
    """
    found: dict[str, list[Double]] = {}
    for unit_id, own in groupby(read(home, _ROWS), key=lambda row: row["unit_id"]):
        rows = list(own)
        codings: dict[tuple[str, str], tuple[str, set[str]]] = {}
        for row in rows:
            if row["codebook_version"] != codebook.version:
                continue
            coder, at = (row["coder_kind"], row["coder"]), row["coded_at"]
            if coder not in codings or codings[coder][0] != at:
                codings[coder] = (at, set())
            if row["category"] is not None:
                codings[coder][1].add(row["category"])
        people = [frozenset(said) for (kind, _), (_, said) in codings.items() if kind == "human"]
        models = [frozenset(said) for (kind, _), (_, said) in codings.items() if kind == "model"]
        settled = any(kind == "adjudicated" for kind, _ in codings)
        for name, pair in _pairs(_Unit(people, models[-1] if models else None)).items():
            double = Double(str(unit_id), rows[0]["lang"] or "-", rows[0]["respondent_key"], *pair, settled)
            found.setdefault(name, []).append(double)
    return found


def _pairs(unit: _Unit) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    pairs = {}
    if len(unit.people) > 1:
        pairs["people"] = (unit.people[0], unit.people[1])
    if unit.people and unit.model is not None:
        pairs["blind" if len(unit.people) > 1 else "seen"] = (unit.people[0], unit.model)
    return pairs

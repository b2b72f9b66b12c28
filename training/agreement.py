"""How far two coders agree who coded the same texts apart: kappa per category, alpha over whole sets, per language.

Read from a file of double codings, JSON lines: `id`, `lang`, `respondent`, `first`, `second` (lists of descriptive
codes or bare categories), and, where the two differ, `settled` with a `reason`. The intervals resample respondents.

Left out: who of the two was right; that is what `settled` says.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classifier.agreement import EMPTY, cohen_kappa, set_alpha
from classifier.codebook import Codebook
from training import metrics
from training.errors import ExampleError

DRAWS = 500
# Krippendorff (2004, Content Analysis): rely on variables from .800 on, draw tentative conclusions from .667 on.
RELIABLE, TENTATIVE = 0.8, 0.667


@dataclass(frozen=True, slots=True)
class Double:
    """One text coded twice: the categories that each coder's codes stand for."""

    id: str
    lang: str
    respondent: str
    first: frozenset[str]
    second: frozenset[str]
    settled: bool


def read_double(path: Path, codebook: Codebook) -> list[Double]:
    """The double codings in `path`. ExampleError names file, line and what is not in the codebook."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            first, second = (_categories(row[key], codebook) for key in ("first", "second"))
            found.append(Double(row["id"], row["lang"], row["respondent"], first, second, bool(row.get("reason"))))
        except (ValueError, KeyError, TypeError) as error:
            raise ExampleError(f"{path}:{number}: no double coding ({error})") from error
    if not found:
        raise ExampleError(f"{path}: no double codings")
    return found


def _categories(marks: Sequence[str], codebook: Codebook) -> frozenset[str]:
    codes = [mark for mark in marks if mark not in codebook.category_ids]
    if unknown := sorted(set(codes) - set(codebook.code_ids)):
        raise ValueError(f"`{unknown[0]}` is neither a category nor a descriptive code")
    bare = set(marks) & set(codebook.category_ids)
    return frozenset(bare | set(codebook.categories_of(codes)))


def agreement(doubles: Sequence[Double], codebook: Codebook, seed: int = 1) -> dict[str, Any]:
    """Figures for all texts and for each language: texts, same set, alpha, kappa per category with 95 % intervals, and
    the macro-F1 of the second coder measured by the first."""
    languages = sorted({one.lang for one in doubles})
    figures = {"all": _figures(doubles, codebook, seed)}
    figures |= {lang: _figures([one for one in doubles if one.lang == lang], codebook, seed) for lang in languages}
    return figures


def _figures(doubles: Sequence[Double], codebook: Codebook, seed: int) -> dict[str, Any]:
    first, second = _marks([one.first for one in doubles], codebook), _marks([one.second for one in doubles], codebook)
    respondents = [one.respondent for one in doubles]
    codings = [row for one in doubles for row in (("1", one.id, one.first), ("2", one.id, one.second))]
    kappas = {
        name: _kappa(first[:, at], second[:, at], respondents, seed) for at, name in enumerate(codebook.category_ids)
    }
    return {
        "texts": len(doubles),
        "same_set": round(float((first == second).all(axis=1).mean()), 3),
        "settled_with_a_reason": sum(one.settled for one in doubles),
        "alpha": _rounded(set_alpha(codings)),
        "alpha_interval": alpha_interval(doubles, seed),
        "macro_f1": round(metrics.macro_f1(first, second), 3),
        "kappa": kappas,
    }


def alpha_interval(doubles: Sequence[Double], seed: int) -> list[float | None]:
    """95 % bootstrap interval of alpha over respondents; two coders on the same texts make it a matter of counting how
    often each pair of sets occurs. [None, None] where all sets are the same."""
    pairs = [(one.first or EMPTY, one.second or EMPTY) for one in doubles]
    sets = sorted({one for pair in pairs for one in pair}, key=sorted)
    names = sorted({one.respondent for one in doubles})
    table = np.zeros((len(names), len(sets), len(sets)))
    for one, (first, second) in zip(doubles, pairs, strict=True):
        table[names.index(one.respondent), sets.index(first), sets.index(second)] += 1
    distance = np.array([[_distance(one, other) for other in sets] for one in sets])
    draw = np.random.default_rng(seed)
    times = [np.bincount(draw.integers(0, len(names), len(names)), minlength=len(names)) for _ in range(DRAWS)]
    alphas = [alpha_of(np.tensordot(one, table, 1), distance) for one in times]
    known = [one for one in alphas if not np.isnan(one)]
    return np.percentile(known, [2.5, 97.5]).round(3).tolist() if known else [None, None]


def alpha_of(counts: Any, distance: Any) -> float:
    """Krippendorff's alpha of two coders: `counts` of texts by (first's set, second's set), `distance` between sets.

    Not a number where all sets are the same."""
    given = counts.sum(axis=0) + counts.sum(axis=1)
    total = given.sum()
    expected = (given @ distance @ given) / (total * (total - 1))
    return float(1 - (counts * distance).sum() / counts.sum() / expected) if expected else float("nan")


def _distance(one: frozenset[str], other: frozenset[str]) -> float:
    from nltk.metrics.distance import masi_distance

    return float(masi_distance(one, other))


def _marks(sets: Sequence[frozenset[str]], codebook: Codebook) -> metrics.Marks:
    return np.array([[name in one for name in codebook.category_ids] for one in sets], dtype=bool)


def _kappa(first: Any, second: Any, respondents: Sequence[str], seed: int) -> dict[str, Any]:
    """Kappa of one category and its bootstrap interval over respondents."""
    cells = Counter(zip(respondents, first.tolist(), second.tolist(), strict=True))
    names = sorted(set(respondents))
    table = np.array([[cells[name, a, b] for a in (False, True) for b in (False, True)] for name in names], dtype=float)
    draw = np.random.default_rng(seed)
    drawn = [table[draw.integers(0, len(names), len(names))].sum(axis=0) for _ in range(DRAWS)]
    known = [one for one in map(_from_cells, drawn) if not np.isnan(one)]
    interval = np.percentile(known, [2.5, 97.5]).round(3).tolist() if known else [None, None]
    return {"value": _rounded(cohen_kappa(first.tolist(), second.tolist())), "interval": interval}


def _from_cells(cells: Any) -> float:
    """Kappa of a table (neither, second only, first only, both); not a number where chance explains all."""
    neither, only_second, only_first, both = cells
    total = cells.sum()
    expected = (
        (both + only_first) * (both + only_second) + (neither + only_first) * (neither + only_second)
    ) / total**2
    return float((both + neither) / total - expected) / (1 - expected) if expected < 1 else float("nan")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def verdict(figures: dict[str, Any]) -> str:
    """One sentence on what the figures allow."""
    alpha = figures["all"]["alpha"]
    weak = [name for name, one in figures["all"]["kappa"].items() if one["value"] is None or one["value"] < RELIABLE]
    if alpha is None:
        return "All codings are the same; agreement beyond chance cannot be told."
    kind = (
        "reliable" if alpha >= RELIABLE else "fit for tentative conclusions" if alpha >= TENTATIVE else "not reliable"
    )
    rest = f"below {RELIABLE}: {', '.join(weak)}" if weak else f"no category below {RELIABLE}"
    return f"Alpha {alpha:.3f}: {kind}; {rest}."

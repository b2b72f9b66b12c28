"""Figures of one coder's marks against the truth: overall, and by language, script, question, category and writer.

The same figures for every row of the evaluation table, whoever made the marks: a coder, one half of it, n-grams with
logistic regression, the majority, a person. Intervals resample respondents.

Left out: where the marks come from; see `evaluate`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training import metrics
from training.corpus import Example

Marks = NDArray[np.bool_]
Rows = NDArray[np.float64]
PARTS: dict[str, Callable[[Example], str]] = {
    "language": lambda one: one.lang,
    "script": lambda one: f"{one.lang} {one.script}",
    "question": lambda one: str(one.question or "-"),
    "writer": lambda one: one.writer,
}


def figures(truth: Marks, said: Marks, test: Sequence[Example], ids: Sequence[str], seed: int) -> dict[str, Any]:
    """Macro-F1 with its interval, share of answers exactly right, F1 by category, macro-F1 by part."""
    respondents = [example.respondent for example in test]
    low, high = metrics.interval(truth, said, respondents, seed)
    return {
        "examples": len(test),
        "respondents": len(set(respondents)),
        "macro_f1": rounded(metrics.macro_f1(truth, said)),
        "interval": [rounded(low), rounded(high)],
        "exact": rounded(float((truth == said).all(axis=1).mean())),
        "by_category": dict(zip(ids, map(rounded, metrics.f1(truth, said)), strict=True)),
        **{f"by_{name}": _by([key(one) for one in test], truth, said) for name, key in PARTS.items()},
    }


def _by(keys: Sequence[str], truth: Marks, said: Marks) -> dict[str, Any]:
    """Macro-F1 of the part of the examples that each key names."""
    found = {}
    for key in sorted(set(keys)):
        rows = np.array([one == key for one in keys])
        found[key] = {"examples": int(rows.sum()), "macro_f1": rounded(metrics.macro_f1(truth[rows], said[rows]))}
    return found


def review(doubtful: Marks, truth: Marks, said: Marks) -> dict[str, float]:
    """Share of answers that go to a person; of the others, macro-F1 and how often they are exactly right."""
    rest = ~doubtful
    right = (truth == said).all(axis=1)
    return {
        "share": rounded(float(doubtful.mean())),
        "macro_f1_of_the_rest": rounded(metrics.macro_f1(truth[rest], said[rest])) if rest.any() else float("nan"),
        "exact_of_the_rest": rounded(float(right[rest].mean())) if rest.any() else float("nan"),
    }


def codes(truth: Marks, said: Marks, ids: Sequence[str]) -> dict[str, Any]:
    """Macro-F1 over the descriptive codes, and F1 with the number of cases of each."""
    by_code = {
        name: {"examples": int(truth[:, at].sum()), "f1": rounded(float(metrics.f1(truth, said)[at]))}
        for at, name in enumerate(ids)
    }
    return {"macro_f1": rounded(metrics.macro_f1(truth, said)), "by_code": by_code}


def confusion(truth: Marks, said: Marks) -> NDArray[np.float64]:
    """(categories + none) x (categories + none), answers: which category was said where another was true.

    A true category that was said counts on the diagonal. One that was missed counts, in equal parts, for the categories
    said without being true, or for none; a category said where there was none counts in the last row.
    """
    count = truth.shape[1]
    table = np.zeros((count + 1, count + 1))
    for true, marked in zip(truth, said, strict=True):
        wrong = np.flatnonzero(marked & ~true)
        for row in np.flatnonzero(true):
            columns = [row] if marked[row] else (wrong if len(wrong) else [count])
            table[row, columns] += 1 / len(columns)
        if not true.any():
            columns = wrong if len(wrong) else [count]
            table[count, columns] += 1 / len(columns)
    return table


def reliability(truth: Marks, probability: Rows) -> list[dict[str, float]]:
    """Ten bins of probability: their mean, the share that was true, and how many cells they hold; no empty bins."""
    sure, true = probability.ravel(), truth.ravel()
    bins = np.minimum((sure * 10).astype(int), 9)
    return [
        {
            "said": rounded(float(sure[bins == one].mean())),
            "true": rounded(float(true[bins == one].mean())),
            "cells": int((bins == one).sum()),
        }
        for one in np.unique(bins)
    ]


def rounded(figure: float) -> float:
    """Three decimals: more would promise a precision that no test set here has."""
    return round(float(figure), 3)

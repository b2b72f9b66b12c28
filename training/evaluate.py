"""Measure a coder on examples it was not trained on, beside plain TF-IDF + logistic regression in the same run.

A figure without a baseline says little, and a figure without an interval says too much. The baseline is fitted on the
same examples as the coder, and its threshold is chosen on the same calibration respondents. Broken down by language,
script, category and writer.

Left out: choosing anything by these figures; thresholds come from other respondents.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from classifier.codebook import Codebook
from classifier.text import fold
from training import broad, metrics, split
from training.corpus import Example, digest, read_examples, targets
from training.errors import SplitError

if TYPE_CHECKING:
    from classifier.model import Coder

_TIMED = 50  # answers coded one by one for the time of one


def evaluate(model: Path, files: Sequence[Path], other: Sequence[Path]) -> dict[str, Any]:
    """Figures of the coder in `model`. `files`: the examples it was made from, divided as they were then. Measured on
    the part held out, or on `other` files. SplitError if the coder has learnt from the part held out."""
    from classifier.model import Coder

    coder = Coder.load(model)
    run = json.loads((model / "run.json").read_text(encoding="utf-8"))
    plan = run["plan"]
    examples = read_examples(files, coder.codebook)
    parts = split.divide(examples, run["split"]["test_writers"], plan["test"], plan["calibration"], run["seed"])
    if other:
        return measure(coder, read_examples(other, coder.codebook), parts, run["seed"])
    if digest(examples) != run["data"]["digest"] or run["everything"]:
        raise SplitError(
            f"{model}: has learnt from other or from all examples; give files it does not know with --test"
        )
    return measure(coder, parts.test, parts, run["seed"])


def measure(coder: Coder, test: Sequence[Example], parts: split.Division, seed: int) -> dict[str, Any]:
    """Figures of `coder` on `test`, and of the baseline fitted and calibrated on `parts`."""
    count = len(coder.codebook.categories)
    truth = targets(test, coder.codebook) > 0
    scores = coder.score([example.text for example in test], [example.question for example in test])
    said = np.array([[name in coder.labels(row) for name in coder.codebook.category_ids] for row in scores.categories])
    figures = {"coder": _figures(truth[:, :count], said, test, coder.codebook.category_ids, seed)}
    figures["coder"] |= {
        "calibration_error": _rounded(metrics.calibration_error(truth[:, :count], scores.categories)),
        "review": _review(coder, scores.categories, truth[:, :count], said),
        "milliseconds": _milliseconds(coder, test),
    }
    if coder.codebook.codes:
        codes = scores.codes >= coder.code_threshold
        figures["coder"]["codes_macro_f1"] = _rounded(metrics.macro_f1(truth[:, count:], codes))
    guess = _baseline(test, parts, coder.codebook)
    figures["baseline"] = _figures(truth[:, :count], guess, test, coder.codebook.category_ids, seed)
    return figures


def _baseline(test: Sequence[Example], parts: split.Division, codebook: Codebook) -> NDArray[np.bool_]:
    count = len(codebook.categories)
    both = (*parts.calibration, *test)
    sure = broad.baseline(_folded(parts.fitting), targets(parts.fitting, codebook)[:, :count], _folded(both))
    if codebook.exclusive:
        return np.asarray(sure == sure.max(axis=1, keepdims=True))[len(parts.calibration) :]
    known = targets(parts.calibration, codebook)[:, :count] > 0
    limit = metrics.best_threshold(known.ravel(), sure[: len(known)].ravel())
    return np.asarray(sure[len(known) :] >= limit)


def _folded(examples: Sequence[Example]) -> list[str]:
    return [fold(example.text) for example in examples]


def _figures(
    truth: NDArray[np.bool_], said: NDArray[np.bool_], test: Sequence[Example], ids: Sequence[str], seed: int
) -> dict[str, Any]:
    respondents = [example.respondent for example in test]
    low, high = metrics.interval(truth, said, respondents, seed)
    return {
        "examples": len(test),
        "respondents": len(set(respondents)),
        "macro_f1": _rounded(metrics.macro_f1(truth, said)),
        "interval": [_rounded(low), _rounded(high)],
        "exact": _rounded(float((truth == said).all(axis=1).mean())),
        "by_category": dict(zip(ids, map(_rounded, metrics.f1(truth, said)), strict=True)),
        "by_language": _by([example.lang for example in test], truth, said),
        "by_script": _by([example.script for example in test], truth, said),
        "by_writer": _by([example.writer for example in test], truth, said),
    }


def _by(keys: Sequence[str], truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> dict[str, Any]:
    """Macro-F1 of the part of the examples that each key names."""
    figures = {}
    for key in sorted(set(keys)):
        rows = np.array([one == key for one in keys])
        figures[key] = {"examples": int(rows.sum()), "macro_f1": _rounded(metrics.macro_f1(truth[rows], said[rows]))}
    return figures


def _review(
    coder: Coder, rows: NDArray[np.float64], truth: NDArray[np.bool_], said: NDArray[np.bool_]
) -> dict[str, float]:
    """Share of texts that go to a person, and how often the others are coded exactly right."""
    doubtful = np.array([coder.needs_review(row) for row in rows])
    right = (truth == said).all(axis=1)
    sure = float(right[~doubtful].mean()) if (~doubtful).any() else float("nan")
    return {"share": _rounded(float(doubtful.mean())), "exact_of_the_rest": _rounded(sure)}


def _milliseconds(coder: Coder, test: Sequence[Example]) -> float:
    """Median time of one answer coded alone, on the threads that are set."""
    times = []
    for example in test[:_TIMED]:
        began = time.perf_counter()
        coder.score([example.text], [example.question])
        times.append(1000 * (time.perf_counter() - began))
    return round(float(np.median(times)), 1)


def _rounded(figure: float) -> float:
    return round(float(figure), 3)

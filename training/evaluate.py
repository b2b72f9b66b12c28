"""Measure a coder on answers it was not trained on, beside its rivals in the same run.

A figure without a rival says little, and a figure without an interval says too much. One table: the coder, each of its
halves alone, its meaning units instead of the whole, TF-IDF + logistic regression and the majority fitted on the same
examples, and a second person where there is one. Whatever the test set shares with training is refused.

Left out: choosing anything by these figures; weights, temperature and thresholds come from other writers.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from classifier.coding import Input, code_batch, read
from training import measure as measuring
from training import metrics, rival, split
from training.corpus import Example, digest, read_examples, targets
from training.errors import SplitError
from training.overlap import refuse_overlap, refuse_pretraining_overlap
from training.sources import text_of

if TYPE_CHECKING:
    from classifier.model import Coder, Settings

Marks = NDArray[np.bool_]
Rows = NDArray[np.float64]
_TIMED = 200  # answers coded one by one for the time of one
_BULK = 256  # answers handed over at once for the answers per second


def evaluate(
    model: Path,
    files: Sequence[Path],
    test: Sequence[Path] = (),
    pretraining: Sequence[Path] = (),
    as_published: bool = False,
) -> dict[str, Any]:
    """Figures of the coder in `model`. `files`: the examples it was made from. Measured on `test`, or, without it, on
    the part that was held out. `pretraining`: text of its encoder (a corpus folder, .xz, .jsonl), to be compared with.
    SplitError if the coder knows what it is measured on (not asked of other people's splits, `as_published`), or if
    `files` are not what it was made from."""
    from classifier.model import Coder

    coder = Coder.load(model)
    run = json.loads((model / "run.json").read_text(encoding="utf-8"))
    examples = read_examples(files, coder.codebook)
    if digest(examples) != run["data"]["digest"]:
        raise SplitError(f"{model}: was made from {', '.join(run['data']['files'])}; give exactly these as examples")
    parts = split.divide(examples, rule_of(run))
    if not test and (run["everything"] or not parts.test):
        raise SplitError(f"{model}: holds nothing back from its examples; give files it does not know with --test")
    measured = read_examples(test, coder.codebook) if test else parts.test
    if not as_published:
        refuse_overlap(measured, examples if test else (*parts.fitting, *parts.calibration), by_writer=bool(test))
    if pretraining:
        refuse_pretraining_overlap(measured, [line for path in pretraining for line in text_of(path)])
    figures = measure(coder, measured, parts, run["seed"], run["halves"])
    return figures | {"pretraining text compared": [path.name for path in pretraining]}


def rule_of(run: dict[str, Any]) -> split.Rule:
    """The rule by which the examples of a finished training were divided."""
    plan, held = run["plan"], run["split"]
    return split.Rule(
        tuple(held["test_writers"]), tuple(held["calibration_writers"]), plan["test"], plan["calibration"], run["seed"]
    )


def measure(
    coder: Coder, test: Sequence[Example], parts: split.Division, seed: int, halves: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Figures of `coder` on `test`, and of its rivals fitted and calibrated on `parts`; `halves`: settings of each half
    by itself."""
    count, ids = len(coder.codebook.categories), coder.codebook.category_ids
    truth = targets(test, coder.codebook) > 0
    categories, codes = _scored(coder, test)
    said = labelled(coder, categories)
    figures = {"coder": measuring.figures(truth[:, :count], said, test, ids, seed)}
    figures["coder"] |= {
        "calibration_error": measuring.rounded(metrics.calibration_error(truth[:, :count], categories)),
        "reliability": measuring.reliability(truth[:, :count], categories),
        "confusion": measuring.confusion(truth[:, :count], said).round(1).tolist(),
        "review": measuring.review(np.array([coder.needs_review(row) for row in categories]), truth[:, :count], said),
        **_speed(coder, test),
    }
    if coder.codebook.codes:
        marks = codes >= coder.code_threshold
        figures["coder"]["codes"] = measuring.codes(truth[:, count:], marks, coder.codebook.code_ids)
    for name, marks in _others(coder, test, categories, halves or {}).items():
        figures[name] = measuring.figures(truth[:, :count], marks, test, ids, seed)
    guess, sure = rival.ngrams(parts.fitting, parts.calibration, test, coder.codebook)
    figures["baseline"] = measuring.figures(truth[:, :count], guess, test, ids, seed)
    figures["baseline"]["calibration_error"] = measuring.rounded(metrics.calibration_error(truth[:, :count], sure))
    most = rival.majority(parts.fitting, test, coder.codebook)
    figures["majority"] = measuring.figures(truth[:, :count], most, test, ids, seed)
    return figures


def _scored(coder: Coder, test: Sequence[Example]) -> tuple[Rows, Rows]:
    scores = coder.score([example.text for example in test], [example.question for example in test])
    return scores.categories, scores.codes


def labelled(coder: Coder, rows: Rows) -> Marks:
    """Texts x categories, true where `coder` gives the category."""
    return np.array([[name in coder.labels(row) for name in coder.codebook.category_ids] for row in rows])


def _others(coder: Coder, test: Sequence[Example], whole: Rows, halves: dict[str, Any]) -> dict[str, Marks]:
    """The same coder otherwise: each half alone, and coding by meaning units."""
    marks = {}
    for name, content in halves.items():
        half = _with(coder, content)
        marks[name] = labelled(half, _scored(half, test)[0])
    if not coder.codebook.exclusive:
        units = _best_units(coder, test, whole)
        marks["units"] = labelled(coder, units)
        marks["whole and units"] = labelled(coder, (whole + units) / 2)
    return marks


def _with(coder: Coder, content: dict[str, Any]) -> Coder:
    settings: Settings = replace(
        coder.settings,
        thresholds=content["thresholds"],
        temperature=content["temperature"],
        wide_weight=content["wide_weight"],
    )
    return type(coder)(coder.network, settings, coder.codebook, coder.fingerprint)


def _best_units(coder: Coder, test: Sequence[Example], whole: Rows) -> Rows:
    """For each text and category the highest probability among its meaning units (the whole where it is one unit)."""
    readings = [read(Input(None, one.text, one.question), exclusive=False) for one in test]
    spans = [(row, start, end) for row, one in enumerate(readings) if len(one.units) > 1 for start, end in one.units]
    scores = coder.score(
        [test[row].text[start:end] for row, start, end in spans], [test[row].question for row, _, _ in spans]
    ).categories
    rows = np.array([row for row, _, _ in spans], dtype=np.int64)
    best = whole.copy()
    best[np.unique(rows)] = 0.0
    np.maximum.at(best, rows, scores)
    return best


def _speed(coder: Coder, test: Sequence[Example]) -> dict[str, float]:
    """Milliseconds of one answer coded alone, units included (median and 95th percentile), and answers a second."""
    inputs = [Input(one.id, one.text, one.question) for one in test]
    times = []
    for one in inputs[:_TIMED]:
        began = time.perf_counter()
        code_batch(coder, [one])
        times.append(1000 * (time.perf_counter() - began))
    began = time.perf_counter()
    for first in range(0, len(inputs), _BULK):
        code_batch(coder, inputs[first : first + _BULK])
    return {
        "milliseconds": round(statistics.median(times), 1),
        "milliseconds_p95": round(float(np.percentile(times, 95)), 1),
        "per_second": round(len(inputs) / (time.perf_counter() - began), 1),
    }

"""The learning curve: the same plan on fewer answers, so that one sees what further coding would bring.

Smaller sets are whole respondents drawn by the seed, each contained in the next. Thresholds come from the same
calibration examples every time. Left out: the test set's part in any choice; the curve only reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from classifier.codebook import Codebook
from classifier.model import Coder
from training import metrics, rival, split
from training.calibrate import calibrate
from training.corpus import Example, targets
from training.evaluate import labelled
from training.fit import Plan, Report, fit
from training.measure import rounded

SIZES = (1_000, 2_000, 4_000)
_MOST_EPOCHS = 30


def curve(
    parts: split.Division, test: Sequence[Example], codebook: Codebook, base: str, plan: Plan, report: Report
) -> Iterator[dict[str, Any]]:
    """Macro-F1 on `test` of a coder and of TF-IDF for each of `SIZES` that the fitting part exceeds; the full size is
    the coder itself and is not trained again. Smaller sets are read in more rounds, to have enough steps."""
    count = len(codebook.categories)
    truth = targets(test, codebook)[:, :count] > 0
    for size in (size for size in SIZES if size < len(parts.fitting)):
        some = subset(parts.fitting, size, plan.seed)
        rounds = min(_MOST_EPOCHS, round(plan.epochs * (len(parts.fitting) / size) ** 0.5))
        network = fit(some, codebook, base, replace(plan, epochs=rounds), report)
        coder = Coder(network, calibrate(network, parts.calibration, codebook, plan).both, codebook, f"{size}")
        scores = coder.score([one.text for one in test], [one.question for one in test])
        guess, _ = rival.ngrams(some, parts.calibration, test, codebook)
        yield {
            "examples": len(some),
            "coder": rounded(metrics.macro_f1(truth, labelled(coder, scores.categories))),
            "baseline": rounded(metrics.macro_f1(truth, guess)),
        }


def subset(examples: Sequence[Example], size: int, seed: int) -> tuple[Example, ...]:
    """Whole groups of respondents, drawn by `seed`, until there are at least `size` answers."""
    belongs = split.groups(examples)
    names = sorted(set(belongs))
    np.random.default_rng(seed).shuffle(names)
    kept: set[str] = set()
    total = 0
    for name in names:
        if total >= size:
            break
        kept.add(name)
        total += belongs.count(name)
    return tuple(one for one, name in zip(examples, belongs, strict=True) if name in kept)

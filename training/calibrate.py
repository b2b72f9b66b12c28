"""Choose what a trained network leaves open, on examples it has not seen: the weight of its halves, the temperature,
a threshold per category, the margin within which a person decides.

The weight and the temperature are those that make the truth most likely; the thresholds are a plateau of F1. Best
calibrate on writers of whom nothing was trained on: a respondent's other answers make the encoder look better than it
is on strangers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.codebook import Codebook
from classifier.model import Network, Settings, probabilities
from classifier.text import fold
from training import metrics
from training.corpus import Example, targets
from training.fit import Plan

Marks = NDArray[np.bool_]
Rows = NDArray[np.float64]
Targets = NDArray[np.float32]


class Parts(NamedTuple):
    """Settings of the whole coder and of each half by itself, for the evaluation."""

    both: Settings
    encoder: Settings
    ngrams: Settings


def calibrate(network: Network, examples: Sequence[Example], codebook: Codebook, plan: Plan) -> Parts:
    """Settings from examples that the network has not seen."""
    folded = [fold(example.text) for example in examples]
    questions = [example.question for example in examples]
    truth = targets(examples, codebook)
    deep, wide = network.deep(folded, questions, plan.longest), network.broad(folded, questions)
    weights = np.round(np.arange(0, 1.01, 0.05), 2) if plan.wide_weight is None else np.array([plan.wide_weight])
    return Parts(*(_settings(deep, wide, truth, codebook, plan, tried) for tried in (weights, np.zeros(1), np.ones(1))))


def _settings(deep: Rows, wide: Rows, target: Targets, codebook: Codebook, plan: Plan, weights: Rows) -> Settings:
    """The best of `weights` (shares of the n-grams) with everything that follows from it."""
    count = len(codebook.categories)
    truth, known = target > 0, ~np.isnan(target[:, count:])
    settled = [_settle(deep, wide, float(weight), truth[:, :count], codebook.exclusive) for weight in weights]
    _, wide_weight, temperature = min(settled)
    logits = (1 - wide_weight) * deep + wide_weight * wide
    sure = probabilities(logits[:, :count], temperature, codebook.exclusive)
    codes = probabilities(logits[:, count:], temperature, exclusive=False)
    limits = metrics.thresholds(truth[:, :count], sure)
    if codebook.exclusive:
        ordered = np.sort(sure, axis=1)
        distance = ordered[:, -1] - ordered[:, -2]
    else:
        distance = np.abs(sure - limits).min(axis=1)
    return Settings(
        thresholds=dict(zip(codebook.category_ids, limits.tolist(), strict=True)),
        code_threshold=metrics.best_threshold(truth[:, count:][known], codes[known]) if codebook.codes else 0.5,
        temperature=temperature,
        wide_weight=wide_weight,
        margin=metrics.margin(distance),
        longest=plan.longest,
        codebook_sha256=codebook.sha256,
    )


def _settle(deep: Rows, wide: Rows, weight: float, truth: Marks, exclusive: bool) -> tuple[float, float, float]:
    """(surprise, weight of the n-grams, temperature): the temperature on a grid that makes the truth most likely."""
    count = truth.shape[1]
    logits = (1 - weight) * deep[:, :count] + weight * wide[:, :count]
    grid = np.round(np.geomspace(0.25, 4, 65), 3).tolist()
    return min((_surprise(probabilities(logits, one, exclusive), truth, exclusive), weight, one) for one in grid)


def _surprise(sure: Rows, truth: Marks, exclusive: bool) -> float:
    likely = sure[truth] if exclusive else np.where(truth, sure, 1 - sure)
    return float(-np.log(np.maximum(likely, 1e-9)).mean())

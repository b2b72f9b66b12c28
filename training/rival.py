"""The rivals of a coder in the same run: TF-IDF + logistic regression, and the guess that never learnt to read.

An honest rival gets what the coder gets: the same folded text, the question, the same examples, thresholds per category
chosen on the same calibration examples by the same rule.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.codebook import Codebook
from classifier.text import fold
from training import broad, metrics
from training.corpus import Example, targets

Marks = NDArray[np.bool_]
Rows = NDArray[np.float64]


def ngrams(
    fitting: Sequence[Example], calibration: Sequence[Example], test: Sequence[Example], codebook: Codebook
) -> tuple[Marks, Rows]:
    """Marks and probabilities of TF-IDF + logistic regression, texts of `test` x categories."""
    count = len(codebook.categories)
    both = (*calibration, *test)
    sure = broad.baseline(with_question(fitting), targets(fitting, codebook)[:, :count], with_question(both))
    known = targets(calibration, codebook)[:, :count] > 0
    ahead, own = sure[: len(known)], sure[len(known) :]
    if codebook.exclusive:
        return np.asarray(own == own.max(axis=1, keepdims=True)), own
    return own >= metrics.thresholds(known, ahead), own


def with_question(examples: Sequence[Example]) -> list[str]:
    """The folded text, the number of its question behind it as one more word."""
    return [f"{fold(example.text)} q{example.question or 0}q" for example in examples]


def majority(fitting: Sequence[Example], test: Sequence[Example], codebook: Codebook) -> Marks:
    """The set of categories that most of the examples carry, for every text."""
    truth = targets(fitting, codebook)[:, : len(codebook.categories)] > 0
    sets, counts = np.unique(truth, axis=0, return_counts=True)
    return np.tile(sets[counts.argmax()], (len(test), 1))

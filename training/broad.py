"""Training of the wide half and of the baseline: two logistic regressions over character n-grams.

The wide half is fitted by itself, to its optimum, and averaged with the deep half afterwards. Trained together, the
n-grams learn the examples by heart within an epoch and the encoder has nothing left to explain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier import wide

_INVERSE_PENALTY = 40.0  # of the wide half
_PLAIN_PENALTY = 10.0  # of the baseline
_NEVER = -6.0  # logit of a label without a single example


def fit(
    folded: Sequence[str], questions: Sequence[int | None], truth: NDArray[np.float32]
) -> dict[str, NDArray[np.float32]]:
    """The wide layer: `rarity` (buckets), `weights` (buckets x labels) and `bias` (labels). NaN in `truth`: unknown."""
    from scipy.sparse import csr_matrix
    from sklearn.preprocessing import normalize

    rows = [wide.features(text, question) for text, question in zip(folded, questions, strict=True)]
    starts = np.cumsum([0, *(len(buckets) for buckets, _ in rows)])
    buckets = np.concatenate([buckets for buckets, _ in rows])
    seen = np.bincount(buckets, minlength=wide.BUCKETS)
    rarity = (np.log((1 + len(rows)) / (1 + seen)) + 1).astype(np.float32)
    values = np.concatenate([values for _, values in rows]) * rarity[buckets]
    matrix = normalize(csr_matrix((values, buckets, starts), shape=(len(rows), wide.BUCKETS)))
    weights = np.zeros((wide.BUCKETS, truth.shape[1]), dtype=np.float32)
    bias = np.full(truth.shape[1], _NEVER, dtype=np.float32)
    for label in range(truth.shape[1]):
        known = ~np.isnan(truth[:, label])
        own = truth[known, label]
        if 0 < own.sum() < len(own):
            weights[:, label], bias[label] = _regression(matrix[known], own, _INVERSE_PENALTY)
    return {"rarity": rarity, "weights": weights, "bias": bias}


def _regression(matrix: Any, truth: NDArray[np.float32], penalty: float) -> tuple[NDArray[np.float64], float]:
    from sklearn.linear_model import LogisticRegression

    # The dual problem has one variable per example instead of one per n-gram: ten times as quick here.
    model = LogisticRegression(C=penalty, solver="liblinear", dual=True, random_state=0, tol=1e-3, max_iter=500)
    model.fit(matrix, truth > 0)
    return model.coef_[0], float(model.intercept_[0])


def baseline(train: Sequence[str], truth: NDArray[np.float32], test: Sequence[str]) -> NDArray[np.float64]:
    """Probabilities of plain TF-IDF (characters 2 to 5) + logistic regression, as anyone would build it first."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    known, new = vectors.fit_transform(train), vectors.transform(test)
    sure = np.zeros((len(test), truth.shape[1]))
    for label in range(truth.shape[1]):
        if 0 < truth[:, label].sum() < len(truth):
            weights, bias = _regression(known, truth[:, label], _PLAIN_PENALTY)
            sure[:, label] = 1 / (1 + np.exp(-(new @ weights + bias)))
    return sure

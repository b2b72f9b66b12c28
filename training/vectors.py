"""First piece vectors from co-occurrence counts: positive pointwise mutual information, reduced by a truncated SVD.

An encoder that reads only some ten million pieces has no time to learn what each of its pieces means. Counting
neighbours reads the whole text in a minute, and the factors of the counts are as good as skip-gram vectors (Levy and
Goldberg 2014, Neural word embedding as implicit matrix factorization; context smoothing 0.75 from Levy, Goldberg and
Dagan 2015). The encoder starts from them.

Left out: word-level vectors; pieces are what the encoder reads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

WINDOW_PIECES = 6
_SMOOTHING = 0.75
_SCALE = 0.05  # root mean square of an entry, as large as a transformer's embeddings become


def first_vectors(
    stream: NDArray[np.uint16], vocabulary: int, dimensions: int, separator: int, seed: int
) -> NDArray[np.float32]:
    """One row per piece, `vocabulary` x `dimensions`; windows do not cross `separator`. Unseen pieces get noise."""
    from sklearn.utils.extmath import randomized_svd

    information = _positive_information(_counts(stream, vocabulary, separator))
    size = min(dimensions, vocabulary - 1)
    left, strength, _ = randomized_svd(information, size, n_iter=3, random_state=seed)
    vectors = np.random.default_rng(seed).normal(0, 0.1, (vocabulary, dimensions))
    vectors[:, :size] += left * np.sqrt(strength)
    rows = np.sqrt(np.square(vectors).mean(axis=1, keepdims=True))
    return np.asarray(vectors / np.maximum(rows, 1e-6) * _SCALE, dtype=np.float32)


def _counts(stream: NDArray[np.uint16], vocabulary: int, separator: int) -> Any:
    """Weighted neighbours as a sparse matrix, pieces x pieces."""
    from scipy.sparse import coo_matrix, csr_matrix

    line = np.cumsum(stream == separator)
    total = csr_matrix((vocabulary, vocabulary), dtype=np.float64)
    for distance in range(1, WINDOW_PIECES + 1):
        same = (line[:-distance] == line[distance:]) & (stream[:-distance] != separator)
        left, right = stream[:-distance][same].astype(np.int32), stream[distance:][same].astype(np.int32)
        weights = np.full(len(left), 1.0 / distance)
        total += coo_matrix((weights, (left, right)), shape=(vocabulary, vocabulary)).tocsr()
    return (total + total.T).tocoo()


def _positive_information(counts: Any) -> Any:
    """The counts as positive pointwise mutual information, sparse again."""
    from scipy.sparse import csr_matrix

    rows = np.asarray(counts.sum(axis=1)).ravel()
    context = np.maximum(rows, 1e-9) ** _SMOOTHING
    expected = rows[counts.row] * context[counts.col] / context.sum()
    information = np.log(np.maximum(counts.data / expected, 1e-9))
    kept = information > 0
    return csr_matrix((information[kept], (counts.row[kept], counts.col[kept])), shape=counts.shape)

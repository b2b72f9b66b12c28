"""The wide half of a coder: hashed character n-grams of the folded text, weighted and read by one linear layer.

A small encoder pretrained on little text overlooks rare words; n-grams do not. Hashing needs no vocabulary file, and
pure Python is quick enough: a tenth of a millisecond for an answer.

The question enters as a feature of its own and, for very short answers, together with the text, because a one-word
answer is read with its question. Left out: word n-grams, which long character n-grams cover in agglutinating Kazakh.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 16
_SHORTEST, _LONGEST = 2, 5  # letters, a space at either end of a word included
_SHORT_ANSWER = 3  # words
_TOKEN = re.compile(r"\w+|[^\w\s]+")


def features(folded: str, question: int | None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(buckets, values) of one text: 1 + log of the count of its n-grams; not yet weighted nor normalised."""
    words = _TOKEN.findall(folded)
    counts = Counter(gram for word in words for gram in _grams(f" {word} "))
    if question is not None:
        counts[f"\0{question}"] += 1
        if len(words) <= _SHORT_ANSWER:
            counts.update(f"\0{question} {word}" for word in words)
    buckets: Counter[int] = Counter()
    for gram, count in counts.items():
        buckets[zlib.crc32(gram.encode()) % BUCKETS] += count
    return np.fromiter(buckets, np.int64), 1 + np.log(np.fromiter(buckets.values(), np.float64))


def _grams(word: str) -> list[str]:
    sizes = range(_SHORTEST, min(_LONGEST, len(word)) + 1)
    return [word[at : at + size] for size in sizes for at in range(len(word) - size + 1)]


def score(
    folded: str,
    question: int | None,
    rarity: NDArray[np.float32],
    weights: NDArray[np.float32],
    bias: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Logits of one text. `rarity`: weight of each bucket; `weights`: buckets x labels; `bias`: labels."""
    buckets, values = features(folded, question)
    weighted = values * rarity[buckets]
    length = np.linalg.norm(weighted)
    if length == 0:
        return bias.astype(np.float64)
    return np.asarray((weighted / length) @ weights[buckets] + bias)

"""The wide half of a coder: hashed n-grams of the folded text, weighted and read by one linear layer.

A small encoder pretrained on little text overlooks rare words; n-grams do not. Hashing needs no vocabulary file, and
pure Python is quick enough: a fraction of a millisecond for an answer. Letters within a word find stems under any
ending and typo, whole words and their neighbours find phrases, and cut words ("stems") find phrases whose endings
differ.

The question enters by itself, with the stems (what is wished for in one question is a barrier in no other), and, for
very short answers, with the whole words, because a one-word answer is read with its question.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 18
_SHORTEST, _LONGEST = 3, 6  # letters, a space at either end of a word included
_SHORT_ANSWER = 3  # words
_STEM, _SHORT_STEM = 5, 4  # letters
# By the codebook, wishes and factors are coded in questions 4, 5 and 7 only, and a bare "no" means most in 6.
_QUESTION_GROUP = {4: "wish", 5: "wish", 7: "wish", 6: "support"}
_TOKEN = re.compile(r"\w+|[^\w\s]+")


def features(folded: str, question: int | None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(buckets, values) of one text: 1 + log of the count of its n-grams; not yet weighted nor normalised."""
    words = _TOKEN.findall(folded)
    counts = Counter(gram for word in words for gram in _grams(f" {word} "))
    counts.update(_phrases(words))
    counts.update(_asked(words, question))
    buckets: Counter[int] = Counter()
    for gram, count in counts.items():
        buckets[zlib.crc32(gram.encode()) % BUCKETS] += count
    return np.fromiter(buckets, np.int64), 1 + np.log(np.fromiter(buckets.values(), np.float64))


def _grams(word: str) -> list[str]:
    sizes = range(_SHORTEST, min(_LONGEST, len(word)) + 1)
    return [word[at : at + size] for size in sizes for at in range(len(word) - size + 1)]


def _phrases(words: Sequence[str]) -> Iterator[str]:
    """Words and pairs of them, whole and cut; the second word of a pair is the next one or the one after it."""
    stems, short = [word[:_STEM] for word in words], [word[:_SHORT_STEM] for word in words]
    yield from (f"\1{word}" for word in words)
    yield from (f"\4{stem}" for stem in stems)
    for kind, row, gap in (("\2", words, 1), ("\3", words, 2), ("\5", stems, 1), ("\7", short, 1), ("\b", short, 2)):
        yield from (f"{kind}{first} {second}" for first, second in zip(row, row[gap:], strict=False))


def _asked(words: Sequence[str], question: int | None) -> Iterator[str]:
    """What only counts in this question, or in questions of its kind."""
    group = _QUESTION_GROUP.get(question or 0, "told" if question else "unknown")
    yield from (f"\6{group} {word[:_STEM]}" for word in words)
    if question is not None:
        yield f"\0{question}"
        if len(words) <= _SHORT_ANSWER:
            yield from (f"\0{question} {word}" for word in words)


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

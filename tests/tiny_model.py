"""Coders for tests: a tiny random model on disk, and one in memory that knows a few words and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.codebook import Codebook, load_codebook
from classifier.text import fold
from tests.conftest import DATA

# Skeletons and the descriptive codes they speak for.
SPOKEN = {
    "пандус": ("no_ramp",),
    "логопед": ("no_specialists",),
    "акша": ("no_budget",),
    "денег": ("no_budget",),
    "ставк": ("unfunded_posts",),
    "мазакта": ("peers_bullying",),
}


def tiny_model(folder: Path, codebook: Path = DATA / "codebook.toml", margin: float = 0.1) -> Path:
    """A model directory in `folder` with random weights: one layer of 16 dimensions. Another `margin` is another
    model."""
    from tests.test_model import tiny_network, tiny_run, tiny_settings
    from training.finetune import write

    book = load_codebook(codebook)
    settings = replace(tiny_settings(book), margin=margin)
    return write(tiny_network(book), settings, codebook, tiny_run(book), folder)


@dataclass(frozen=True, slots=True)
class WordScores:
    """Probabilities as a coder gives them."""

    categories: NDArray[np.float64]
    codes: NDArray[np.float64]


class WordCoder:
    """A coder that codes what SPOKEN says, 0.9 if a word is there and 0.1 if not; it remembers what it was given."""

    code_threshold = 0.5
    fingerprint = "words"

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self.seen: list[tuple[str, int | None]] = []

    def score(self, texts: Sequence[str], questions: Sequence[int | None]) -> WordScores:
        """One row per text."""
        self.seen += zip(texts, questions, strict=True)
        spoken = [{code for word, own in SPOKEN.items() if word in fold(text) for code in own} for text in texts]
        book = self.codebook
        ids = [book.category_ids, book.code_ids]
        found = [[set(book.categories_of(codes)) if book.codes else set() for codes in spoken], spoken]
        categories, codes = (
            np.array([[0.9 if one in row else 0.1 for one in order] for row in rows]).reshape(len(texts), len(order))
            for order, rows in zip(ids, found, strict=True)
        )
        return WordScores(categories, codes)

    def labels(self, row: NDArray[np.float64]) -> tuple[str, ...]:
        """The categories above one half, or the best one of an exclusive codebook."""
        ids = self.codebook.category_ids
        if self.codebook.exclusive:
            return (ids[int(row.argmax())],)
        return tuple(one for one, score in zip(ids, row, strict=True) if score >= self.code_threshold)

    def needs_review(self, row: NDArray[np.float64]) -> bool:
        """Never: this coder is sure of what it knows."""
        return False

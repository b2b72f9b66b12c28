"""Codings that are probably wrong, for a second look: confident learning over each category (Northcutt and others
2021, the package cleanlab).

The probabilities come from TF-IDF with logistic regression, fitted without the respondent whose answer is judged:
quick, and a model that has learnt a wrong coding by heart would defend it. What is found is a suspicion; a person
decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.codebook import Codebook
from training import broad, split
from training.corpus import Example, targets
from training.errors import SplitError
from training.rival import with_question

_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Suspect:
    """A coding to look at again: categories that seem to be missing, or to be there wrongly, with the probability that
    they belong there. `confidence`: in the least credible decision of the coding, 0 to 1."""

    example: Example
    missing: tuple[tuple[str, float], ...]
    wrong: tuple[tuple[str, float], ...]
    confidence: float


def suspects(
    examples: Sequence[Example], others: Sequence[Example], codebook: Codebook, seed: int = 1
) -> list[Suspect]:
    """The suspicious among `examples`, least credible first; `others` help to judge. SplitError for one respondent."""
    from cleanlab.filter import find_label_issues

    count = len(codebook.categories)
    truth = targets(examples, codebook)[:, :count] > 0
    sure = _held_out(examples, others, codebook, seed)
    doubted = np.zeros_like(truth)
    for at in range(count):
        if 0 < truth[:, at].sum() < len(truth):
            binary = np.column_stack([1 - sure[:, at], sure[:, at]])
            doubted[:, at] = find_label_issues(truth[:, at].astype(int), binary, n_jobs=1)
    credible = np.where(truth, sure, 1 - sure)
    found = [
        Suspect(
            examples[row],
            _named(doubted[row] & ~truth[row], sure[row], codebook),
            _named(doubted[row] & truth[row], sure[row], codebook),
            float(credible[row][doubted[row]].min()),
        )
        for row in np.flatnonzero(doubted.any(axis=1)).tolist()
    ]
    return sorted(found, key=lambda one: one.confidence)


def _named(marks: NDArray[np.bool_], sure: NDArray[np.float64], codebook: Codebook) -> tuple[tuple[str, float], ...]:
    return tuple((codebook.category_ids[at], float(sure[at])) for at in np.flatnonzero(marks))


def _held_out(
    examples: Sequence[Example], others: Sequence[Example], codebook: Codebook, seed: int
) -> NDArray[np.float64]:
    """Probability of each category for each example, by examples of other respondents."""
    belongs = np.array(split.groups(examples))
    names = sorted(set(belongs))
    if len(names) < 2:
        raise SplitError("codings of one respondent cannot be judged by those of others; at least two are needed")
    np.random.default_rng(seed).shuffle(names)
    sure = np.zeros((len(examples), len(codebook.categories)))
    for fold_names in np.array_split(names, min(_FOLDS, len(names))):
        asked = np.isin(belongs, fold_names)
        known = [one for one, out in zip(examples, asked, strict=True) if not out] + list(others)
        truth = targets(known, codebook)[:, : len(codebook.categories)]
        judged = [one for one, out in zip(examples, asked, strict=True) if out]
        sure[asked] = broad.baseline(with_question(known), truth, with_question(judged))
    return sure

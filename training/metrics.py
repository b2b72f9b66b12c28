"""Figures of a coder against the codebook's truth, all pure: arrays in, numbers out.

F1 is averaged over categories (macro), because the rare ones matter as much. The interval resamples respondents, not
answers: answers of one person are not independent. Calibration error is the expected one over ten bins of equal width.

Left out: agreement between coders, which corrects for chance; see `classifier.agreement`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Marks = NDArray[np.bool_]
Rows = NDArray[np.float64]
_BINS = 10


def f1(truth: Marks, said: Marks) -> Rows:
    """F1 per column; 1 where a column is empty in both, 0 where only the truth or only the coder has none."""
    hits = (truth & said).sum(axis=0)
    total = truth.sum(axis=0) + said.sum(axis=0)
    return np.where(total == 0, 1.0, 2 * hits / np.maximum(total, 1))


def macro_f1(truth: Marks, said: Marks) -> float:
    """Mean F1 over the columns that occur in `truth` at all."""
    present = truth.any(axis=0)
    return float(f1(truth, said)[present].mean()) if present.any() else float("nan")


def interval(truth: Marks, said: Marks, groups: Sequence[str], seed: int, draws: int = 500) -> tuple[float, float]:
    """95 % bootstrap interval of `macro_f1` over resampled groups (respondents)."""
    names, member = np.unique(np.array(groups), return_inverse=True)
    draw = np.random.default_rng(seed)
    figures = []
    for _ in range(draws):
        times = np.bincount(draw.integers(0, len(names), len(names)), minlength=len(names))
        rows = np.repeat(np.arange(len(truth)), times[member])
        figures.append(macro_f1(truth[rows], said[rows]))
    low, high = np.nanpercentile(figures, [2.5, 97.5])
    return float(low), float(high)


def calibration_error(truth: Marks, probability: Rows) -> float:
    """Expected calibration error over all cells: mean distance of confidence and frequency, weighted by bin size."""
    sure, true = probability.ravel(), truth.ravel()
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = [abs(sure[bins == one].mean() - true[bins == one].mean()) * (bins == one).sum() for one in np.unique(bins)]
    return float(sum(gaps) / max(len(sure), 1))


def best_threshold(truth: NDArray[np.bool_], probability: Rows) -> float:
    """The middle of the grid of thresholds whose F1 is within 0.01 of the best: a plateau is safer than a peak."""
    grid = np.arange(0.15, 0.751, 0.025)
    figures = np.array([f1(truth[:, None], (probability >= limit)[:, None])[0] for limit in grid])
    return float(np.round(np.median(grid[figures >= figures.max() - 0.01]), 3))


def thresholds(truth: Marks, probability: Rows) -> Rows:
    """One threshold per column. What some fifty cases say wanders, so half of each is the threshold common to all."""
    common = best_threshold(truth.ravel(), probability.ravel())
    own = [best_threshold(truth[:, at], probability[:, at]) for at in range(truth.shape[1])]
    return np.round((np.array(own) + common) / 2, 3)


def margin(distance: Rows, share: float = 0.2) -> float:
    """The review margin: the distance to a decision within which `share` of the texts lie, the doubtful fifth."""
    return float(np.round(np.quantile(distance, share), 4))

"""Pictures of an evaluation, as PNG: what is taken for what, how far probabilities can be trusted, what more examples
would bring. Drawn for paper and screen alike: no colour carries a meaning that a number or a mark does not.

Left out: pictures for coordinators; those belong to the digest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

_INCHES = (7.0, 6.0)
_DPI = 120
_CODER, _RIVAL = "#0072B2", "#D55E00"  # Okabe and Ito, told apart by colour-blind readers


def confusion(table: Sequence[Sequence[float]], names: Sequence[str], path: Path) -> None:
    """Answers by true category (rows) and said category (columns), `none` last."""
    labels = [name.replace("_", "\n") for name in (*names, "none")]
    figure, axes = plt.subplots(figsize=_INCHES, layout="constrained")
    shares = [[cell / max(sum(row), 1) for cell in row] for row in table]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, cells in enumerate(table):
        for column, cell in enumerate(cells):
            dark = shares[row][column] > 0.5
            axes.text(column, row, f"{cell:.0f}", ha="center", va="center", color="white" if dark else "black")
    axes.set_xticks(range(len(labels)), labels, fontsize=8)
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    axes.set_xlabel("said by the coder")
    axes.set_ylabel("true by the codebook")
    axes.set_title("Which category is taken for which (answers)")
    _save(figure, path)


def calibration(bins: Sequence[Mapping[str, float]], error: float, path: Path) -> None:
    """How often a category was true among the answers that the coder gave a certain probability."""
    figure, axes = plt.subplots(figsize=_INCHES, layout="constrained")
    axes.plot([0, 1], [0, 1], color="grey", linestyle="--", label="perfect")
    axes.plot([one["said"] for one in bins], [one["true"] for one in bins], color=_CODER, marker="o", label="coder")
    for one in bins:
        axes.annotate(f"{one['cells']:.0f}", (one["said"], one["true"]), textcoords="offset points", xytext=(8, -10))
    axes.set_xlabel("probability said")
    axes.set_ylabel("share that was true")
    axes.set_title(f"Probabilities and truth (expected calibration error {error:.3f})")
    axes.legend()
    _save(figure, path)


def curve(points: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Macro-F1 by number of training answers, coder and TF-IDF."""
    figure, axes = plt.subplots(figsize=_INCHES, layout="constrained")
    sizes = [one["examples"] for one in points]
    axes.plot(sizes, [one["coder"] for one in points], color=_CODER, marker="o", label="coder")
    base = [one["baseline"] for one in points]
    axes.plot(sizes, base, color=_RIVAL, marker="s", linestyle="--", label="TF-IDF + logistic regression")
    axes.set_xscale("log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel("training answers")
    axes.set_ylabel("macro-F1")
    axes.set_title("What more coded answers bring")
    axes.legend()
    _save(figure, path)


def year(review: Sequence[Mapping[str, float]], random: Sequence[Sequence[Mapping[str, float]]], path: Path) -> None:
    """Macro-F1 over a year of coding: in the order of the review, and as often as it was tried at random."""
    figure, axes = plt.subplots(figsize=_INCHES, layout="constrained")
    weeks = [one["week"] for one in review]
    axes.plot(weeks, [one["macro_f1"] for one in review], color=_CODER, marker="o", label="in the order of the review")
    tried = [[one["macro_f1"] for one in points] for points in random]
    means = [sum(column) / len(column) for column in zip(*tried, strict=True)]
    axes.plot(weeks, means, color=_RIVAL, marker="s", linestyle="--", label="at random, mean")
    low, high = ([of(column) for column in zip(*tried, strict=True)] for of in (min, max))
    axes.fill_between(weeks, low, high, color=_RIVAL, alpha=0.15, label="at random, least to most")
    axes.set_xlabel("week")
    axes.set_ylabel("macro-F1 on writers of whom nothing is coded")
    axes.set_title("A simulated year: 30 answers coded a week, retrained every four weeks")
    axes.legend()
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, dpi=_DPI)
    plt.close(figure)

"""Which examples are held out: whole writers, or whole respondents, never half of a contrast pair.

Answers of one person resemble each other, and the two halves of a contrast pair differ by a word. If one half is
trained on, the other is no longer a test. Examples that share a respondent or a pair form one group and stay together.

Left out: stratification; groups are many and small, and a seeded draw is easier to explain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.corpus import Example
from training.errors import SplitError

Parts = tuple[tuple[Example, ...], tuple[Example, ...]]


@dataclass(frozen=True, slots=True)
class Division:
    """What a coder is fitted on, what its thresholds are chosen on, and what it is measured on."""

    fitting: tuple[Example, ...]
    calibration: tuple[Example, ...]
    test: tuple[Example, ...]


def divide(examples: Sequence[Example], writers: Sequence[str], test: float, calibration: float, seed: int) -> Division:
    """Test on `writers`, or, where none are named, on a share of the respondents; calibrate on a share of the rest."""
    train, held = by_writer(examples, writers) if writers else by_respondent(examples, test, seed)
    fitting, calibrating = by_respondent(train, calibration, seed)
    return Division(fitting, calibrating, held)


def groups(examples: Sequence[Example]) -> tuple[str, ...]:
    """For each example the name of its group: examples linked by a respondent or a pair have the same one."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for example in examples:
        if example.pair is not None:
            parent[root(f"pair {example.pair}")] = root(f"respondent {example.respondent}")
    return tuple(root(f"respondent {example.respondent}") for example in examples)


def by_writer(examples: Sequence[Example], writers: Sequence[str]) -> Parts:
    """(the others, all examples of `writers`). SplitError for an unknown writer, or if nothing remains to train on."""
    known = {example.writer for example in examples}
    if unknown := sorted(set(writers) - known):
        raise SplitError(f"writer `{unknown[0]}` is not one of: {', '.join(sorted(known))}")
    held = {name for name, example in zip(groups(examples), examples, strict=True) if example.writer in writers}
    return _parted(examples, held)


def by_respondent(examples: Sequence[Example], share: float, seed: int) -> Parts:
    """(the others, about `share` of the groups), drawn by `seed`."""
    names = sorted(set(groups(examples)))
    np.random.default_rng(seed).shuffle(names)
    return _parted(examples, set(names[: max(1, round(share * len(names)))]))


def _parted(examples: Sequence[Example], held: set[str]) -> Parts:
    belongs = groups(examples)
    kept = tuple(example for example, name in zip(examples, belongs, strict=True) if name not in held)
    out = tuple(example for example, name in zip(examples, belongs, strict=True) if name in held)
    if not kept or not out:
        raise SplitError(f"{len(kept)} examples to train on and {len(out)} held out; both need at least one")
    return kept, out

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


@dataclass(frozen=True, slots=True)
class Rule:
    """How to divide: by writers where they are named, otherwise by shares of the respondents."""

    test_writers: tuple[str, ...] = ()
    calibration_writers: tuple[str, ...] = ()
    test: float = 0.15
    calibration: float = 0.12
    seed: int = 1


def divide(examples: Sequence[Example], rule: Rule) -> Division:
    """Fitting, calibration and test by `rule`. Where writers are named for calibration and none for the test, nothing
    is held out for a test. SplitError if a part would be empty that is needed."""
    train: tuple[Example, ...] = tuple(examples)
    held: tuple[Example, ...] = ()
    if rule.test_writers:
        train, held = by_writer(train, rule.test_writers)
    elif not rule.calibration_writers:
        train, held = by_respondent(train, rule.test, rule.seed)
    if rule.calibration_writers:
        return Division(*by_writer(train, rule.calibration_writers), held)
    return Division(*by_respondent(train, rule.calibration, rule.seed), held)


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

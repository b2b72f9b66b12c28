"""Whether a candidate may take the place of the current model, by a rule that is fixed before anybody looks.

It must be better overall, or, where somebody says so with a reason, as good; and no category or language may lose more
than chance explains, on the test set or among the respondents set aside. The two are judged apart as well as together:
codings that are wrong in one language are as wrong among those set aside, and only the test set tells.

Both models are measured here and now. An answer that nearly repeats one that was trained on is not measured by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from classifier.codebook import Codebook, load_codebook
from classifier.errors import ModelError
from classifier.model import Coder
from training.compare import LEAST, Measured, Part, compare, figures
from training.corpus import Example, read_examples
from training.errors import PromotionError
from training.evaluate import labelled
from training.inventory import TEST, training_files
from training.models import Models, run_of
from training.overlap import twins_between
from training.snapshot import load

SET_ASIDE = "the respondents set aside"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two models of one codebook, and where what they are measured on lies.

    `snapshot`: whose set-aside respondents to measure on; None: of the snapshot that the candidate learnt from, where
    there is one. `test` may be absent; then only those set aside measure.
    """

    candidate: Path
    current: Path
    home: Path
    codebook: Path
    test: Path | None
    snapshot: Path | None = None


def compared(pair: Pair) -> list[Part]:
    """Both models side by side. Raises ModelError, PromotionError where nothing is there to measure on."""
    codebook = load_codebook(pair.codebook)
    coders = [_coder(path, codebook) for path in (pair.candidate, pair.current)]
    sets = []
    for name, examples in _measured(pair, codebook):
        candidate, current = (_marks(coder, examples) for coder in coders)
        sets.append(Measured(name, examples, current, candidate))
    if not sets:
        raise PromotionError(f"{pair.candidate}: nothing to measure on; give a test set with --test, or --snapshot")
    return compare(sets, codebook)


def promote(pair: Pair, by: str, reason: str | None, now: datetime) -> list[Part]:
    """Let the candidate count if it may; with a `reason` it need not be better. Raises PromotionError with what speaks
    against it, and DiskError; then the current model counts as before."""
    models = Models(pair.home)
    fingerprint = _coder(pair.candidate, load_codebook(pair.codebook)).fingerprint
    if fingerprint == pair.current.resolve().name:
        raise PromotionError(f"{pair.candidate}: is the current model")
    parts = compared(pair)
    if against := refusal(parts, as_good=reason is not None):
        raise PromotionError(f"{pair.candidate}: not promoted: {against}")
    name = models.keep(pair.candidate, fingerprint)
    models.promote(name, by, now, {**figures(parts), **({"reason": reason} if reason else {})})
    return parts


def refusal(parts: Sequence[Part], as_good: bool) -> str | None:
    """What speaks against the candidate, or None. `as_good`: equal quality is enough."""
    whole = parts[0]
    if lost := [f"{part.kind} {part.name} on {part.measured}" for part in parts if part.surely_worse]:
        return f"it is worse in {'; '.join(lost)}"
    if not whole.judged:
        return f"{whole.respondents} respondents are too few to judge by; at least {LEAST} are needed"
    interval = f"the difference of macro-F1 lies between {whole.low:+.3f} and {whole.high:+.3f}"
    if whole.worse:
        return f"it is worse overall: {interval}"
    if not as_good and not whole.better:
        return f"it is not surely better: {interval}; to promote one that is as good: --same --reason TEXT"
    return None


def _coder(directory: Path, codebook: Codebook) -> Coder:
    coder = Coder.load(directory)
    if coder.codebook.sha256 != codebook.sha256:
        raise ModelError(f"{directory}: was trained on codebook version {coder.codebook.version}, not on this one")
    return coder


def _marks(coder: Coder, examples: Sequence[Example]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    scores = coder.score([one.text for one in examples], [one.question for one in examples])
    return labelled(coder, scores.categories)


def _measured(pair: Pair, codebook: Codebook) -> list[tuple[str, tuple[Example, ...]]]:
    """The sets to measure on that hold anything, without what the candidate may have learnt by heart."""
    run = run_of(pair.candidate)
    folder = pair.snapshot or (pair.home / "snapshots" / run["snapshot"]["name"] if run.get("snapshot") else None)
    snapshot = load(folder, codebook, pair.home) if folder else None
    known = list(snapshot.examples) if snapshot else []
    found: list[tuple[str, tuple[Example, ...]]] = []
    if pair.test:
        known += read_examples(training_files(pair.test.parent), codebook) if pair.test.name == TEST else ()
        found.append((pair.test.name, read_examples([pair.test], codebook)))
    if snapshot:
        found.append((SET_ASIDE, snapshot.held))
    return [(name, own) for name, examples in found if (own := _unknown(examples, known))]


def _unknown(examples: Sequence[Example], known: Sequence[Example]) -> tuple[Example, ...]:
    if not examples or not known:
        return tuple(examples)
    repeated = {twin.first for twin in twins_between([one.text for one in examples], [one.text for one in known])}
    return tuple(one for at, one in enumerate(examples) if at not in repeated)

"""Candidate and current model side by side, answer by answer, on the same respondents.

Each difference comes with an interval from a paired bootstrap: whole respondents are drawn, and both models are judged
by the same draw, so what is hard for both does not blur the difference (Efron and Tibshirani 1993, ch. 8; Dror and
others 2018 on replicability in NLP). Many parts are compared at once, and by chance alone some would seem to lose:
losses are judged after Holm (1979), among the categories and languages of a set, and among the categories within
each language, where a coder's blind spot shows. A part with fewer than `LEAST` respondents is shown and not judged.

Left out: which of the two should count; see `promote`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from classifier.codebook import Codebook
from training import metrics
from training.corpus import Example, targets

Marks = NDArray[np.bool_]
Rows = NDArray[np.float64]
Kind = Literal["all", "category", "language", "script", "category in language"]

LEAST = 10  # respondents below which a bootstrap says nothing
_FAMILIES: tuple[tuple[Kind, ...], ...] = (("category", "language"), ("category in language",))
_DRAWS = 4_000
_LEVEL = 0.05
_LANGUAGES = {"kk": "Kazakh", "ru": "Russian"}
_SCRIPTS = {
    "kaz": "in Kazakh letters",
    "rus_letters": "in Russian letters",
    "latin": "in Latin letters",
    "mixed": "mixed with the other language",
    "rus": "in Russian letters",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the comparison: macro-F1 (F1 for a category) of both models on a part of a set of answers.

    `low`, `high`: 95 % interval of the difference. `surely_worse`: its Holm-adjusted interval lies below 0.
    """

    measured: str
    kind: Kind
    name: str
    answers: int
    respondents: int
    current: float
    candidate: float
    low: float
    high: float
    chance: float  # two-sided share of draws on the other side of 0
    draws: tuple[float, ...] = ()
    surely_worse: bool = False

    @property
    def judged(self) -> bool:
        """Whether there are enough respondents to say anything."""
        return self.respondents >= LEAST

    @property
    def better(self) -> bool:
        """Whether the candidate gains: the interval lies above 0."""
        return self.judged and self.low > 0

    @property
    def worse(self) -> bool:
        """Whether the candidate loses: the interval lies below 0."""
        return self.judged and self.high < 0


@dataclass(frozen=True, slots=True)
class Measured:
    """A named set of answers, with what both models say of them: answers x categories."""

    name: str
    examples: tuple[Example, ...]
    current: Marks
    candidate: Marks


def compare(sets: Sequence[Measured], codebook: Codebook, seed: int = 1) -> list[Part]:
    """All parts: everything together first, then each set with its categories, languages and scripts."""
    together = Measured(
        "all answers measured",
        tuple(example for one in sets for example in one.examples),
        np.concatenate([one.current for one in sets]),
        np.concatenate([one.candidate for one in sets]),
    )
    parts = [next(_parts(together, codebook, seed))]
    for one in sets:
        parts += _parts(one, codebook, seed)
    return [replace(part, draws=()) for part in _holm(parts)]


def _parts(one: Measured, codebook: Codebook, seed: int) -> Iterator[Part]:
    count = len(codebook.categories)
    truth = targets(one.examples, codebook)[:, :count] > 0
    paired = _Paired(one, truth, seed)
    everything = np.ones(len(truth), dtype=bool)
    yield paired.part("all", "", everything, list(range(count)))
    for at, name in enumerate(codebook.category_ids):
        yield paired.part("category", name, everything, [at])
    for lang in sorted({example.lang for example in one.examples}):
        own = np.array([example.lang == lang for example in one.examples])
        yield paired.part("language", lang, own, list(range(count)))
        for at, name in enumerate(codebook.category_ids):
            yield paired.part("category in language", f"{lang} {name}", own, [at])
    for script in sorted({(example.lang, example.script) for example in one.examples}):
        own = np.array([(example.lang, example.script) == script for example in one.examples])
        yield paired.part("script", " ".join(script), own, list(range(count)))


class _Paired:
    """Both models on one set of answers, and the draws of its respondents."""

    def __init__(self, one: Measured, truth: Marks, seed: int) -> None:
        self._one, self._truth = one, truth
        names, self._member = np.unique([example.respondent for example in one.examples], return_inverse=True)
        self._count = len(names)
        draw = np.random.default_rng(seed)
        self._times = draw.multinomial(self._count, np.full(self._count, 1 / self._count), _DRAWS).astype(np.float64)

    def part(self, kind: Kind, name: str, rows: Marks, columns: list[int]) -> Part:
        """The answers `rows`, judged by the categories `columns`."""
        truth = self._truth[rows][:, columns]
        both = [marks[rows][:, columns] for marks in (self._one.current, self._one.candidate)]
        current, candidate = (metrics.macro_f1(truth, marks) for marks in both)
        drawn = [self._drawn(truth, marks, self._member[rows]) for marks in both]
        differences = drawn[1] - drawn[0]
        differences = differences[~np.isnan(differences)]
        low, high = np.percentile(differences, [2.5, 97.5]) if len(differences) else (float("nan"), float("nan"))
        chance = 2 * min((differences <= 0).mean(), (differences >= 0).mean()) if len(differences) else 1.0
        counting = truth.any(axis=1) if len(columns) == 1 else np.ones(len(truth), dtype=bool)
        respondents = len(np.unique(self._member[rows][counting]))
        return Part(
            self._one.name, kind, name, int(counting.sum()), respondents, current, candidate, float(low), float(high),
            float(chance), tuple(differences.tolist()),
        )  # fmt: skip

    def _drawn(self, truth: Marks, said: Marks, member: NDArray[np.int64]) -> Rows:
        """Macro-F1 in every draw, as `metrics.macro_f1` has it."""
        hits, true, marked = (self._by_respondent(cells, member) for cells in (truth & said, truth, said))
        total = true + marked
        f1 = np.where(total == 0, 1.0, 2 * hits / np.maximum(total, 1))
        present = true > 0
        with np.errstate(invalid="ignore"):
            return np.asarray((f1 * present).sum(axis=1) / present.sum(axis=1))

    def _by_respondent(self, cells: Marks, member: NDArray[np.int64]) -> Rows:
        """Draws x categories: how many cells are set among the drawn respondents."""
        counts = np.zeros((self._count, cells.shape[1]))
        np.add.at(counts, member, cells)
        return np.asarray(self._times @ counts)


def _holm(parts: Sequence[Part]) -> list[Part]:
    """`parts` with those marked that are worse beyond what chance does among so many of the same set and kind."""
    marked = list(parts)
    for measured, kinds in product({part.measured for part in parts}, _FAMILIES):
        family = [at for at, one in enumerate(parts) if one.measured == measured and one.kind in kinds and one.judged]
        for rank, at in enumerate(sorted(family, key=lambda at: parts[at].chance)):
            level = _LEVEL / (len(family) - rank)
            if parts[at].chance > level:
                break
            high = np.percentile(parts[at].draws, 100 * (1 - level / 2))
            marked[at] = replace(parts[at], surely_worse=bool(high < 0))
    return marked


def table(parts: Sequence[Part]) -> str:
    """All parts as a Markdown table."""
    header = ["measured on", "part", "answers", "respondents", "current", "candidate", "difference, 95 % interval"]
    rows = [header, ["---"] * len(header)]
    for part in parts:
        difference = f"{part.candidate - part.current:+.3f} ({part.low:+.3f} to {part.high:+.3f})"
        figures = [part.answers, part.respondents, f"{part.current:.3f}", f"{part.candidate:.3f}"]
        said = difference if part.judged else "too few respondents"
        rows.append([part.measured, f"{part.kind} {part.name}".strip(), *map(str, figures), said])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def sentences(parts: Sequence[Part], codebook: Codebook) -> list[str]:
    """One sentence for the whole, one for each gain and loss, and one for everything else."""
    found = [_sentence(part, codebook) for part in parts if part.kind == "all" or part.better or part.worse]
    rest = [part for part in parts if part.kind != "all" and part.judged and not part.better and not part.worse]
    if rest:
        names = dict.fromkeys(_named(part, codebook) for part in rest)
        found.append(f"No difference can be told for: {', '.join(names)}.")
    if few := dict.fromkeys(_named(part, codebook) for part in parts if not part.judged):
        found.append(f"Too few respondents to judge: {', '.join(few)}.")
    return found


def _sentence(part: Part, codebook: Codebook) -> str:
    what = f"On {part.measured}" if part.kind == "all" else f"{_named(part, codebook)} ({part.measured})"
    figure = "F1" if part.kind.startswith("category") else "macro-F1"
    now = f"{figure} {part.candidate:.3f}, before {part.current:.3f}"
    if not part.judged:
        return f"{what}: {part.respondents} respondents are too few to judge by ({now})."
    if part.better:
        return f"{what}: the candidate is better, by {part.low:.3f} to {part.high:.3f} ({now})."
    if part.worse:
        sure = ", and not by chance among so many parts" if part.surely_worse else ""
        return f"{what}: the candidate is worse, by {-part.high:.3f} to {-part.low:.3f} ({now}){sure}."
    return f"{what}: no difference can be told; it lies between {part.low:+.3f} and {part.high:+.3f} ({now})."


def _named(part: Part, codebook: Codebook) -> str:
    if part.kind == "category":
        return codebook.category(part.name).name.en
    lang, _, script = part.name.partition(" ")
    language = _LANGUAGES.get(lang, lang or "unknown language")
    if part.kind == "category in language":
        return f"{codebook.category(script).name.en} in {language}"
    return language if part.kind == "language" else f"{language} {_SCRIPTS.get(script, script)}".rstrip()


def figures(parts: Sequence[Part]) -> dict[str, Any]:
    """What a history keeps of a comparison: the overall figures."""
    whole = parts[0]
    return {
        "answers": whole.answers,
        "respondents": whole.respondents,
        "macro_f1": round(whole.candidate, 3),
        "macro_f1_before": round(whole.current, 3),
        "difference": [round(whole.low, 3), round(whole.high, 3)],
    }

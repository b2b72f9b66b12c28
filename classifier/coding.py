"""From scores to codings: what a text is, which categories and codes it carries, where, and whether a person must look.

The whole answer is coded, and its meaning units are coded too. The whole decides, because measured it codes better than
its units together (the evaluation shows both): a unit carries only categories of the whole, and every category of the
whole stands in the unit that speaks for it most. A descriptive code needs all of its
categories. Texts longer than a coder is trained on are read in windows, of which the strongest counts.

A text that cannot be coded (no words, another language) gets an honest empty coding: no categories, 0.0 everywhere, to
be reviewed. An exclusive codebook names one category of the whole text, in any language, and divides nothing.

Left out: how scores come about (`model`), reading and writing rows (`__main__`, `rows`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from classifier.codebook import Codebook
from classifier.text import Lang, Language, Span, detect, meaning_units, words
from classifier.urgent import is_urgent

Rows = NDArray[np.float64]

WINDOW_CHARACTERS = 2000
# A text longer than this is no answer to one question; a person should see what it is.
LONGEST_CERTAIN = 20_000
# Units are joined to be no more than this, so that a pasted book cannot hold up the others.
MOST_UNITS = 120
_DECIMALS = 4
# Texts scored in one call: enough to use the processor well, little enough to answer early.
_BATCH_CHARACTERS = 40_000


class Scores(Protocol):
    """Calibrated probabilities: texts x categories and texts x descriptive codes, in codebook order."""

    @property
    def categories(self) -> Rows: ...
    @property
    def codes(self) -> Rows: ...


class Scorer(Protocol):
    """What a coder must offer; `classifier.model.Coder` does."""

    codebook: Codebook
    fingerprint: str
    code_threshold: float

    def score(self, texts: Sequence[str], questions: Sequence[int | None]) -> Scores: ...
    def labels(self, row: Rows) -> tuple[str, ...]: ...
    def needs_review(self, row: Rows) -> bool: ...


@dataclass(frozen=True, slots=True)
class Input:
    """A text to code, the question it answers (1 to 7, or None) and its language where the sender knows it.

    `id` comes back unchanged.
    """

    id: Any
    text: str
    question: int | None = None
    lang: Lang | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a text before it is scored. `windows` and `units` are empty where nothing can be coded."""

    input: Input
    language: Language
    windows: tuple[str, ...]
    units: tuple[Span, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """What must be scored: the windows of the whole, then its units unless the only unit is the whole."""
        if len(self.units) < 2:
            return self.windows
        return (*self.windows, *(self.input.text[start:end] for start, end in self.units))


def code_batch(coder: Scorer, inputs: Sequence[Input]) -> list[dict[str, Any]]:
    """The codings of `inputs`, in order, each as the JSON object that `python -m classifier code` writes."""
    readings = [read(one, coder.codebook.exclusive) for one in inputs]
    texts = [text for reading in readings for text in reading.texts]
    questions = [reading.input.question for reading in readings for _ in reading.texts]
    categories, codes = _scored(coder, texts, questions)
    codings = []
    at = 0
    for reading in readings:
        until = at + len(reading.texts)
        codings.append(_coding(coder, reading, categories[at:until], codes[at:until]))
        at = until
    return codings


def read(one: Input, exclusive: bool) -> Reading:
    """`one` with its language and what of it is to be scored."""
    language = detect(one.text, one.lang)
    readable = bool(one.text.strip()) if exclusive else language.lang is not None
    if not readable:
        return Reading(one, language, (), ())
    units = _joined(meaning_units(one.text), MOST_UNITS)
    if exclusive:
        units = units[:1] and ((units[0][0], units[-1][1]),)
    return Reading(one, language, _windows(one.text, units), units)


def _joined(units: Sequence[Span], most: int) -> tuple[Span, ...]:
    """`units`, neighbours joined so that there are at most `most`."""
    size = -(-len(units) // most)
    if size <= 1:
        return tuple(units)
    groups = [units[first : first + size] for first in range(0, len(units), size)]
    return tuple((group[0][0], group[-1][1]) for group in groups)


def _windows(text: str, units: Sequence[Span]) -> tuple[str, ...]:
    """The whole text, or, where it is too long, runs of its units that are not, a unit too long by itself cut up."""
    if len(text) <= WINDOW_CHARACTERS or not units:
        return (text[:WINDOW_CHARACTERS],)
    windows: list[Span] = []
    for start, end in units:
        if windows and end - windows[-1][0] <= WINDOW_CHARACTERS:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return tuple(
        text[first : min(first + WINDOW_CHARACTERS, end)]
        for start, end in windows
        for first in range(start, end, WINDOW_CHARACTERS)
    )


def _scored(coder: Scorer, texts: Sequence[str], questions: Sequence[int | None]) -> tuple[Rows, Rows]:
    categories = [np.zeros((0, len(coder.codebook.categories)))]
    codes = [np.zeros((0, len(coder.codebook.codes)))]
    for first, until in _batches(texts):
        scores = coder.score(texts[first:until], questions[first:until])
        categories.append(scores.categories)
        codes.append(scores.codes)
    return np.concatenate(categories), np.concatenate(codes)


def _batches(texts: Sequence[str]) -> list[tuple[int, int]]:
    batches: list[tuple[int, int]] = []
    size = 0
    for at, text in enumerate(texts):
        if batches and size + len(text) <= _BATCH_CHARACTERS:
            batches[-1] = (batches[-1][0], at + 1)
            size += len(text)
        else:
            batches.append((at, at + 1))
            size = len(text)
    return batches


def _coding(coder: Scorer, reading: Reading, categories: Rows, codes: Rows) -> dict[str, Any]:
    """The output object of one reading from the scores of its texts, windows first."""
    count = len(reading.windows)
    whole = categories[:count].max(axis=0) if count else np.zeros(len(coder.codebook.categories))
    whole_codes = codes[:count].max(axis=0) if count else np.zeros(len(coder.codebook.codes))
    labels = coder.labels(whole) if count else ()
    named = _codes(coder, labels, whole_codes)
    text = reading.input.text
    uncertain = reading.language.lang is None or words(text) == 0 or len(text) > LONGEST_CERTAIN
    return {
        "id": reading.input.id,
        "labels": list(labels),
        "codes": list(named),
        "scores": {
            category: round(float(score), _DECIMALS)
            for category, score in zip(coder.codebook.category_ids, whole, strict=True)
        },
        "units": _units(coder, reading, (labels, named), categories[count:], codes[count:]),
        "lang": reading.language.lang,
        "script": reading.language.script,
        "needs_review": uncertain or coder.needs_review(whole),
        "urgent": is_urgent(text),
        "model": coder.fingerprint,
    }


def _codes(coder: Scorer, labels: Sequence[str], scores: Rows) -> tuple[str, ...]:
    return tuple(
        one.id
        for one, score in zip(coder.codebook.codes, scores, strict=True)
        if score >= coder.code_threshold and set(one.categories) <= set(labels)
    )


def _units(
    coder: Scorer, reading: Reading, whole: tuple[Sequence[str], Sequence[str]], categories: Rows, codes: Rows
) -> list[dict[str, Any]]:
    """The units with the part of the whole's labels and codes that each of them carries."""
    labels, named = whole
    book = coder.codebook
    if not len(categories):
        return [_unit(span, labels, named) for span in reading.units]
    own = [set(coder.labels(row)) for row in categories]
    label_units = {
        name: _bearers(categories[:, book.category_ids.index(name)], [name in one for one in own]) for name in labels
    }
    code_units = {}
    for name in named:
        scores = codes[:, book.code_ids.index(name)]
        code_units[name] = _bearers(scores, list(scores >= coder.code_threshold))
        # A unit that carries a code carries its categories.
        for category in book.code(name).categories:
            label_units[category] |= code_units[name]
    return [
        _unit(span, [one for one in labels if at in label_units[one]], [one for one in named if at in code_units[one]])
        for at, span in enumerate(reading.units)
    ]


def _bearers(scores: Rows, passing: Sequence[bool]) -> set[int]:
    """The units that carry something: all that pass by themselves, or else the one that comes closest."""
    return {at for at, passed in enumerate(passing) if passed} or {int(scores.argmax())}


def _unit(span: Span, labels: Sequence[str], codes: Sequence[str]) -> dict[str, Any]:
    return {"start": span[0], "end": span[1], "labels": list(labels), "codes": list(codes)}

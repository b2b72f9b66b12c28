"""From probabilities to a coding: the object that `python -m classifier code` writes for one text. Pure.

The whole text is coded, and so is each meaning unit within it. A descriptive code stands only under a category that is
coded too. What the coder cannot read (nothing but emoji, another language) gets an honest empty coding that asks for a
person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from classifier.codebook import Codebook
from classifier.text import NEITHER, detect, meaning_units, words
from classifier.urgent import is_urgent

# A text longer than this is coded by its units alone, characters; answers of one Telegram message are far shorter.
LONGEST_WHOLE = 20_000
# Meaning units of a text that are coded, so that a pasted book cannot hold up the others.
MOST_UNITS = 400
# Digits that a probability is written with.
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Input:
    """A text to code. `id` comes back unchanged; `question` is 1 to 7, None where it is unknown."""

    id: Any
    text: str
    question: int | None = None
    lang: str | None = None


class Scores(Protocol):
    """Calibrated probabilities: texts x categories, texts x descriptive codes."""

    categories: Any
    codes: Any


class Scorer(Protocol):
    """What this module needs of a coder."""

    codebook: Codebook
    fingerprint: str
    code_threshold: float

    def score(self, texts: Sequence[str], questions: Sequence[int | None]) -> Scores:
        """Probabilities of each text read as the answer to its question."""

    def labels(self, row: Any) -> tuple[str, ...]:
        """The categories that a row of category probabilities carries."""

    def needs_review(self, row: Any) -> bool:
        """Whether a row of category probabilities is doubtful."""


def code_batch(coder: Scorer, inputs: Sequence[Input]) -> list[dict[str, Any]]:
    """The codings of `inputs`, in order, as the objects that are written."""
    spans = [meaning_units(one.text)[:MOST_UNITS] for one in inputs]
    texts, questions = [], []
    for one, own in zip(inputs, spans, strict=True):
        for start, end in [(0, min(len(one.text), LONGEST_WHOLE)), *_finer(own, one.text)]:
            texts.append(one.text[start:end])
            questions.append(one.question)
    scores = coder.score(texts, questions) if texts else None
    results, at = [], 0
    for one, own in zip(inputs, spans, strict=True):
        rows = range(at, at + 1 + len(_finer(own, one.text)))
        at = rows.stop
        results.append(_result(coder, one, own, scores, rows))
    return results


def _finer(spans: Sequence[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """The units to score beside the whole; a single unit is the whole."""
    return [] if len(spans) < 2 and len(text) <= LONGEST_WHOLE else list(spans)


def _result(
    coder: Scorer, one: Input, spans: Sequence[tuple[int, int]], scores: Scores | None, rows: range
) -> dict[str, Any]:
    assert scores is not None
    lang, script = detect(one.text)
    readable = words(one.text) > 0 and lang != NEITHER[0]
    whole = scores.categories[rows.start]
    labels, codes = _decide(coder, scores, rows.start) if readable else ((), ())
    if readable and len(one.text) > LONGEST_WHOLE:
        labels, codes = _together(coder, scores, rows)
    units = [_unit(coder, scores, row, span) for row, span in zip(rows[1:] or rows, spans, strict=False) if readable]
    return {
        "id": one.id,
        "labels": list(labels),
        "codes": list(codes),
        "scores": _shown(coder.codebook, whole),
        "units": units,
        "lang": one.lang or lang,
        "script": script,
        "needs_review": not readable or len(one.text) > LONGEST_WHOLE or coder.needs_review(whole),
        "urgent": is_urgent(one.text),
        "model": coder.fingerprint,
    }


def _unit(coder: Scorer, scores: Scores, row: int, span: tuple[int, int]) -> dict[str, Any]:
    labels, codes = _decide(coder, scores, row)
    return {"start": span[0], "end": span[1], "labels": list(labels), "codes": list(codes)}


def _decide(coder: Scorer, scores: Scores, row: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Categories in codebook order, and the codes that reach their threshold with all their categories coded."""
    labels = coder.labels(scores.categories[row])
    codes = tuple(
        code.id
        for code, probability in zip(coder.codebook.codes, scores.codes[row], strict=True)
        if probability >= coder.code_threshold and set(code.categories) <= set(labels)
    )
    return labels, codes


def _together(coder: Scorer, scores: Scores, rows: range) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What any part of a very long text carries."""
    decided = [_decide(coder, scores, row) for row in rows]
    labels = {label for part, _ in decided for label in part}
    codes = {code for _, part in decided for code in part}
    return coder.codebook.in_order(labels), coder.codebook.codes_in_order(codes)


def _shown(codebook: Codebook, row: Any) -> dict[str, float]:
    return {category: round(float(p), DIGITS) for category, p in zip(codebook.category_ids, row, strict=True)}

"""Find text that stands twice: near duplicates among answers, and whatever a test set shares with training text.

Two texts are near duplicates if their sets of letter runs (five letters of the folded text, blanks counted) overlap by
at least `NEAR` (Jaccard). The skeleton makes the same sentence in Kazakh, Russian or Latin letters one. Texts under
`SHORTEST` letters are left out: «жоқ» and «не знаю» are said by everybody and give nothing away.

Left out: paraphrases, which no comparison of letters finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifier.text import fold
from training.corpus import Example
from training.errors import SplitError

NEAR = 0.6
SHORTEST = 25
_RUN = 5
_ROWS = 2_000
_SHOWN = 3
_NO_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Twin:
    """Two texts by their places, and the share of letter runs that they have in common."""

    first: int
    second: int
    share: float


def twins(texts: Sequence[str], near: float = NEAR) -> list[Twin]:
    """Near duplicates among `texts`, each pair once, the earlier text first."""
    runs = _runs(texts)
    return [twin for twin in _alike(runs, runs, near) if twin.first < twin.second]


def twins_between(texts: Sequence[str], others: Sequence[str], near: float = NEAR) -> list[Twin]:
    """Pairs of a text (`first`) and one of `others` (`second`) that are near duplicates."""
    return list(_alike(_runs(texts), _runs(others), near))


def _runs(texts: Iterable[str]) -> Any:
    """Texts x hashed letter runs, ones and zeros; a text that is too short has none."""
    from sklearn.feature_extraction.text import HashingVectorizer

    plain = [_NO_LETTER.sub(" ", fold(text)).strip() for text in texts]
    vectors = HashingVectorizer(
        analyzer="char", ngram_range=(_RUN, _RUN), binary=True, norm=None, alternate_sign=False, dtype=np.float32
    )
    return vectors.transform([text if len(text) >= SHORTEST else "" for text in plain])


def _alike(left: Any, right: Any, near: float) -> Iterator[Twin]:
    sizes, others = left.getnnz(axis=1), right.getnnz(axis=1)
    turned = right.T.tocsr()
    for start in range(0, left.shape[0], _ROWS):
        common = (left[start : start + _ROWS] @ turned).tocoo()
        share = common.data / (sizes[start + common.row] + others[common.col] - common.data)
        for place in np.flatnonzero(share >= near):
            yield Twin(int(start + common.row[place]), int(common.col[place]), float(share[place]))


def refuse_overlap(test: Sequence[Example], known: Sequence[Example], by_writer: bool = True) -> None:
    """SplitError if `known` (whatever was trained or chosen on) shares with `test` an id, a respondent, a pair, a near
    duplicate or, with `by_writer`, a writer."""
    for key in ("id", "respondent", "pair", *(("writer",) if by_writer else ())):
        shared = sorted({getattr(one, key) for one in test} & {getattr(one, key) for one in known} - {None, ""})
        if shared:
            raise SplitError(_refusal(f"the same {key}", shared))
    found = twins_between([one.text for one in test], [one.text for one in known])
    if found:
        raise SplitError(_refusal("near duplicates", [f"{test[t.first].id} = {known[t.second].id}" for t in found]))


def refuse_pretraining_overlap(test: Sequence[Example], lines: Sequence[str]) -> None:
    """SplitError if a text of `test` stands among the `lines` that an encoder was pretrained on."""
    found = twins_between([one.text for one in test], lines)
    if found:
        raise SplitError(_refusal("pretraining text", [f"{test[t.first].id} = line {t.second + 1}" for t in found]))


def _refusal(what: str, shared: Sequence[str]) -> str:
    more = f" and {len(shared) - _SHOWN} more" if len(shared) > _SHOWN else ""
    return f"the test set and the training set share {what}: {', '.join(shared[:_SHOWN])}{more}; nothing may be shared"

"""Agreement between coders beyond chance: Cohen's kappa for one decision, Krippendorff's alpha for whole sets.

A model is one more coder, so the same two functions compare people with each other and people with the model. Kappa is
for two coders and one category (present or not); alpha with the MASI distance (Passonneau 2006) is for any number of
coders who give each text a set of categories, not every text by everyone, partial overlap counted in part.

Where everybody gave one and the same value throughout, chance cannot be told from agreement and the result is None.
Left out: confidence intervals, and weighting of some disagreements over others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

from classifier.codebook import Codebook

# MASI divides by the size of the union, which two empty sets do not have.
EMPTY = frozenset({"none"})
_PAIR = 2


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Cohen's kappa (1960) of two coders' decisions on the same texts, at most 1; None where chance explains all.

    Raises ValueError if the two are not equally many or none.
    """
    if len(first) != len(second) or not first:
        raise ValueError(f"kappa: {len(first)} and {len(second)} decisions; must be equally many, at least one")
    total = len(first)
    observed = sum(one == other for one, other in zip(first, second, strict=True)) / total
    counts, others = Counter(first), Counter(second)
    expected = sum(counts[value] * others[value] for value in counts) / total**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def kappa_by_category(
    codebook: Codebook, first: Sequence[Collection[str]], second: Sequence[Collection[str]]
) -> Mapping[str, float | None]:
    """Cohen's kappa of two coders for each category, in codebook order, from the category sets of the same texts."""
    return {
        category: cohen_kappa([category in one for one in first], [category in other for other in second])
        for category in codebook.category_ids
    }


def set_alpha(codings: Iterable[tuple[str, str, Collection[str]]]) -> float | None:
    """Krippendorff's alpha with MASI distance over (coder, text, categories); None if all sets are the same.

    Texts with one coder do not count. Raises ValueError if no text has two, or a coder codes a text twice.
    """
    coders: defaultdict[str, set[str]] = defaultdict(set)
    data: list[tuple[str, str, frozenset[str]]] = []
    for coder, text, categories in codings:
        if coder in coders[text]:
            raise ValueError(f"alpha: {coder} codes {text} twice; each text must stand once per coder")
        coders[text].add(coder)
        data.append((coder, text, frozenset(categories) or EMPTY))
    shared = [row for row in data if len(coders[row[1]]) >= _PAIR]
    if not shared:
        raise ValueError("alpha: no text with two coders; at least one is needed")
    return None if len({row[2] for row in shared}) == 1 else _alpha(shared)


def _alpha(data: list[tuple[str, str, frozenset[str]]]) -> float:
    # nltk takes seconds to import, and most commands need no agreement.
    from nltk.metrics.agreement import AnnotationTask
    from nltk.metrics.distance import masi_distance

    return float(AnnotationTask(data=data, distance=masi_distance).alpha())

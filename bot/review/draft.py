"""What a person has chosen for one answer, and what a pressed button makes of it. Pure.

A button says what it wants to be chosen, not that something is to be turned: pressed twice, it does nothing twice. A
category that is taken out takes its codes along; a code that belongs to two categories brings both.

Left out: which answer, and whether the button still counts; `desk` decides that before.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Literal

from classifier.codebook import Codebook

Pairs = Sequence[tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class Draft:
    """Chosen categories and descriptive codes, in codebook order, and the page of buttons that is open.

    `saved`: this person has saved a coding of the answer before, which stands until another one is saved.
    """

    categories: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    page: Literal["categories", "codes", "reason"] = "categories"
    saved: bool = False


def drawn(answer_id: int, version: int, share: float) -> bool:
    """Whether this version of an answer is among the `share` that two people code: the same always, whoever asks."""
    digest = sha256(f"double:{answer_id}:{version}".encode()).digest()
    return int.from_bytes(digest[:4], "big") < share * 2**32


def draft_of(pairs: Pairs | None, codebook: Codebook, *, saved: bool = False) -> Draft:
    """A coding as a draft; what the codebook does not know is left out."""
    known = [(category, code) for category, code in pairs or () if category in codebook.category_ids]
    categories = codebook.in_order(category for category, _ in known)
    codes = codebook.codes_in_order(code for _, code in known if code in codebook.code_ids)
    return _fitting(Draft(categories, codes, saved=saved), codebook)


def pairs_of(draft: Draft, codebook: Codebook) -> list[tuple[str, str | None]]:
    """The draft as a coding: each category with its codes; a category without one stands alone."""
    return [(category, code) for category in draft.categories for code in _codes_in(draft, category, codebook)]


def complete(draft: Draft, codebook: Codebook) -> bool:
    """Whether every chosen category has a code, and there is one."""
    pairs = pairs_of(draft, codebook)
    return bool(pairs) and all(code is not None for _, code in pairs)


def offered_codes(draft: Draft, codebook: Codebook) -> tuple[str, ...]:
    """The descriptive codes of the chosen categories."""
    return codebook.codes_in_order(code.id for name in draft.categories for code in codebook.codes_of(name))


def press(draft: Draft, option: str, codebook: Codebook) -> Draft | None:
    """The draft after a button that chooses or turns the page; None for an option that there is not."""
    if option in ("codes", "categories"):
        return replace(draft, page="codes" if option == "codes" and draft.categories else "categories")
    name, chosen = option[1:], option[:1] == "+"
    if option[:1] not in ("+", "-"):
        return None
    if name in codebook.category_ids:
        return _fitting(
            replace(draft, categories=_with(draft.categories, name, chosen, codebook.category_ids)), codebook
        )
    if name in codebook.code_ids:
        codes = _with(draft.codes, name, chosen, codebook.code_ids)
        brought = codebook.categories_of([name]) if chosen else ()
        return replace(draft, codes=codes, categories=codebook.in_order([*draft.categories, *brought]))
    return None


def to_json(draft: Draft) -> str:
    """The draft as the store keeps it."""
    return json.dumps(asdict(draft))


def from_json(text: str) -> Draft:
    """The draft that `to_json` wrote."""
    raw = json.loads(text)
    return Draft(tuple(raw["categories"]), tuple(raw["codes"]), raw["page"], raw["saved"])


def _codes_in(draft: Draft, category: str, codebook: Codebook) -> Sequence[str | None]:
    return [code for code in draft.codes if category in codebook.code(code).categories] or [None]


def _with(own: Sequence[str], name: str, chosen: bool, order: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in order if (chosen if one == name else one in own))


def _fitting(draft: Draft, codebook: Codebook) -> Draft:
    """Without the codes of which a category is not chosen; back to the categories where none is left."""
    codes = tuple(one for one in draft.codes if set(codebook.code(one).categories) <= set(draft.categories))
    return replace(draft, codes=codes, page=draft.page if draft.categories else "categories")

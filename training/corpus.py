"""Coded answers as examples: JSON lines in, frozen examples out, checked against the codebook.

Needed per line: `text` and `categories` (or `labels`, as `python -m classifier code` writes them). Optional: `id`,
`codes`, `question` (1 to 7), `respondent`, `writer`, `pair`, `lang`, `script`. What is absent
is filled so that the line stands alone: its own respondent, an unknown question, unknown descriptive codes.

Left out: which examples are held out; see `split`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from classifier.codebook import Codebook
from training.errors import ExampleError


@dataclass(frozen=True, slots=True)
class Example:
    """One coded answer. `respondent` and `pair` say which answers must not be parted between training and test."""

    id: str
    text: str
    question: int | None
    categories: tuple[str, ...]
    codes: tuple[str, ...]
    respondent: str
    writer: str
    pair: str | None
    lang: str
    script: str
    # Whoever names categories only says nothing of the codes. No part of what `digest` reads.
    codes_known: bool = field(default=True, repr=False)


def read_examples(paths: Iterable[Path], codebook: Codebook) -> tuple[Example, ...]:
    """All examples of the files, in order. ExampleError names the file, the line and what is allowed."""
    found = tuple(example for path in paths for example in _read(path, codebook))
    if not found:
        raise ExampleError("no examples: the files given are empty")
    return found


def _read(path: Path, codebook: Codebook) -> list[Example]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ExampleError(f"{path}: cannot be read as UTF-8 ({error})") from error
    return [_example(line, f"{path}:{number}", codebook) for number, line in enumerate(lines, 1) if line.strip()]


def _example(line: str, where: str, codebook: Codebook) -> Example:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ExampleError(f"{where}: is not JSON ({error})") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        _fail(where, "text", "must be text")
    question = row.get("question")
    if question is not None and question not in range(1, 8):
        _fail(where, "question", "must be 1 to 7")
    return Example(
        id=str(row.get("id", where)),
        text=row["text"],
        question=question,
        categories=_known(row.get("categories", row.get("labels")), codebook.category_ids, where, "categories"),
        codes=_known(row.get("codes") or [], codebook.code_ids, where, "codes"),
        respondent=str(row.get("respondent", where)),
        writer=str(row.get("writer", "")),
        pair=row.get("pair"),
        lang=str(row.get("lang", "")),
        script=str(row.get("script", "")),
        codes_known="codes" in row,
    )


def _known(value: Any, allowed: Sequence[str], where: str, key: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        _fail(where, key, "must be a list of ids")
    for item in value:
        if item not in allowed:
            _fail(where, key, f"`{item}` is not one of: {', '.join(allowed)}")
    return tuple(item for item in allowed if item in value)


def _fail(where: str, key: str, allowed: str) -> NoReturn:
    raise ExampleError(f"{where}: {key}: {allowed}")


def targets(examples: Sequence[Example], codebook: Codebook) -> NDArray[np.float32]:
    """Ones and zeros, examples x (categories, then descriptive codes), in codebook order; unknown codes are NaN."""
    ids = (*codebook.category_ids, *codebook.code_ids)
    rows = [[float(name in (*example.categories, *example.codes)) for name in ids] for example in examples]
    found = np.array(rows, dtype=np.float32).reshape(len(examples), len(ids))
    found[[not example.codes_known for example in examples], len(codebook.category_ids) :] = np.nan
    return found


def digest(examples: Sequence[Example]) -> str:
    """Twelve hex digits that change with any text, coding or order."""
    joined = "\n".join(repr(example) for example in examples)
    return hashlib.sha256(joined.encode()).hexdigest()[:12]

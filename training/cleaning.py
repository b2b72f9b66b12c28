"""Take near duplicates out of files of coded answers: the later of two goes, and with it the other half of its pair.

Rows are kept as they are written, line by line; nothing else of a file changes. Files that must not be touched (a test
set, a sample) are only compared with. See `overlap` for what counts as a near duplicate.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.errors import ExampleError
from training.overlap import twins, twins_between


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file, and what it says."""

    path: Path
    line: str
    content: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.content.get("id", self.line[:40]))

    @property
    def pair(self) -> str | None:
        return self.content.get("pair")


@dataclass(frozen=True, slots=True)
class Repeat:
    """A row that says again what `earlier` has said."""

    row: Row
    earlier: Row
    share: float


def rows(paths: Sequence[Path]) -> list[Row]:
    """All rows of JSON-lines files with a `text`. ExampleError names file and line of one without."""
    return [_row(path, number, line) for path in paths for number, line in _lines(path)]


def _lines(path: Path) -> list[tuple[int, str]]:
    return [(n, line) for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if line.strip()]


def _row(path: Path, number: int, line: str) -> Row:
    try:
        content = json.loads(line)
        content["text"] + ""
    except (ValueError, KeyError, TypeError) as error:
        raise ExampleError(f"{path}:{number}: no JSON object with a `text` ({error})") from error
    return Row(path, line, content)


def repeats(own: Sequence[Row], against: Sequence[Row]) -> list[Repeat]:
    """The rows of `own` that nearly repeat one of `against` or an earlier one of `own`; the halves of a contrast pair
    are alike on purpose and do not count."""
    found = {}
    texts = [row.content["text"] for row in own]
    for twin in twins_between(texts, [row.content["text"] for row in against]):
        found[twin.first] = Repeat(own[twin.first], against[twin.second], twin.share)
    for twin in twins(texts):
        first, second = own[twin.first], own[twin.second]
        if twin.first not in found and (first.pair is None or first.pair != second.pair):
            found.setdefault(twin.second, Repeat(second, first, twin.share))
    return [found[place] for place in sorted(found)]


def remove(own: Sequence[Row], found: Sequence[Repeat]) -> int:
    """Rewrite the files without the repeated rows and their other halves. Returns how many rows went."""
    ids = {repeat.row.id for repeat in found}
    pairs = {repeat.row.pair for repeat in found} - {None}
    kept = [row for row in own if row.id not in ids and row.pair not in pairs]
    for path in {row.path for row in own}:
        lines = [row.line for row in kept if row.path == path]
        part = path.with_suffix(".part")
        part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        part.replace(path)
    return len(own) - len(kept)

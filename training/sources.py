"""The pretraining text: which files of a folder may be used, and how often each is read.

The folder explains itself: its README.md holds a table of sources with their licences, and only a source whose column
`ship` says `yes` is read, because a model that is given away must rest on text that may be given away. Kazakh is
scarce, so it is read twice, its reviews, the only chatty source, more often, and Russian is thinned until both
languages weigh the same. Text of one's own (`also`) is read as often as the reviews,
or as often as one says, to make an encoder at home in it.

Left out: download and cleaning; the files are one sentence or short paragraph a line already.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from training.errors import SourceError

REVIEW_REPEATS = 5
KAZAKH_REPEATS = 2
_COLUMNS = ("file", "register", "source (public repository)", "licence", "ship")


@dataclass(frozen=True, slots=True)
class Source:
    """One file of pretraining text and the line of the table that permits its use."""

    path: Path
    register: str
    origin: str
    licence: str

    @property
    def language(self) -> str:
        """`kk`, `ru` or `kk-ru` (pairs: Kazakh, tab, Russian)."""
        return self.path.name.split("_", 1)[0]

    @property
    def repeats(self) -> int:
        if "reviews" in self.path.name:
            return REVIEW_REPEATS
        return KAZAKH_REPEATS if self.language == "kk" else 1


def permitted(folder: Path) -> tuple[Source, ...]:
    """The sources that the table in `folder`/README.md marks `ship: yes`, in its order. SourceError without a table."""
    readme = folder / "README.md"
    if not readme.is_file():
        raise SourceError(f"{readme}: not found; it must hold the table of sources")
    rows = [_row(folder, cells) for cells in _table(readme.read_text(encoding="utf-8")) if cells["ship"] == "yes"]
    if not rows:
        raise SourceError(f"{readme}: no source is marked ship: yes in a table with the columns {', '.join(_COLUMNS)}")
    return tuple(rows)


def _table(text: str) -> Iterator[dict[str, str]]:
    header: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if set(_COLUMNS) <= set(cells):
            header = cells
        elif len(cells) == len(header) and not set(line) <= set("|-: "):
            yield dict(zip(header, cells, strict=True))


def _row(folder: Path, cells: dict[str, str]) -> Source:
    path = folder / cells["file"]
    if not path.is_file():
        raise SourceError(f"{path}: named in the table of sources, but not there")
    return Source(path, cells["register"], cells["source (public repository)"], cells["licence"])


def lines(path: Path) -> list[str]:
    """The lines of a `.txt.xz` or `.tsv.xz` file, or the texts of a `.jsonl` file of coded answers."""
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        found = [line.rstrip("\n") for line in file]
    return [json.loads(line)["text"] for line in found] if path.suffix == ".jsonl" else found


def text_of(path: Path) -> list[str]:
    """All lines that training may read from `path`: the permitted files of a folder, or one file."""
    if path.is_dir():
        return [line for source in permitted(path) for line in lines(source.path)]
    return lines(path)


def balanced(sources: Sequence[Source], also: Sequence[Path], seed: int, repeats: int = REVIEW_REPEATS) -> list[str]:
    """All lines to read, shuffled: Kazakh with its repeats, as many letters of Russian, pairs, and `also` (each of its
    lines `repeats` times)."""
    draw = np.random.default_rng(seed)
    kazakh = [line for source in sources if source.language == "kk" for line in lines(source.path) * source.repeats]
    russian = _interleaved([lines(source.path) for source in sources if source.language == "ru"], draw)
    pairs = [line for source in sources if source.language == "kk-ru" for line in lines(source.path)]
    extra = [line for path in also for line in lines(path)] * repeats
    mixed = kazakh + _thinned(russian, sum(map(len, kazakh))) + pairs + extra
    draw.shuffle(mixed)
    return mixed


def _interleaved(groups: Sequence[list[str]], draw: np.random.Generator) -> Iterator[str]:
    """Lines of the groups in turn, so that a cut leaves every register in; each group in shuffled order."""
    for group in groups:
        draw.shuffle(group)
    for turn in zip_longest(*groups):
        yield from (line for line in turn if line is not None)


def _thinned(candidates: Iterator[str], letters: int) -> list[str]:
    kept: list[str] = []
    for line in candidates:
        if letters <= 0:
            break
        letters -= len(line)
        kept.append(line)
    return kept

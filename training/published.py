"""Tables of other people's tasks (label, tab, text) as coded texts and a codebook, for the same commands as our own.

How good an encoder is shows on tasks that others have published figures for: the label becomes the one category of an
exclusive codebook without descriptive codes. Left out: anything that belongs to one task only.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Sequence
from pathlib import Path

from training.errors import ExampleError


def convert(tables: Sequence[Path], out: Path) -> list[Path]:
    """Write `<name>.jsonl` below `out` for each table and one `codebook.toml` for all; returns the files written.

    ExampleError names table and line where the tab is missing.
    """
    out.mkdir(parents=True, exist_ok=True)
    rows = {table: _rows(table) for table in tables}
    ids = sorted({row["categories"][0] for own in rows.values() for row in own})
    categories = "".join(f'[[categories]]\nid = "{one}"\n' for one in ids)
    (out / "codebook.toml").write_text(f'version = "1"\nexclusive = true\n{categories}', encoding="utf-8")
    written = []
    for table, own in rows.items():
        path = out / f"{table.name.split('.tsv')[0]}.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in own), encoding="utf-8")
        written.append(path)
    return written


def _rows(table: Path) -> list[dict[str, list[str] | str]]:
    opened = lzma.open if table.suffix == ".xz" else open
    found: list[dict[str, list[str] | str]] = []
    with opened(table, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            label, tab, text = line.rstrip("\n").partition("\t")
            if not tab:
                raise ExampleError(f"{table}:{number}: must be a label, a tab and a text")
            found.append({"text": text, "categories": [_id(label)]})
    return found


def _id(label: str) -> str:
    """The label as an id of a category: small letters, digits and _, a letter first."""
    plain = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
    return plain if plain[:1].isalpha() else f"label_{plain}"

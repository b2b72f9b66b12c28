"""Cells that no spreadsheet program takes for a formula, and files that only their owner may read.

A text that begins like a formula gets an apostrophe before it, in workbooks too: they are saved as CSV by others. In a
workbook every text is typed as text besides.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.errors import ExportError

Cell = str | int | float | None

# Some programs take the wide forms for the narrow ones.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# Characters; Excel refuses the whole workbook for one longer cell.
CELL_LIMIT = 32_767
_CUT = " […]"


def neutral(text: str) -> str:
    """The text as a cell that is never calculated."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_cell(sheet: Any, row: int, column: int, value: Cell, style: Any = None) -> None:
    """Write one cell of an xlsxwriter sheet: texts typed as text, cut where a cell cannot hold more."""
    if isinstance(value, str):
        text = neutral(value)
        sheet.write_string(
            row, column, text if len(text) <= CELL_LIMIT else text[: CELL_LIMIT - len(_CUT)] + _CUT, style
        )
    elif value is None:
        sheet.write_blank(row, column, None, style)
    else:
        sheet.write_number(row, column, value, style)


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write a CSV file in UTF-8 with the mark by which Excel knows it; number of rows. Raises ExportError."""
    count = 0
    with private(path) as whole, whole.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in row])
            count += 1
    return count


@contextmanager
def private(path: Path) -> Iterator[Path]:
    """A file to write that becomes `path` once it is whole, readable by its owner only. Raises ExportError."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        try:
            yield unfinished
            unfinished.chmod(0o600)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise ExportError(f"{path}: cannot be written ({error.strerror or error})") from error

"""`python -m bot export OUT`: the three public views as a workbook, or as a folder of CSV files.

They hold no Telegram id, name or username: respondents and coders stand there under pseudonyms whose key stays in
KEDERGI_HOME. What people wrote is in them as they wrote it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bot.settings import Settings
from bot.sheets.cells import write_cell, write_csv
from bot.sheets.workbook import workbook
from bot.store.database import open_reader
from bot.store.exports import PUBLIC_VIEWS, view


def export_views(settings: Settings, out: Path) -> Iterator[str]:
    """Write the views to `out`; a line on each. Raises StoreError or ExportError."""
    with closing(open_reader(settings.home)) as reader:
        yield from _workbook(reader, out) if out.suffix.lower() == ".xlsx" else _folder(reader, out)


def _folder(reader: sqlite3.Connection, out: Path) -> Iterator[str]:
    for name in PUBLIC_VIEWS:
        columns, rows = view(reader, name)
        path = out / f"{name}.csv"
        yield f"{path}: {write_csv(path, columns, rows)} rows"


def _workbook(reader: sqlite3.Connection, out: Path) -> Iterator[str]:
    with workbook(out) as book:
        for name in PUBLIC_VIEWS:
            columns, rows = view(reader, name)
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            last = 0
            for last, row in enumerate([columns, *rows]):
                for column, value in enumerate(row):
                    write_cell(sheet, last, column, value)
            yield f"{out}, sheet {name}: {last} rows"

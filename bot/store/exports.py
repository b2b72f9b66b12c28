"""What leaves the database as tables, read-only: the public views."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

PUBLIC_VIEWS = ("answers_current", "answer_categories_current", "coded_units")


def view(reader: sqlite3.Connection, name: str) -> tuple[list[str], Iterator[tuple[str | int | float | None, ...]]]:
    """Columns and rows of a public view. Raises ValueError for any other name."""
    if name not in PUBLIC_VIEWS:
        raise ValueError(f"view {name}: allowed are {', '.join(PUBLIC_VIEWS)}")
    cursor = reader.execute(f"SELECT * FROM {name} ORDER BY 1, 2")
    return [column[0] for column in cursor.description], (tuple(row) for row in cursor)

"""A new workbook that appears whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.errors import ExportError
from bot.sheets.cells import private


@contextmanager
def workbook(path: Path) -> Iterator[Any]:
    """An xlsxwriter workbook that becomes `path` when the block ends well. Raises ExportError."""
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxFileError

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with private(path) as whole:
        book = xlsxwriter.Workbook(str(whole), options)
        yield book
        try:
            book.close()
        except XlsxFileError as error:
            raise ExportError(f"{path}: cannot be written ({error})") from error

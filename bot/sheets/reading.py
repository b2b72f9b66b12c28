"""A coding sheet comes back: `python -m bot import-codings FILE`. All problems are named, and then nothing is kept.

The file is checked against the codebook here, and against the database by the writer, which the running bot carries
out (`bot.control`). What the same coder has given the same answer before is not added again, so a file may be taken
twice. Rows as spreadsheets leave them are taken: empty ones, numbers that became text, an apostrophe before a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.control import Context
from bot.errors import SheetError
from bot.settings import DATA
from bot.sheets.coding import (
    BAR,
    CATEGORY,
    CODES,
    COLUMNS,
    KEY,
    LISTS,
    MARK,
    NONE,
    SHEET,
    UNSURE,
    VERSION,
    VERSION_COLUMN,
    key_of,
)
from bot.store import reviews
from bot.store.codings import Coding, code_unit
from classifier.codebook import Codebook, load_codebook

_KEY = re.compile(r"A(\d{1,15})v(\d{1,9})")


def rows_of(path: Path, codebook: Codebook) -> list[dict[str, Any]]:
    """The coded rows of a sheet: `row`, `answer`, `version`, `codes` as (category, descriptive code or None).

    SheetError names every problem by sheet, row and column.
    """
    table = _table(path, codebook)
    header = [str(cell or "").strip() for cell in next(table, ())]
    if missing := [name for name in COLUMNS if name not in header]:
        raise SheetError(f"{path}: sheet {SHEET}, row 1: columns missing: {', '.join(missing)}")
    found, problems = [], list[str]()
    for number, cells in enumerate(table, 2):
        row = {name: _text(cells[header.index(name)]) for name in COLUMNS if header.index(name) < len(cells)}
        if any(row.get(name) for name in (*CODES, CATEGORY, MARK)):
            read = _Row(number, row, codebook)
            problems += read.problems
            if row[MARK] != UNSURE:
                found.append(read.content)
    keys = [row["answer"] for row in found]
    problems += [f"row {row['row']}, column {KEY}: stands twice" for row in found if keys.count(row["answer"]) > 1]
    if problems:
        raise SheetError("\n".join(f"{path}: sheet {SHEET}, {one}" for one in problems))
    return found


class _Row:
    """One row of the sheet as a coding, or what is wrong with it."""

    def __init__(self, number: int, row: Mapping[str, str], codebook: Codebook) -> None:
        self.problems: list[str] = []
        self._number, self._row = number, row
        key = _KEY.fullmatch(row[KEY])
        if key is None:
            self._problem(KEY, f"must be the key that was exported, such as {key_of(12, 1)}")
        answer, version = key.groups() if key else ("0", "0")
        codes = self._listed(CODES, codebook.code_ids)
        own = codebook.in_order([*codebook.categories_of(codes), *self._listed((CATEGORY,), codebook.category_ids)])
        self._check_mark(bool(own))
        pairs: list[tuple[str, str | None]] = []
        for category in own:
            fitting = [code for code in codes if category in codebook.code(code).categories]
            pairs += [(category, code) for code in fitting] or [(category, None)]
        self.content = {"row": number, "answer": int(answer), "version": int(version), "codes": pairs}

    def _listed(self, columns: Sequence[str], allowed: Sequence[str]) -> list[str]:
        found = []
        for column in columns:
            name = self._row.get(column, "").split(BAR)[0].strip()
            if name and name not in allowed:
                self._problem(column, f"`{name}` is not in the codebook; choose from the list")
            elif name and name not in found:
                found.append(name)
        return found

    def _check_mark(self, coded: bool) -> None:
        mark = self._row.get(MARK, "")
        if mark not in ("", NONE, UNSURE):
            self._problem(MARK, f"`{mark}`: allowed are {NONE}, {UNSURE} or nothing")
        elif mark == NONE and coded:
            self._problem(MARK, f"{NONE} stands beside codes; leave one of them out")

    def _problem(self, column: str, what: str) -> None:
        self.problems.append(f"row {self._number}, column {column}: {what}")


def import_codings(context: Context, asked: Mapping[str, Any]) -> dict[str, int]:
    """The writing command: keep `rows` as codings of `coder`. How many were `added` and `known`. Raises SheetError."""
    codebook = load_codebook(DATA / "codebook.toml")
    coder = f"person:{context.store.pseudonym('coder:' + str(asked['coder']))}"
    counts = {"added": 0, "known": 0}
    problems = []
    for row in asked["rows"]:
        unit = context.store.row(
            "SELECT unit_id, current_version FROM answers_current JOIN answers USING (answer_id) "
            "JOIN units USING (answer_id) WHERE answer_id = ? AND units.version = ? AND whole",
            row["answer"],
            row["version"],
        )
        if unit is None or unit["current_version"] != row["version"]:
            what = "the answer is no longer there" if unit is None else "the answer was changed after the export"
            problems.append(f"sheet {SHEET}, row {row['row']}, column {KEY}: {what}")
            continue
        pairs = [(category, code) for category, code in row["codes"]]
        if reviews.coding_of(context.store, unit["unit_id"], coder) == pairs:
            counts["known"] += 1
            continue
        coding = Coding(coder, "human", codebook.version)
        code_unit(context.store, unit["unit_id"], coding, [(*pair, None) for pair in pairs], context.now)
        counts["added"] += 1
    if problems:
        raise SheetError("\n".join(problems))
    return counts


def _table(path: Path, codebook: Codebook) -> Iterator[Sequence[Any]]:
    """The rows of the coding sheet. Raises SheetError for a file that is none, or is by another codebook."""
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (OSError, BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise SheetError(f"{path}: cannot be read as a workbook ({type(error).__name__}); it must be .xlsx") from error
    try:
        if SHEET not in book.sheetnames:
            raise SheetError(f"{path}: has no sheet `{SHEET}`; it has: {', '.join(book.sheetnames)}")
        made_by = _text(book[LISTS].cell(1, VERSION_COLUMN + 1).value) if LISTS in book.sheetnames else ""
        if made_by != f"{VERSION}{codebook.version}":
            known = made_by.removeprefix(VERSION) or "none"
            raise SheetError(f"{path}: was made by codebook {known}, not {codebook.version}; export it anew")
        yield from book[SHEET].iter_rows(values_only=True)
    finally:
        book.close()


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip().removeprefix("'")

"""Reading what is to be coded: JSON lines, CSV, or plain lines; a row that cannot be read is named, not fatal.

Rows come out one by one as their lines come in, so a process that sends a line and waits is not kept waiting. Left out:
spreadsheets and other encodings than UTF-8.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from classifier.coding import Input
from classifier.errors import InputError, RowError

FORMATS = ("jsonl", "csv", "lines")
QUESTIONS = range(1, 8)
# Spreadsheets in Kazakh or Russian separate columns with semicolons.
_SEPARATORS = ",;\t"

Numbered = tuple[int, Input | RowError]

csv.field_size_limit(2**30)


def read_rows(lines: Iterable[str], format_: str, text_column: str) -> Iterator[Numbered]:
    """(line number, text to code or what is wrong with it). Raises InputError for a CSV without the text column."""
    if format_ == "csv":
        yield from _csv(iter(lines), text_column)
        return
    for number, line in enumerate(lines, start=1):
        if format_ == "lines":
            yield number, _checked(Input(number, line.rstrip("\r\n")), "the line")
        elif line.strip():
            yield number, _object(line, number, text_column)


def _object(line: str, number: int, text_column: str) -> Input | RowError:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return RowError("is not JSON; must be one object a line")
    if not isinstance(row, dict):
        return RowError("must be a JSON object")
    return _input(row, row.get("id", number), text_column)


def _csv(lines: Iterator[str], text_column: str) -> Iterator[Numbered]:
    header = next(lines, "")
    separator = max(_SEPARATORS, key=header.count)
    columns = next(csv.reader([header], delimiter=separator), [])
    if text_column not in columns:
        raise InputError(
            f"--text-column {text_column}: must be one of the columns: {', '.join(columns) or 'none found'}"
        )
    reader = csv.DictReader(lines, columns, delimiter=separator)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num + 1, RowError(f"is not CSV ({error})")
            continue
        number = reader.line_num + 1
        given = {name: value for name, value in row.items() if value}
        yield number, _input({text_column: "", **given}, given.get("id", number), text_column)


def _input(row: Mapping[str, Any], id_: Any, text_column: str) -> Input | RowError:
    text, lang = row.get(text_column), row.get("lang")
    if not isinstance(text, str):
        return RowError(f"`{text_column}` must be a text")
    try:
        question = _question(row.get("question"))
    except ValueError:
        return RowError(f"`question` must be a number from {QUESTIONS[0]} to {QUESTIONS[-1]}")
    return _checked(Input(id_, text, question, lang if lang in ("kk", "ru") else None), f"`{text_column}`")


def _question(value: object) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str) or float(value) not in QUESTIONS:
        raise ValueError(value)
    return int(float(value))


def _checked(one: Input, where: str) -> Input | RowError:
    """`one`, unless its text holds bytes that are not UTF-8 or half of a surrogate pair; no model can read those."""
    try:
        one.text.encode()
    except UnicodeEncodeError:
        return RowError(f"{where} is not valid Unicode; must be UTF-8")
    return one

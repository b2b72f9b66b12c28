"""Reading what is to be coded: JSON lines, CSV, or plain lines; a row that cannot be read is named, not fatal."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from classifier.coding import Input
from classifier.errors import InputError, RowError

FORMATS = ("jsonl", "csv", "lines")

Row = Input | RowError


def read_rows(lines: Iterable[str], format_: str, text_column: str) -> Iterator[tuple[int, Row]]:
    """(line number, text to code or what is wrong with it). Raises InputError for a CSV without the text column."""
    if format_ == "csv":
        yield from _csv(lines, text_column)
        return
    read = _object if format_ == "jsonl" else _line
    for number, line in enumerate(lines, start=1):
        if format_ == "jsonl" and not line.strip():
            continue
        try:
            yield number, read(line, number, text_column)
        except RowError as error:
            yield number, error


def _line(line: str, number: int, _: str) -> Input:
    return Input(number, line.rstrip("\r\n"))


def _object(line: str, number: int, text_column: str) -> Input:
    try:
        row = json.loads(line)
    except ValueError:
        raise RowError("is not JSON") from None
    if not isinstance(row, dict):
        raise RowError("must be a JSON object")
    return _input(row, row.get("id", number), text_column)


def _csv(lines: Iterable[str], text_column: str) -> Iterator[tuple[int, Row]]:
    reader = csv.DictReader(lines)
    if text_column not in (reader.fieldnames or ()):
        found = ", ".join(reader.fieldnames or ()) or "no columns"
        raise InputError(f"--text-column {text_column}: must be one of the columns of the file, which has {found}")
    for row in reader:
        number = reader.line_num
        given = {name: value for name, value in row.items() if value not in (None, "")}
        try:
            yield number, _input({text_column: "", **given}, row.get("id") or number, text_column)
        except RowError as error:
            yield number, error


def _input(row: dict[str, Any], id_: Any, text_column: str) -> Input:
    text = row.get(text_column)
    if not isinstance(text, str):
        raise RowError(f"`{text_column}` must be a text")
    lang = row.get("lang")
    if lang is not None and not isinstance(lang, str):
        raise RowError("`lang` must be a text")
    return Input(id_, text, _question(row.get("question")), lang)


def _question(value: Any) -> int | None:
    if value is None:
        return None
    number = int(value) if isinstance(value, str) and value.isdigit() else value
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 7:
        raise RowError("`question` must be a number from 1 to 7")
    return number

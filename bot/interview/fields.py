"""Checked fields of a TOML table: every error names the file, the key and what is allowed.

Guide and places are data that researchers edit, so a slip must be found at start and said in one line. Only reading is
here; what a key means stands in `guide` and `places`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import GuideError

LANGUAGES = ("kk", "ru")
ID = re.compile(r"[a-z][a-z0-9_]{0,31}")
GAP = re.compile(r"\{[^{}]*\}|[{}]")

Text = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a step: a stable id, and what people read."""

    id: str
    label: Text


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a TOML file; `path` is its key as a person would look for it."""

    file: str
    path: str
    values: Mapping[str, Any]

    def fail(self, key: str, allowed: str) -> GuideError:
        """The error for `key`, to be raised by the caller."""
        where = f"{self.path}.{key}" if self.path and key else self.path or key
        return GuideError(f"{self.file}: {where}: {allowed}")

    def only(self, keys: Collection[str]) -> None:
        """Refuse keys other than `keys`."""
        for key in self.values:
            if key not in keys:
                raise self.fail(key, f"unknown key; allowed: {', '.join(keys)}")

    def string(self, key: str, longest: int) -> str:
        """A text of 1 to `longest` characters."""
        value = self.values.get(key)
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= longest:
            raise self.fail(key, f"must be a text of 1 to {longest} characters")
        return value.strip()

    def number(self, key: str, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        value = self.values.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.fail(key, f"must be a whole number from {least} to {most}")
        return value

    def id(self, key: str = "id") -> str:
        """A stable id."""
        value = self.string(key, 32)
        if not ID.fullmatch(value):
            raise self.fail(key, "must be 1 to 32 characters of a-z, 0-9 and _, a letter first")
        return value

    def table(self, key: str) -> Table:
        """The table under `key`."""
        value = self.values.get(key)
        if not isinstance(value, dict):
            raise self.fail(key, "must be a table")
        return Table(self.file, f"{self.path}.{key}" if self.path else key, value)

    def tables(self, key: str) -> tuple[Table, ...]:
        """The list of tables under `key`, at least one; their paths count from 1."""
        value = self.values.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            raise self.fail(key, f"must be a list of one or more tables [[{key}]]")
        path = f"{self.path}.{key}" if self.path else key
        return tuple(Table(self.file, f"{path}[{number}]", item) for number, item in enumerate(value, 1))

    def text(self, longest: int, gaps: Collection[str] = (), beside: Collection[str] = ()) -> Text:
        """This table as a text in both languages; `beside` are keys that may stand beside kk and ru."""
        self.only((*LANGUAGES, *beside))
        found = {language: self.string(language, longest) for language in LANGUAGES}
        allowed = {"{" + gap + "}" for gap in gaps}
        for language, value in found.items():
            for gap in GAP.findall(value):
                if gap not in allowed:
                    raise self.fail(language, f"{gap} is not allowed; gaps: {', '.join(sorted(allowed)) or 'none'}")
        return found

    def options(self, key: str, expected: Collection[str] = (), beside: Collection[str] = ()) -> tuple[Option, ...]:
        """The list of options under `key`: distinct ids, exactly `expected` (in any order) where it is given."""
        tables = self.tables(key)
        options = tuple(Option(table.id(), table.text(100, beside=("id", *beside))) for table in tables)
        ids = [option.id for option in options]
        for table, known in zip(tables, (ids[:place] for place in range(len(ids))), strict=True):
            if table.values["id"] in known:
                raise table.fail("id", f"{table.values['id']} stands there twice; each id must be used once")
        if expected and set(ids) != set(expected):
            raise self.fail(key, f"ids must be exactly {', '.join(expected)}, not {', '.join(ids)}")
        return options


def read_table(path: Path) -> tuple[Table, bytes]:
    """The whole file as a table, and its bytes. Raises GuideError if it cannot be read as TOML in UTF-8."""
    try:
        content = path.read_bytes()
        return Table(path.name, "", tomllib.loads(content.decode("utf-8"))), content
    except OSError as error:
        raise GuideError(f"{path}: cannot be read ({error.strerror}); must be a readable TOML file") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GuideError(f"{path}: {error}; must be valid TOML in UTF-8") from None

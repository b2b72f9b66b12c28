"""The codebook: categories, descriptive codes and conditions as frozen values, read from TOML and validated whole.

The codebook is data: researchers change it, and another task (topics, polarity) is only another codebook. Whatever has
an order (columns of a model, labels in output, rows of a table) has the order of the file. A minimal codebook has a
version and categories with ids; names fall back to the id. `exclusive = true` means exactly one category to a text.

Left out: the coding rules, which are prose for people, and thresholds, which belong to a model.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NoReturn

from classifier.errors import CodebookError

Language = Literal["kk", "ru", "en"]
LANGUAGES: tuple[Language, ...] = ("en", "kk", "ru")
PLAIN_LANGUAGES: tuple[Language, ...] = ("kk", "ru")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/.-]*")


@dataclass(frozen=True, slots=True)
class Names:
    """One thing's name in the three languages."""

    en: str
    kk: str
    ru: str

    def of(self, language: str) -> str:
        """The name in `language`: kk, ru or en. Raises KeyError for any other."""
        return {"en": self.en, "kk": self.kk, "ru": self.ru}[language]


@dataclass(frozen=True, slots=True)
class Category:
    """A barrier category. `plain`: for respondents; `study_mentions`: how many respondents of the study named it."""

    id: str
    name: Names
    plain: Names
    study_mentions: int | None


@dataclass(frozen=True, slots=True)
class Condition:
    """One of the seven conditions of the Karaganda model."""

    id: str
    name: Names


@dataclass(frozen=True, slots=True)
class Code:
    """A descriptive code, the categories it brings with it, and the condition it corresponds to, if any."""

    id: str
    categories: tuple[str, ...]
    name: Names
    covers: str
    condition: str | None


@dataclass(frozen=True)
class Codebook:
    """A validated codebook; `sha256` is the checksum of the file it came from."""

    version: str
    exclusive: bool
    categories: tuple[Category, ...]
    codes: tuple[Code, ...]
    conditions: tuple[Condition, ...]
    sha256: str

    @cached_property
    def category_ids(self) -> tuple[str, ...]:
        """Category ids in codebook order."""
        return tuple(category.id for category in self.categories)

    @cached_property
    def code_ids(self) -> tuple[str, ...]:
        """Descriptive code ids in codebook order."""
        return tuple(code.id for code in self.codes)

    @cached_property
    def _categories_by_id(self) -> Mapping[str, Category]:
        return {category.id: category for category in self.categories}

    @cached_property
    def _codes_by_id(self) -> Mapping[str, Code]:
        return {code.id: code for code in self.codes}

    def category(self, category_id: str) -> Category:
        """The category with this id. Raises KeyError."""
        return self._categories_by_id[category_id]

    def code(self, code_id: str) -> Code:
        """The descriptive code with this id. Raises KeyError."""
        return self._codes_by_id[code_id]

    def codes_of(self, category_id: str) -> tuple[Code, ...]:
        """The descriptive codes that belong to a category, those shared with another included."""
        return tuple(code for code in self.codes if category_id in code.categories)

    def in_order(self, category_ids: Iterable[str]) -> tuple[str, ...]:
        """The given categories in codebook order, each once. Raises KeyError for an unknown one."""
        return _in_order(category_ids, self.category_ids)

    def codes_in_order(self, code_ids: Iterable[str]) -> tuple[str, ...]:
        """The given descriptive codes in codebook order, each once. Raises KeyError for an unknown one."""
        return _in_order(code_ids, self.code_ids)

    def categories_of(self, code_ids: Iterable[str]) -> tuple[str, ...]:
        """The categories that these descriptive codes bring with them, in codebook order."""
        return self.in_order(category for code_id in code_ids for category in self.code(code_id).categories)


def _in_order(wanted: Iterable[str], order: Sequence[str]) -> tuple[str, ...]:
    chosen = set(wanted)
    if unknown := chosen.difference(order):
        raise KeyError(min(unknown))
    return tuple(item for item in order if item in chosen)


def load_codebook(path: Path) -> Codebook:
    """The codebook in the TOML file `path`. Raises CodebookError naming the file, the key and what is allowed."""
    try:
        content = path.read_bytes()
        table = tomllib.loads(content.decode())
    except OSError as error:
        raise CodebookError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CodebookError(f"{path}: is not TOML in UTF-8 ({error})") from error
    return _Reader(path).codebook(table, hashlib.sha256(content).hexdigest())


@dataclass(frozen=True, slots=True)
class _Reader:
    """Converts the TOML of one file; every complaint starts with its path and the key."""

    path: Path

    def codebook(self, table: Mapping[str, Any], sha256: str) -> Codebook:
        self.known_keys(table, "top level", {"version", "exclusive", "conditions", "categories", "codes"})
        conditions = tuple(
            Condition(item["id"], self.names(item, key))
            for key, item in self.items(table, "conditions", {"id", "name"})
        )
        category_keys = {"id", "name", "plain", "study_mentions"}
        categories = tuple(self.category(key, item) for key, item in self.items(table, "categories", category_keys))
        if not categories:
            self.fail("categories", "at least one [[categories]] table is needed")
        category_ids = [category.id for category in categories]
        condition_ids = [condition.id for condition in conditions]
        code_keys = {"id", "name", "categories", "covers", "condition"}
        codes = tuple(
            self.code(key, item, category_ids, condition_ids) for key, item in self.items(table, "codes", code_keys)
        )
        exclusive = table.get("exclusive", False)
        if not isinstance(exclusive, bool):
            self.fail("exclusive", "must be true or false")
        return Codebook(self.text(table, "version", ""), exclusive, categories, codes, conditions, sha256)

    def category(self, key: str, item: Mapping[str, Any]) -> Category:
        name = self.names(item, key)
        plain = self.plain(item["plain"], f"{key}.plain", name) if "plain" in item else name
        mentions = item.get("study_mentions")
        if mentions is not None and (type(mentions) is not int or mentions < 0):
            self.fail(f"{key}.study_mentions", "must be a whole number, 0 or more")
        return Category(item["id"], name, plain, mentions)

    def code(
        self, key: str, item: Mapping[str, Any], category_ids: Sequence[str], condition_ids: Sequence[str]
    ) -> Code:
        belongs = item.get("categories")
        if not isinstance(belongs, list) or not belongs or len(set(map(str, belongs))) != len(belongs):
            self.fail(f"{key}.categories", "must be a list of at least one category id, each once")
        for category_id in belongs:
            self.one_of(category_id, f"{key}.categories", category_ids)
        condition = item.get("condition")
        if condition is not None:
            self.one_of(condition, f"{key}.condition", condition_ids)
        covers = self.text(item, "covers", f"{key}.") if "covers" in item else ""
        return Code(item["id"], _in_order(belongs, category_ids), self.names(item, key), covers, condition)

    def items(self, table: Mapping[str, Any], key: str, allowed: set[str]) -> list[tuple[str, Mapping[str, Any]]]:
        """The tables of one array, each with its key for messages; ids checked."""
        array = table.get(key, [])
        if not isinstance(array, list) or not all(isinstance(item, dict) for item in array):
            self.fail(key, f"must be [[{key}]] tables")
        for position, item in enumerate(array, 1):
            self.known_keys(item, f"{key} {position}", allowed)
            if not isinstance(item.get("id"), str) or not _ID.fullmatch(item["id"]):
                self.fail(f"{key} {position}.id", "must be letters a-z, digits, `_`, `-`, `.` or `/`")
        ids = [item["id"] for item in array]
        if repeated := sorted({one for one in ids if ids.count(one) > 1}):
            self.fail(f"{key}.id", f"`{repeated[0]}` stands twice; each id must stand once")
        return [(f"{key}.{item['id']}", item) for item in array]

    def names(self, item: Mapping[str, Any], key: str) -> Names:
        if "name" not in item:
            return Names(item["id"], item["id"], item["id"])
        table = self.language_table(item["name"], f"{key}.name", LANGUAGES)
        return Names(**{language: self.text(table, language, f"{key}.name.") for language in LANGUAGES})

    def plain(self, value: object, key: str, name: Names) -> Names:
        table = self.language_table(value, key, PLAIN_LANGUAGES)
        return Names(en=name.en, kk=self.text(table, "kk", f"{key}."), ru=self.text(table, "ru", f"{key}."))

    def language_table(self, value: object, key: str, languages: Sequence[str]) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self.fail(key, f"must be a table with {', '.join(languages)}")
        self.known_keys(value, key, set(languages))
        return value

    def text(self, table: Mapping[str, Any], key: str, prefix: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip() or value != value.strip():
            self.fail(f"{prefix}{key}", "must be text, not empty, without spaces around it")
        return value

    def one_of(self, value: object, key: str, allowed: Sequence[str]) -> None:
        if value not in allowed:
            self.fail(key, f"`{value}` is not one of: {', '.join(allowed) or 'none defined'}")

    def known_keys(self, table: Mapping[str, Any], key: str, allowed: set[str]) -> None:
        if unknown := sorted(set(table) - allowed):
            self.fail(f"{key}: {unknown[0]}", f"unknown key; allowed are: {', '.join(sorted(allowed))}")

    def fail(self, key: str, allowed: str) -> NoReturn:
        raise CodebookError(f"{self.path}: {key}: {allowed}")

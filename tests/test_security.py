"""SECURITY.md promises what tests hold, and the logs of the whole suite are searched."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import promises
from tests.leaks import PLANTED, SECRET, leaks

TESTS = Path(__file__).parent


def test_every_requirement_has_a_promise_and_every_promise_a_test_that_exists() -> None:
    found = promises()
    assert sorted(found) == list(range(1, 16))
    for number, names in found.items():
        assert names, f"promise {number} names no test"
        for name in names:
            file, _, function = name.partition("::")
            assert function in functions(TESTS / f"{file}.py"), f"promise {number}: there is no {name}"


def functions(file: Path) -> set[str]:
    """The tests that a file defines."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def test_the_words_of_a_test_name_no_promise_that_is_not_made() -> None:
    named = {
        int(number)
        for file in TESTS.glob("test_*.py")
        for number in re.findall(r'"""Requirement (\d+)', file.read_text(encoding="utf-8"))
    }
    assert named <= set(promises())


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("Captured stderr call", f"GET /bot7000000001:{SECRET}/getMe"),
        ("Captured stdout call", f"anything with {SECRET}"),
        ("Captured log call", f"WARNING  bot: {PLANTED[1]}"),
        ("Captured stderr call", f"Traceback: {PLANTED[2]}"),
        ("Captured stdout call", f"2026-12-01 [error    ] update set aside text={PLANTED[0]}"),
    ],
)
def test_a_leak_is_found(section: str, line: str) -> None:
    """Requirement 11: what the search of the suite's logs would find."""
    assert leaks([(section, f"before\n{line}\nafter")]) == [f"{section}: {line}"]


def test_what_a_test_prints_itself_is_no_leak() -> None:
    assert leaks([("Captured stdout call", f"> {PLANTED[0]}")]) == []

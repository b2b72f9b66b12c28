"""bot -> classifier <- training, and what the pure rooms may not know: from the imports, and from a fresh Python."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import DATA

ROOT = DATA.parent
HEAVY = {"torch", "transformers", "safetensors", "accelerate", "sklearn", "scipy"}
# The heavy files: the only ones that may import HEAVY at the top, and may themselves be imported only inside functions.
HEAVY_FILES = {"classifier.model", "classifier.head"} | {
    f"training.{name}"
    for name in (
        *("pretrain", "finetune", "fit", "calibrate", "curve", "examine", "pictures"),
        *("checkpoint", "retrain", "promote"),
    )
}
PURE_ROOMS = ("bot/interview", "classifier/text")
PURE_FILES = tuple(
    f"classifier/{name}.py" for name in ("codebook", "coding", "agreement", "urgent", "errors", "rows", "priority")
)
IMPURE = {"telegram", "sqlite3", "sqlite_utils", "httpx", "time", "random", "torch", "transformers"}


def files(*rooms: str) -> list[Path]:
    return sorted(
        path for room in rooms for path in ((ROOT / room).rglob("*.py") if not room.endswith(".py") else [ROOT / room])
    )


def imported(nodes: Iterator[ast.AST]) -> set[str]:
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their package"
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported: not those inside functions or `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not typing_only:
            yield node
            yield from at_import(node)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def packages(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize(
    ("package", "forbidden"), [("classifier", {"bot", "training"}), ("training", {"bot"}), ("bot", {"training"})]
)
def test_packages_know_only_the_classifier(package: str, forbidden: set[str]) -> None:
    found = {path: packages(imported(ast.walk(parsed(path)))) & forbidden for path in files(package)}
    assert found
    assert {str(path.relative_to(ROOT)): names for path, names in found.items() if names} == {}


def test_classifier_knows_no_telegram_and_no_sql() -> None:
    for path in files("classifier"):
        assert not packages(imported(ast.walk(parsed(path)))) & {"telegram", "sqlite3", "sqlite_utils"}, path


@pytest.mark.parametrize("path", files(*PURE_ROOMS, *PURE_FILES), ids=lambda path: str(path.relative_to(ROOT)))
def test_pure_rooms_know_neither_world_nor_clock(path: Path) -> None:
    tree = parsed(path)
    assert not packages(imported(ast.walk(tree))) & IMPURE
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not {call for call in calls if call.split(".")[-1] in {"now", "utcnow", "today"}}


def test_the_interview_knows_no_other_room_of_the_bot() -> None:
    for path in files("bot/interview"):
        rooms = {name for name in imported(ast.walk(parsed(path))) if name.startswith("bot.")}
        assert all(name.startswith(("bot.interview", "bot.errors")) for name in rooms), path


def test_all_sql_is_in_the_store() -> None:
    for path in files("bot"):
        if "store" not in path.relative_to(ROOT).parts:
            assert "sqlite_utils" not in packages(imported(ast.walk(parsed(path)))), path


def test_only_heavy_files_import_heavy_packages_at_the_top() -> None:
    for path in files("bot", "classifier", "training"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        names = imported(at_import(parsed(path)))
        if module not in HEAVY_FILES:
            assert not packages(names) & HEAVY, path
            assert not names & HEAVY_FILES, path


@pytest.mark.parametrize("module", ["bot", "bot.app", "bot.__main__", "classifier.__main__", "classifier.coding"])
def test_importing_loads_no_heavy_package(module: str) -> None:
    heavy = sorted({"torch", "transformers", "nltk", "sklearn", "py3langid"})
    code = f"import sys, {module}\nprint(sorted(set({heavy}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr

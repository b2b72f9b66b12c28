"""What all tests share: the real guide, golden transcripts that `pytest --update-golden` writes anew, the promises of
SECURITY.md as a marker (`pytest -m requirement`), and a search of all captured output for what no log may hold."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from bot.interview.guide import Guide, load_guide
from tests.desk import Desk, desk_at
from tests.leaks import leaks

DATA = Path(__file__).parent.parent / "data"
GOLDEN = Path(__file__).parent / "golden"
SECURITY = Path(__file__).parent.parent / "SECURITY.md"


def promises() -> dict[int, list[str]]:
    """Number of a promise -> the tests that its row of SECURITY.md names, as `test_file::test_name`."""
    rows = re.findall(r"^\| (\d+) \|(.*)$", SECURITY.read_text(encoding="utf-8"), re.MULTILINE)
    return {int(number): re.findall(r"`(test_\w+::test_\w+)`", row) for number, row in rows}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "requirement(number): holds a promise of SECURITY.md, which names the tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    holding: defaultdict[str, list[int]] = defaultdict(list)
    for number, names in promises().items():
        for name in names:
            holding[name].append(number)
    for item in items:
        for number in holding[f"{item.path.stem}::{getattr(item, 'originalname', item.name)}"]:
            item.add_marker(pytest.mark.requirement(number))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test whose output holds the token, or whose log holds an answer, has failed."""
    report = yield
    found = leaks(report.sections)
    if found and report.when == "teardown":
        report.outcome = "failed"
        report.longrepr = "no log may hold this:\n" + "\n".join(found)
    return report


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden transcripts instead of comparing")


@pytest.fixture(scope="session")
def guide() -> Guide:
    """The guide and places that are shipped."""
    return load_guide(DATA / "guide.toml", DATA / "places.toml")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Inbox, worker and outbox over a fresh database."""
    with desk_at(tmp_path) as one:
        yield one


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with tests/golden/<name>, or write it there under --update-golden."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path.name} is missing: run pytest --update-golden and read the new file"
        assert text == path.read_text(encoding="utf-8")

    return compare

"""What all tests share: the real guide, and golden transcripts that `pytest --update-golden` writes anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.interview.guide import Guide, load_guide
from tests.desk import Desk, desk_at

DATA = Path(__file__).parent.parent / "data"
GOLDEN = Path(__file__).parent / "golden"


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

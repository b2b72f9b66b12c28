"""Coding in a spreadsheet: out with the useful ones first, back whole or not at all, twice is once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from bot.control import Control, carry_out
from bot.delivery.lock import sole_instance
from bot.errors import SheetError
from bot.rooms import WRITERS
from bot.settings import Settings
from bot.sheets.coding import COLUMNS, SHEET, export_for_coding
from bot.sheets.reading import rows_of
from bot.store import interviews, triage
from bot.store.database import opened
from classifier.codebook import load_codebook
from tests.conftest import DATA
from tests.store_world import NOW, code, model_codes, person, standing, write

BOOK = load_codebook(DATA / "codebook.toml")
FIRST, SECOND, THIRD, CODED, URGENT = 1, 3, 5, 7, 9
RAMP, PAY, MONEY = "no_ramp | x", "low_pay", "funding | деньги"


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Three answers that nobody has coded, one that a person has, and one that cannot wait."""
    home = tmp_path / "home"
    with opened(home) as store, store.atomic():
        texts = ("=1+1 пандуса нет", "денег нет", "всё хорошо", "уже", "отец бьёт мальчика")
        answers = [write(store, person(store, number), 4, text) for number, text in enumerate(texts, 1)]
        assert answers == [FIRST, SECOND, THIRD, CODED, URGENT]
        for answer in answers:
            model_codes(store, answer, ["funding"])
        code(store, CODED, "aigul", [])
        chat = store.value("SELECT chat_key FROM chats WHERE chat_id = 5")
        assert triage.look(store, chat, 1, NOW)
    yield Settings(_env_file=None, home=home)


def sheet(settings: Settings, tmp_path: Path, fill: Callable[[Any], None], **how: Any) -> Path:
    path = tmp_path / "out.xlsx"
    list(export_for_coding(settings, path, **how))
    book = load_workbook(path)
    fill(book[SHEET])
    book.save(path)
    return path


def put(page: Any, answer: int, **cells: str) -> None:
    """Write cells (`code_1`, `mark`, ...) of the row of an answer."""
    row = next(row for row in page.iter_rows(min_row=2) if str(row[0].value).startswith(f"A{answer}v"))
    for name, value in cells.items():
        row[COLUMNS.index(name.replace("_", " "))].value = value


def take(settings: Settings, path: Path, coder: str = "Айгүл") -> dict[str, int]:
    done: dict[str, int] = carry_out(settings, WRITERS, "import-codings", {"coder": coder, "rows": rows_of(path, BOOK)})
    return done


def test_what_nobody_has_coded_goes_out_and_comes_back(settings: Settings, tmp_path: Path) -> None:
    def fill(page: Any) -> None:
        assert {str(row[0].value) for row in page.iter_rows(min_row=2)} == {
            f"A{one}v1" for one in (FIRST, SECOND, THIRD)
        }
        texts = [row[2].value for row in page.iter_rows(min_row=2)]
        assert "'=1+1 пандуса нет" in texts
        assert all(row[2].data_type == "s" for row in page.iter_rows(min_row=2))
        put(page, FIRST, code_1=RAMP, code_2=PAY)
        put(page, SECOND, category=MONEY)
        put(page, THIRD, mark="none")

    path = sheet(settings, tmp_path, fill)
    assert take(settings, path) == {"added": 3, "known": 0}
    assert take(settings, path) == {"added": 0, "known": 3}
    with opened(settings.home) as store:
        assert standing(store, FIRST) == ({"infrastructure", "human_resources"}, "human", "settled")
        assert standing(store, SECOND) == ({"funding"}, "human", "settled")
        assert standing(store, THIRD) == ({None}, "human", "settled")
        coders = store.rows("SELECT DISTINCT coder FROM codings WHERE coder LIKE 'person:%'")
    assert len(coders) == 1
    assert "Айгүл" not in str(coders)


def test_unsure_and_empty_rows_are_not_codings(settings: Settings, tmp_path: Path) -> None:
    path = sheet(settings, tmp_path, lambda page: put(page, FIRST, mark="unsure"))
    assert rows_of(path, BOOK) == []


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"code_1": "no_such"}, "column code 1: `no_such` is not in the codebook"),
        ({"category": "mars | x"}, "column category: `mars` is not in the codebook"),
        ({"mark": "maybe"}, "column mark: `maybe`: allowed are"),
        ({"mark": "none", "code_1": RAMP}, "column mark: none stands beside codes"),
        ({"key": "x", "mark": "none"}, "column key: must be the key that was exported"),
        ({"key": f"A{SECOND}v1", "mark": "none"}, "column key: stands twice"),
    ],
)
def test_every_problem_is_named_by_sheet_and_row(
    settings: Settings, tmp_path: Path, cells: dict[str, str], said: str
) -> None:
    def fill(page: Any) -> None:
        put(page, SECOND, code_1="wrong_too" if said.endswith("codebook") else RAMP)
        put(page, FIRST, **cells)

    path = sheet(settings, tmp_path, fill)
    with pytest.raises(SheetError) as error:
        rows_of(path, BOOK)
    assert f"sheet {SHEET}, row " in str(error.value)
    assert said in str(error.value)
    if said.endswith("codebook"):
        assert "wrong_too" in str(error.value)


def test_an_answer_that_changed_or_went_meanwhile_stops_all(settings: Settings, tmp_path: Path) -> None:
    def fill(page: Any) -> None:
        put(page, FIRST, mark="none")
        put(page, SECOND, mark="none")

    path = sheet(settings, tmp_path, fill)
    with opened(settings.home) as store, store.atomic():
        chat = store.value("SELECT chat_key FROM chats WHERE chat_id = 1")
        interviews.revise_message(store, chat, 1, "пандус сделали", NOW)
    with pytest.raises(SheetError, match="the answer was changed after the export"):
        take(settings, path)
    with opened(settings.home) as store:
        assert standing(store, SECOND)[1] == "model"


def test_what_was_coded_by_an_earlier_codebook_is_listed_for_recoding(settings: Settings, tmp_path: Path) -> None:
    keys: list[str] = []

    def collect(page: Any) -> None:
        keys.extend(str(row[0].value) for row in page.iter_rows(min_row=2) if row[0].value)

    sheet(settings, tmp_path, collect, outdated=True)
    assert keys == []
    with opened(settings.home) as store, store.atomic():
        store.run("UPDATE codings SET codebook_version = '0' WHERE coder = 'aigul'")
    sheet(settings, tmp_path, collect, outdated=True)
    assert keys == [f"A{CODED}v1"]


def test_a_sheet_by_another_codebook_is_refused(settings: Settings, tmp_path: Path) -> None:
    path = sheet(settings, tmp_path, lambda page: put(page, FIRST, mark="none"))
    book = load_workbook(path)
    book["lists"]["C1"].value = "codebook 0"
    book.save(path)
    with pytest.raises(SheetError, match="was made by codebook 0, not 1"):
        rows_of(path, BOOK)


async def test_a_running_bot_takes_a_sheet_over(settings: Settings, tmp_path: Path) -> None:
    path = sheet(settings, tmp_path, lambda page: put(page, FIRST, code_1=RAMP))
    with sole_instance(settings.home), opened(settings.home) as store:
        control = Control(settings, store, "link", WRITERS, lambda: None)
        listening = asyncio.create_task(control.run())
        await control.listening.wait()
        assert await asyncio.to_thread(take, settings, path) == {"added": 1, "known": 0}
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        assert standing(store, FIRST)[:2] == ({"infrastructure"}, "human")


def test_a_file_that_is_no_sheet(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_text("no")
    with pytest.raises(SheetError, match=r"it must be \.xlsx"):
        rows_of(path, BOOK)

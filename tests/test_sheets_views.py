"""The exported views: every row, nobody's name or id, nothing that a spreadsheet would calculate."""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_world import code, model_codes, person, write

from bot.errors import ExportError, StoreError
from bot.settings import Settings
from bot.sheets.cells import CELL_LIMIT, neutral
from bot.sheets.views import export_views
from bot.sheets.workbook import workbook
from bot.store.database import Store, open_store
from bot.store.exports import PUBLIC_VIEWS

CHAT_ID = 778899001122
HOSTILE = ("=1+1", "+7 701 000 00 00", "-нет", "@study", "\tотступ", '=HYPERLINK("http://x")')


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = open_store(tmp_path / "var")
    yield one
    one.close()


@pytest.fixture
def settings(store: Store) -> Settings:
    for question, text in enumerate(HOSTILE, 1):
        answer = write(store, person(store, CHAT_ID + question), question, text)
        model_codes(store, answer, ["funding"], ["no_budget"])
        code(store, answer, "person:abc", [])
    return Settings(_env_file=None, home=store.home)


def tables(out: Path) -> dict[str, list[list[object]]]:
    """View -> its rows with the header, from either form."""
    if out.is_file():
        book = openpyxl.load_workbook(out)
        return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}
    read = {}
    for path in out.iterdir():
        with path.open(encoding="utf-8-sig", newline="") as file:
            read[path.stem] = [list(row) for row in csv.reader(file)]
    return read


@pytest.mark.parametrize("name", ["out.xlsx", "folder"])
def test_every_row_of_every_view_is_there(store: Store, settings: Settings, tmp_path: Path, name: str) -> None:
    lines = list(export_views(settings, tmp_path / name))
    found = tables(tmp_path / name)
    assert len(lines) == len(PUBLIC_VIEWS)
    for view in PUBLIC_VIEWS:
        rows = store.rows(f"SELECT * FROM {view}")
        assert found[view][0] == list(rows[0])
        assert len(found[view]) == len(rows) + 1


@pytest.mark.parametrize("name", ["out.xlsx", "folder"])
def test_no_cell_is_a_formula_or_tells_who_wrote(settings: Settings, tmp_path: Path, name: str) -> None:
    list(export_views(settings, tmp_path / name))
    cells = [cell for rows in tables(tmp_path / name).values() for row in rows for cell in row]
    texts = [cell for cell in cells if isinstance(cell, str)]
    assert not [text for text in texts if text.startswith(tuple("=+-@\t\r"))]
    assert {f"'{text}" for text in HOSTILE} <= set(texts)
    assert not [cell for cell in cells if str(CHAT_ID)[:9] in str(cell)]


def test_cells_of_a_workbook_are_typed_as_text(settings: Settings, tmp_path: Path) -> None:
    list(export_views(settings, tmp_path / "out.xlsx"))
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["answers_current"]
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)}
    assert kinds == {"s"}


@given(st.text(max_size=20))
def test_a_neutral_cell_keeps_the_text(text: str) -> None:
    assert neutral(text).removeprefix("'") == text.removeprefix("'")
    assert not neutral(text).startswith(tuple("=+-@\t\r\n"))


@pytest.mark.parametrize("name", ["out.xlsx", "folder/answers_current.csv"])
def test_only_the_owner_may_read_an_export(settings: Settings, tmp_path: Path, name: str) -> None:
    list(export_views(settings, tmp_path / name.split("/", maxsplit=1)[0]))
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_text_longer_than_a_cell_does_not_break_the_workbook(store: Store, tmp_path: Path) -> None:
    write(store, person(store), 1, *["нет пандуса " * 300] * 12)
    list(export_views(Settings(_env_file=None, home=store.home), tmp_path / "out.xlsx"))
    texts = [row[13] for row in tables(tmp_path / "out.xlsx")["answers_current"][1:]]
    assert [len(str(text)) for text in texts] == [CELL_LIMIT]


def test_what_cannot_be_written_or_read_is_one_line(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="file"):
        list(export_views(settings, tmp_path / "file" / "out.xlsx"))
    with pytest.raises(StoreError, match="has the bot run"):
        list(export_views(Settings(_env_file=None, home=tmp_path / "none"), tmp_path / "out"))


def test_a_workbook_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    path.write_text("before")
    with pytest.raises(RuntimeError), workbook(path):
        raise RuntimeError
    assert path.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["out.xlsx"]

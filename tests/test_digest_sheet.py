"""What is drawn and written: a picture for a phone, a workbook in every language, the table of the study."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from PIL import Image

from bot.__main__ import cli
from bot.digest import command
from bot.store import interviews
from bot.store.database import opened
from tests.store_world import model_codes, person, write
from tests.test_digest import WEEK, filled, settings

LANGUAGES = ("kk", "ru", "en")


@pytest.mark.parametrize("lens", ["barriers", "conditions"])
def test_a_picture_is_as_wide_as_two_pixels_for_each_of_a_phone_and_not_empty(tmp_path: Path, lens: str) -> None:
    filled(tmp_path)
    report = command.report_of(settings(tmp_path), WEEK, lens=lens)  # type: ignore[arg-type]
    drawn = command.picture(report, "kk")
    assert drawn is not None
    with Image.open(io.BytesIO(drawn)) as image:
        assert image.width == 800
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 50


def test_nothing_is_drawn_of_a_week_without_respondents(tmp_path: Path) -> None:
    filled(tmp_path)
    assert command.picture(command.report_of(settings(tmp_path), "2020-W01"), "kk") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_opens_with_its_seven_sheets_in_the_reader_s_language(tmp_path: Path, language: str) -> None:
    filled(tmp_path)
    book = load_workbook(io.BytesIO(command.sheet(command.report_of(settings(tmp_path), WEEK), language)))
    assert len(book.sheetnames) == 7
    cells = [str(cell.value) for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) > 100
    if language != "en":
        latin = [cell for cell in cells if re.search("[A-Za-z]{2,}", re.sub(r"\d{4}-W\d\d", "", cell))]
        assert latin == [], "no English in a workbook that is not English"
    snowball = {"kk": "кездейсоқ іріктеу емес", "ru": "не случайная выборка", "en": "not a random sample"}
    assert any(snowball[language] in cell for cell in cells)


def test_what_begins_like_a_formula_is_a_text_in_every_form(tmp_path: Path) -> None:
    with opened(tmp_path) as store, store.atomic():
        for number in range(6):
            chat = person(store, 300 + number)
            interviews.save_permission(store, chat, "quote", True)
            model_codes(store, write(store, chat, 4, "=HYPERLINK(0) денег нет"), ["funding"], ["no_budget"])
    report = command.report_of(settings(tmp_path), WEEK)
    book = load_workbook(io.BytesIO(command.sheet(report, "ru")))
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert any("HYPERLINK" in str(cell.value) for cell in cells)
    assert not [cell.value for cell in cells if str(cell.value).startswith(("=", "+", "-", "@"))]
    rows = list(csv.reader(io.StringIO(command.digest_table(report, "ru", "csv"))))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_the_table_of_the_round_has_category_code_respondents_answers_quote(tmp_path: Path) -> None:
    filled(tmp_path)
    environment = {"KEDERGI_HOME": str(tmp_path)}
    done = CliRunner().invoke(cli, ["digest", "--table", "--week", WEEK, "--language", "ru"], env=environment)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == "| Категория | Описательный код | Число респондентов | Число ответов | Цитата |"
    assert lines[2] == "| Инфраструктура |  | 7 | 7 | «пандуса нет, коляску несём втроём» |"
    assert lines[3] == "| Инфраструктура | Нет пандуса и лифта | 7 | 7 |  |"


def test_the_command_writes_picture_and_workbook(tmp_path: Path) -> None:
    filled(tmp_path)
    picture, book = tmp_path / "d.png", tmp_path / "d.xlsx"
    done = CliRunner().invoke(
        cli,
        ["digest", "--week", WEEK, "--picture", str(picture), "--xlsx", str(book)],
        env={"KEDERGI_HOME": str(tmp_path)},
    )
    assert done.exit_code == 0, done.output
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert book.read_bytes().startswith(b"PK")

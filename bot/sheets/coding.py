"""A coding sheet: answers to code in a spreadsheet, with drop-downs and the codebook beside them.

Each answer stands under a key of its number and version, and under nothing that names a person. The most useful come
first, urgent ones are left out. Whoever codes chooses up to four descriptive codes, a category where no code fits, or
says that there is no barrier or that they are unsure; a row left empty is not coded. `reading` takes the sheet back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.interview.guide import Guide, load_guide
from bot.settings import DATA, Settings
from bot.sheets.cells import write_cell
from bot.sheets.workbook import workbook
from bot.store.database import open_reader
from bot.store.exports import ToCode, people_coded, to_code
from classifier.codebook import Codebook, load_codebook
from classifier.priority import Candidate, Coded, order

SHEET = "coding"
KEY, QUESTION, TEXT = "key", "question", "text"
CODES = ("code 1", "code 2", "code 3", "code 4")
CATEGORY, MARK = "category", "mark"
COLUMNS = (KEY, QUESTION, TEXT, *CODES, CATEGORY, MARK)
NONE, UNSURE = "none", "unsure"
LISTS, VERSION_COLUMN, VERSION = "lists", 2, "codebook "
# Between the id of a code, which is read back, and its name, which is for people.
BAR = " | "
_WIDTHS = (12, 30, 70, 30, 30, 30, 30, 26, 12)
_LANGUAGES = {"kk": "қазақша", "ru": "по-русски"}
_HOW = (
    ("kk", "Мәтінді оқып, 1–4 код таңдаңыз. Сай код болмаса, тек санатты таңдаңыз. Кедергі айтылмаса: none."),
    ("kk", "Сенімді болмасаңыз: unsure. Бос қалған жол кодталмаған болып есептеледі. key бағанын өзгертпеңіз."),
    ("ru", "Прочитайте текст и выберите от 1 до 4 кодов. Если подходящего кода нет, выберите только категорию."),
    ("ru", "Если барьер не назван: none. Если не уверены: unsure. Пустая строка считается незакодированной."),
    ("ru", "Столбец key не меняйте. Готовый файл отправьте исследователю."),
)


def export_for_coding(
    settings: Settings, out: Path, scope: str = "all", limit: int | None = None, *, outdated: bool = False
) -> Iterator[str]:
    """Write the sheet to `out`; a line on it. `outdated`: answers that people coded by an earlier codebook. Raises
    StoreError or ExportError."""
    codebook = load_codebook(DATA / "codebook.toml")
    guide = load_guide(DATA / "guide.toml", DATA / "places.toml")
    with closing(open_reader(settings.home)) as reader:
        waiting = to_code(reader, scope, codebook.version, outdated=outdated)
        coded = Coded(people_coded(reader))
    rows = waiting[:limit] if outdated else _most_useful(waiting, coded, limit)
    with workbook(out) as book:
        _coding(book, rows, codebook, guide)
        _codebook(book, codebook)
        _instructions(book)
    yield f"{out}: {len(rows)} answers to code"


def key_of(answer_id: int, version: int) -> str:
    """What stands for an answer in the sheet; no spreadsheet program takes it for a number."""
    return f"A{answer_id}v{version}"


def _most_useful(waiting: Sequence[ToCode], coded: Coded, limit: int | None) -> list[ToCode]:
    by_key = {str(one.answer_id): one for one in waiting}
    candidates = [Candidate(key, one.scores, one.lang, one.question, one.confirmed) for key, one in by_key.items()]
    return [by_key[pick.key] for pick in order(candidates, coded, limit)]


def _coding(book: Any, rows: Sequence[ToCode], codebook: Codebook, guide: Guide) -> None:
    sheet = book.add_worksheet(SHEET)
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    for column, (name, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        write_cell(sheet, 0, column, name, bold)
    for place, one in enumerate(rows, 1):
        title = guide.question(one.question).title[one.lang if one.lang in _LANGUAGES else "ru"]
        for column, value in enumerate((key_of(one.answer_id, one.version), f"{one.question}. {title}", one.text)):
            write_cell(sheet, place, column, value, wrapped)
    last = max(len(rows), 1)
    for column, name in enumerate(COLUMNS):
        if name in CODES or name == CATEGORY:
            letter, count = ("A", len(codebook.codes)) if name in CODES else ("B", len(codebook.categories))
            source = f"=lists!${letter}$1:${letter}${count}"
            sheet.data_validation(1, column, last, column, {"validate": "list", "source": source})
    mark = COLUMNS.index(MARK)
    sheet.data_validation(1, mark, last, mark, {"validate": "list", "source": [NONE, UNSURE]})
    sheet.freeze_panes(1, 3)
    lists = book.add_worksheet(LISTS)
    for place, code in enumerate(codebook.codes):
        write_cell(lists, place, 0, f"{code.id}{BAR}{code.name.ru}")
    for place, category in enumerate(codebook.categories):
        write_cell(lists, place, 1, f"{category.id}{BAR}{category.name.ru}")
    write_cell(lists, 0, VERSION_COLUMN, f"{VERSION}{codebook.version}")


def _codebook(book: Any, codebook: Codebook) -> None:
    sheet = book.add_worksheet("codebook")
    rows = [("category", "code", "қазақша", "по-русски", "English")]
    for category in codebook.categories:
        rows.append((category.id, "", category.name.kk, category.name.ru, category.name.en))
        own = (code for code in codebook.codes if category.id in code.categories)
        rows += [(category.id, code.id, code.name.kk, code.name.ru, code.name.en) for code in own]
    sheet.set_column(0, 4, 34)
    for place, row in enumerate(rows):
        for column, value in enumerate(row):
            write_cell(sheet, place, column, value)


def _instructions(book: Any) -> None:
    sheet = book.add_worksheet("how")
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 110)
    for place, (language, text) in enumerate(_HOW):
        write_cell(sheet, place, 0, _LANGUAGES[language])
        write_cell(sheet, place, 1, text)

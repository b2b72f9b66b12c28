"""The digest as an XLSX workbook in the reader's language: the table, weeks, groups, quotes, participation, codebook,
method. Texts are written as texts, never as formulas or links; numbers as numbers.

Left out: what may be shown; `compose` has decided it, and a hidden count is only a sign here.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import xlsxwriter

from bot.channels.texts import Texts
from bot.digest import table
from bot.digest.compose import Digest
from bot.digest.intervals import wilson
from bot.digest.reading import Report
from bot.digest.text import course_rows
from bot.digest.words import HIDDEN, name_of, value_of, week_title
from bot.sheets.cells import Cell, write_cell
from bot.store.weeks import weeks_until

Rows = Sequence[Sequence[Cell]]
_WIDEST = 60


def sheet(report: Report, t: Texts, scope: str) -> bytes:
    """The workbook."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(
        written,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    styles = {
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}),
        "text": book.add_format({"text_wrap": True, "valign": "top", "align": "left"}),
        "share": book.add_format({"valign": "top", "num_format": "0 %"}),
    }
    for name, rows in _sheets(report, t, scope):
        _write(book.add_worksheet(name), rows, styles)
    book.close()
    return written.getvalue()


def _sheets(report: Report, t: Texts, scope: str) -> list[tuple[str, Rows]]:
    return [
        (t.gettext("Table"), _table(report, t)),
        (t.gettext("Weeks"), _weeks(report, t)),
        (t.gettext("Groups"), _groups(report, t)),
        (t.gettext("Quotes"), _quotes(report, t)),
        (t.gettext("Participation"), [(title, None) for title in course_rows(report.digest, report.guide, t)]),
        (t.gettext("Codebook"), _codebook(report, t)),
        (t.gettext("Method"), [(row,) for row in _method(report.digest, t, scope)]),
    ]


def _write(page: Any, rows: Rows, styles: Mapping[str, Any]) -> None:
    widths: dict[int, int] = {}
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            kind = "share" if isinstance(cell, float) else "text" if row else "head"
            write_cell(page, row, column, cell, styles[kind])
            widths[column] = min(_WIDEST, max(widths.get(column, 8), len(str(cell or "")) + 2))
    for column, width in widths.items():
        page.set_column(column, column, width)
    page.freeze_panes(1, 0)


def _table(report: Report, t: Texts) -> Rows:
    return [[_number(cell, t) for cell in row] for row in table.rows(report.digest, report.codebook, t)]


def _number(cell: str, t: Texts) -> Cell:
    """A written number as a number."""
    digits = cell.replace("\N{NO-BREAK SPACE}", "").replace(",", "")
    return int(digits) if digits.isdecimal() and cell == t.number(int(digits)) else cell


def _weeks(report: Report, t: Texts) -> Rows:
    digest = report.digest
    rows: list[Sequence[Cell]] = [
        (t.gettext("Week"), t.gettext("Category"), t.gettext("Number of respondents"), t.gettext("All respondents"),
         t.gettext("Share"), t.gettext("from"), t.gettext("to")),
    ]  # fmt: skip
    for line in digest.lines:
        name = name_of(digest.lens, line.name, report.codebook, t)
        for week, part in zip(weeks_until(digest.week, len(line.history)), line.history, strict=True):
            if part is None:
                rows.append((week, name, HIDDEN))
            elif part[1]:
                interval = wilson(*part)
                rows.append((week, name, *part, part[0] / part[1], float(interval.low), float(interval.high)))
    return rows


def _groups(report: Report, t: Texts) -> Rows:
    """Who named what: by role, place and language, then which barriers were named together."""
    digest, ids = report.digest, report.codebook.category_ids
    names = [report.codebook.category(name).name.of(t.language) for name in ids]
    rows: list[Sequence[Cell]] = [(t.gettext("Group"), t.gettext("Number of respondents"), *names)]
    for dimension, values in digest.groups.items():
        for value, counts in values.items():
            own = [_shown(counts[name]) for name in ids]
            rows.append((value_of(dimension, value, report.guide, t), _shown(counts[None]), *own))
    if digest.lens == "conditions":
        return rows
    rows += [(), (t.gettext("Named together"), None, *names)]
    known = {frozenset(pair): digest.together[pair] for pair in combinations(ids, 2)}
    alone = {line.name: line.people for line in digest.lines}
    for name, title in zip(ids, names, strict=True):
        own = [_shown(alone[name] if name == other else known[frozenset((name, other))]) for other in ids]
        rows.append((title, None, *own))
    return rows


def _shown(count: int | None) -> Cell:
    return HIDDEN if count is None else count


def _quotes(report: Report, t: Texts) -> Rows:
    found = [
        (name_of(report.digest.lens, line.name, report.codebook, t), line.quote)
        for line in report.digest.lines
        if line.quote
    ]
    return [(t.gettext("Category"), t.gettext("Quote")), *found]


def _codebook(report: Report, t: Texts) -> Rows:
    conditions = {condition.id: condition.name.of(t.language) for condition in report.codebook.conditions}
    none = t.gettext("none of the seven")
    return [
        (t.gettext("Category"), t.gettext("Descriptive code"), t.gettext("Condition")),
        *(
            (
                ", ".join(report.codebook.category(name).name.of(t.language) for name in code.categories),
                code.name.of(t.language),
                conditions[code.condition] if code.condition else none,
            )
            for code in report.codebook.codes
        ),
    ]


def _method(digest: Digest, t: Texts, scope: str) -> list[str]:
    return [
        t.gettext("How to read this"),
        f"{week_title(digest.week, t)}, {scope}",
        t.gettext(
            "Respondents were found by snowball sampling: people invite people they know. That is not a random sample, "
            "so the shares describe those who answered and not all schools."
        ),
        t.gettext(
            "Respondents count once, however many of their answers name the same barrier. The base of every share is "
            "everybody with at least one answer in the week."
        ),
        t.gettext(
            "Intervals are 95 % score intervals: Wilson’s for a share, Newcombe’s for a change. They show what chance "
            "alone allows, not what the way of inviting adds."
        ),
        t.gettext(
            "Numbers of fewer than {least} people are not shown, nor any others that would give them away; the sign "
            "{sign} stands in their place. Totals of the round are rounded down.",
            least=digest.least,
            sign=HIDDEN,
        ),
        t.gettext(
            "Quotes come from people who agreed to be quoted, and only where at least {least} people share role, "
            "district and place. Names, contacts and diagnoses are masked.",
            least=digest.least,
        ),
        t.gettext(
            "An answer is coded by people where they have settled it, else as its author confirmed it, else by the "
            "program."
        ),
    ]

"""The table of the study: category, descriptive code, respondents, answers, quote, as in systematic text condensation
(Malterud 2012). Each category has a row of its own with its quote, and below it a row for each code that was named.

Left out: what may be shown; `compose` has decided it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from bot.channels.texts import Texts
from bot.digest.compose import Digest
from bot.digest.words import name_of, number
from bot.sheets.cells import neutral
from classifier.codebook import Codebook


def rows(digest: Digest, codebook: Codebook, t: Texts) -> list[tuple[str, str, str, str, str]]:
    """The table, its header first."""
    found = [
        (
            t.gettext("Category"),
            t.gettext("Descriptive code"),
            t.gettext("Number of respondents"),
            t.gettext("Number of answers"),
            t.gettext("Quote"),
        )
    ]
    for line in digest.lines:
        name = name_of(digest.lens, line.name, codebook, t)
        quote = f"«{line.quote}»" if line.quote else ""
        found.append((name, "", number(line.people, t), number(line.answers, t), quote))
        found += [
            (name, codebook.code(one.code).name.of(t.language), number(one.people, t), number(one.answers, t), "")
            for one in line.codes
        ]
    return found


def markdown(table: Sequence[Sequence[str]]) -> str:
    """The table in Markdown."""
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in table]
    lines = [cells[0], ["---"] * len(cells[0]), *cells[1:]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def comma_separated(table: Sequence[Sequence[str]]) -> str:
    """The table as CSV whose cells no spreadsheet takes for formulas."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([neutral(cell) for cell in row] for row in table)
    return written.getvalue()

"""What is made of a digest: text, picture and sheet, for `python -m bot digest` and for whoever sends them.

A report is read once and worded as often as wanted. The command opens the database read-only, so it may run beside the
bot.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

from bot.channels.texts import texts_for
from bot.digest import picture as pictures
from bot.digest import sheet as sheets
from bot.digest import table
from bot.digest.afterwards import afterwards
from bot.digest.compose import Asked, Lens
from bot.digest.reading import Report, read_report
from bot.digest.text import text
from bot.digest.words import scope_name
from bot.interview.guide import load_guide
from bot.settings import DATA, Settings
from bot.store.database import open_reader
from bot.store.weeks import last_complete_week
from classifier.codebook import load_codebook


def digest_text(report: Report, language: str) -> str:
    """The digest in words: `kk`, `ru` or `en`."""
    t = texts_for(language)
    words = text(report.digest, report.codebook, report.guide, t, _scope(report, language))
    return "\n\n".join([words, *afterwards(report.digest, report.actions, report.codebook, t)])


def picture(report: Report, language: str) -> bytes | None:
    """The digest as a PNG for a phone; None where there is nothing to draw."""
    if not report.digest.people:
        return None
    return pictures.picture(report.digest, report.codebook, texts_for(language), _scope(report, language))


def sheet(report: Report, language: str) -> bytes:
    """The digest as an XLSX workbook."""
    return sheets.sheet(report, texts_for(language), _scope(report, language))


def report_of(
    settings: Settings, week: str | None, scope: str = "all", lens: Lens = "barriers", *, whole_round: bool = False
) -> Report:
    """The report of a week, by default of the last complete one. Raises SettingsError or StoreError."""
    codebook = load_codebook(DATA / "codebook.toml")
    guide = load_guide(DATA / "guide.toml", DATA / "places.toml")
    asked = Asked(week or last_complete_week(datetime.now(UTC)), scope, lens, settings.least_shown)
    with closing(open_reader(settings.home)) as reader:
        return read_report(reader, codebook, guide, asked, settings.quotas, whole_round=whole_round)


def digest_table(report: Report, language: str, file_format: str) -> str:
    """The table of categories, codes, respondents, answers and quotes, as `md` or `csv`."""
    rows = table.rows(report.digest, report.codebook, texts_for(language))
    return table.markdown(rows) + "\n" if file_format == "md" else table.comma_separated(rows)


def _scope(report: Report, language: str) -> str:
    return scope_name(report.digest.scope, report.guide, report.schools, texts_for(language))

"""`python -m bot digest`: read, compose, print. Opens the database read-only, so it may run beside the bot."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

from bot.channels.texts import texts_for
from bot.digest.compose import Digest, compose, shown
from bot.digest.counting import count
from bot.digest.table import table
from bot.interview.guide import load_guide
from bot.settings import DATA, Settings
from bot.store.database import open_reader
from bot.store.digests import facts, last_complete_week, quotes, week_bounds
from classifier.codebook import Codebook, load_codebook

# The week itself, and the four before it for the mean.
_WEEKS = 5


def digest_text(settings: Settings, week: str | None, language: str) -> str:
    """The digest of a week, by default of the last complete one. Raises SettingsError or StoreError."""
    codebook = load_codebook(DATA / "codebook.toml")
    guide = load_guide(DATA / "guide.toml", DATA / "places.toml")
    with closing(open_reader(settings.home)) as reader:
        digest = digest_of(reader, week or last_complete_week(datetime.now(UTC)), codebook, settings.least_shown)
    return table(digest, codebook, guide, texts_for(language))


def digest_of(reader: sqlite3.Connection, week: str, codebook: Codebook, least: int) -> Digest:
    """The digest of `week` with nothing in it about fewer than `least` people. Raises SettingsError."""
    begin, end = week_bounds(week)
    bounds = [(begin - timedelta(weeks=back), end - timedelta(weeks=back)) for back in reversed(range(_WEEKS))]
    weeks = [shown(count(facts(reader, *one), codebook.category_ids), codebook, least) for one in bounds]
    return compose(week, weeks, quotes(reader, begin, end, least), codebook, least)

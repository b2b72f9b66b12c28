"""`python -m bot digest`: read, compose, print. Opens the database read-only, so it may run beside the bot."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

from bot.channels.texts import texts_for
from bot.digest.table import table
from bot.settings import DATA, Settings
from bot.store.database import open_reader
from bot.store.digests import last_complete_week, week_table
from classifier.codebook import load_codebook


def digest_text(settings: Settings, week: str | None, language: str) -> str:
    """The table of a week, by default of the last complete one. Raises SettingsError or StoreError."""
    codebook = load_codebook(DATA / "codebook.toml")
    period = week or last_complete_week(datetime.now(UTC))
    with closing(open_reader(settings.home)) as reader:
        return table(week_table(reader, period), codebook, texts_for(language))

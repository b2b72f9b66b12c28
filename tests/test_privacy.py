"""PRIVACY.md says everything that is kept, and the settings cannot break what respondents are told."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.channels.texts import LANGUAGES, texts_for
from bot.interview.guide import Guide
from bot.operation.privacy import TECHNICAL, kept, kept_table
from bot.settings import Settings
from bot.store.database import opened
from bot.store.migrations import migrations

DEFAULTS = Settings.model_construct()


def test_every_table_of_the_database_is_said_once_or_is_about_nobody(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        names = {
            name for name in store.db.table_names() if not name.startswith(("sqlite_", migrations.migrations_table))
        }
    said = Counter(name for one in kept(texts_for("en"), DEFAULTS) for name in one.tables)
    assert max(said.values()) == 1
    assert names <= set(said) | TECHNICAL, "say in bot/operation/privacy.py what the table keeps, and how long"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_follows_the_settings(language: str) -> None:
    changed = DEFAULTS.model_copy(update={"keep_link_days": 123, "keep_unanswered_days": 45, "backup_days": 7})
    table = kept_table(texts_for(language), changed)
    assert all(number in table for number in ("123", "45", " 7 "))
    assert len({line.count("|") for line in table.splitlines()}) == 1


@pytest.mark.parametrize("broken", [{"backup_days": 15}, {"keep_link_days": 366}, {"stored_in": "Kazakhstan"}])
def test_no_setting_goes_beyond_what_respondents_are_told(broken: dict[str, object], guide: Guide) -> None:
    for text in guide.information.values():
        assert "14" in text and "Telegram" in text
    with pytest.raises(ValidationError):
        Settings(_env_file=None, **broken)

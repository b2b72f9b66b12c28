"""The table of a week, from the database to the printed text."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.digest.command import digest_text
from bot.errors import SettingsError, StoreError
from bot.settings import Settings
from bot.store import interviews
from bot.store.database import opened
from tests.store_world import NOW, answer_of, model_codes, person, write

WEEK = "{}-W{:02}".format(*NOW.isocalendar()[:2])


def settings(home: Path) -> Settings:
    return Settings(_env_file=None, home=home)


def filled(home: Path) -> None:
    """Two respondents; only the first may be quoted."""
    with opened(home) as store, store.atomic():
        one, two = person(store, 100), person(store, 200)
        interviews.save_permission(store, one, "quote", True)
        for chat, text in ((one, "пандуса нет, коляску несём втроём"), (two, "по лестнице никак, лифта нет")):
            write(store, chat, 3, text)
            model_codes(store, answer_of(store, chat, 3), ["infrastructure"], ["no_ramp"])


def test_a_week_shows_people_codes_and_a_quote_of_who_agreed(tmp_path: Path) -> None:
    filled(tmp_path)
    text = digest_text(settings(tmp_path), WEEK, "ru")
    assert f"Неделя {WEEK}: 2 респондента, 2 ответа" in text
    assert "Инфраструктура: 2 респондента, 2 ответа" in text
    assert "«пандуса нет, коляску несём втроём»" in text
    assert "по лестнице" not in text


@pytest.mark.parametrize(("language", "word"), [("kk", "респондент"), ("en", "respondents")])
def test_every_language_has_the_table(tmp_path: Path, language: str, word: str) -> None:
    filled(tmp_path)
    assert word in digest_text(settings(tmp_path), WEEK, language)


def test_a_week_without_answers_is_one_line(tmp_path: Path) -> None:
    filled(tmp_path)
    assert digest_text(settings(tmp_path), "2020-W01", "ru").count("\n") == 0


@pytest.mark.parametrize("week", ["2026-W60", "2026-11", "nonsense", "2026-W00"])
def test_a_week_that_does_not_exist_is_said_in_one_line(tmp_path: Path, week: str) -> None:
    filled(tmp_path)
    with pytest.raises(SettingsError, match="--week"):
        digest_text(settings(tmp_path), week, "kk")


def test_without_a_database_the_reason_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"kedergi\.db"):
        digest_text(settings(tmp_path / "none"), None, "kk")

"""The table of a week, from the database to the printed text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.digest.command import digest_text, report_of
from bot.errors import SettingsError, StoreError
from bot.settings import Settings
from bot.store import interviews, tallies
from bot.store.database import Store, opened
from tests.store_world import NOW, code, model_codes, person, write

WEEK = "{}-W{:02}".format(*NOW.isocalendar()[:2])


def settings(home: Path) -> Settings:
    return Settings(_env_file=None, home=home)


TEXTS = {
    "infrastructure": ("пандуса нет, коляску несём втроём", ["no_ramp"]),
    "funding": ("на материалы денег не дают", ["no_budget"]),
    "human_resources": ("логопеда ищем второй год", ["no_specialists"]),
}


def filled(home: Path) -> None:
    """Twelve people of this week: all name one barrier of three, some two; seven of the week before name one."""
    with opened(home) as store, store.atomic():
        for number in range(12):
            chat = person(store, 100 + number)
            interviews.save_permission(store, chat, "quote", number % 2 == 0)
            interviews.save_profile(store, chat, "role", "teacher" if number < 7 else "principal")
            interviews.save_profile(store, chat, "locality", "village" if number < 6 else "town")
            say(store, chat, 3, "infrastructure" if number < 7 else "funding", number)
            if number < 5:
                say(store, chat, 4, "funding", number)
            if number == 11:
                say(store, chat, 4, "human_resources", number)
        for number in range(7):
            say(store, person(store, 200 + number), 3, "funding", number, NOW - timedelta(days=7))


def say(store: Store, chat: int, question: int, category: str, number: int, now: datetime = NOW) -> None:
    """An answer about one barrier, each a little longer, coded by the model, the first ones by a person too."""
    text, codes = TEXTS[category]
    answer = write(store, chat, question, text + "!" * number, now=now)
    model_codes(store, answer, [category], codes, needs_review=number == 6)
    if number < 2:
        code(store, answer, "aigul", [category])


def told(home: Path, week: str | None = WEEK, language: str = "ru", **asked: str) -> str:
    """The digest in words."""
    return digest_text(report_of(settings(home), week, **asked), language)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_golden_digest(tmp_path: Path, language: str, golden: Callable[[str, str], None]) -> None:
    filled(tmp_path)
    golden(f"digest_{language}.txt", told(tmp_path, language=language) + "\n")


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_golden_digest_through_the_seven_conditions(
    tmp_path: Path, language: str, golden: Callable[[str, str], None]
) -> None:
    filled(tmp_path)
    golden(f"digest_conditions_{language}.txt", told(tmp_path, language=language, lens="conditions") + "\n")


def test_renewed_tallies_change_nothing(tmp_path: Path) -> None:
    filled(tmp_path)
    before = told(tmp_path)
    with opened(tmp_path) as store, store.atomic():
        assert tallies.refresh(store, 100) == 19
    assert told(tmp_path) == before


def test_few_people_are_told_without_figures(tmp_path: Path) -> None:
    with opened(tmp_path) as store, store.atomic():
        say(store, person(store), 3, "funding", 0)
    assert told(tmp_path).splitlines()[1] == "Респондентов слишком мало: по числам можно было бы кого-то узнать."
    assert "Финансирование" not in told(tmp_path)


def test_the_smallest_number_shown_is_a_setting(tmp_path: Path) -> None:
    filled(tmp_path)
    shy = Settings(_env_file=None, home=tmp_path, least_shown=20)
    assert "слишком мало" in digest_text(report_of(shy, WEEK), "ru")


def test_a_week_without_answers_is_one_line(tmp_path: Path) -> None:
    filled(tmp_path)
    assert told(tmp_path, "2020-W01").count("\n") == 0


@pytest.mark.parametrize("week", ["2026-W60", "2026-11", "nonsense", "2026-W00"])
def test_a_week_that_does_not_exist_is_said_in_one_line(tmp_path: Path, week: str) -> None:
    filled(tmp_path)
    with pytest.raises(SettingsError, match="--week"):
        told(tmp_path, week)


def test_a_scope_that_does_not_exist_is_said_with_what_is_allowed(tmp_path: Path) -> None:
    filled(tmp_path)
    with pytest.raises(SettingsError, match=r"--scope mars: allowed are all, .* talgar"):
        told(tmp_path, scope="mars")


def test_a_scope_without_data_is_one_line(tmp_path: Path) -> None:
    filled(tmp_path)
    assert told(tmp_path, scope="talgar").count("\n") == 0


def test_without_a_database_the_reason_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"kedergi\.db"):
        told(tmp_path / "none", None)

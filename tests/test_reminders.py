"""When the unfinished are reminded: once after 24 and once after 72 hours, by day, never on a holiday."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.jobs import is_holiday
from bot.interview.referrals import Quotas
from bot.interview.reminders import due_hours

ALMATY = ZoneInfo("Asia/Almaty")
TUESDAY_NOON = datetime(2026, 11, 24, 12, tzinfo=ALMATY)
NONE: frozenset[int] = frozenset()


def _workday(_: date) -> bool:
    return False


@pytest.mark.parametrize(
    ("silent", "sent", "due"),
    [
        (23.9, NONE, None),
        (24, NONE, 24),
        (24, frozenset({24}), None),
        (72, frozenset({24}), 72),
        (72, NONE, 72),
        (500, frozenset({24, 72}), None),
        (500, frozenset({72}), None),
    ],
)
def test_each_reminder_comes_once_and_the_earlier_never_after_the_later(
    silent: float, sent: frozenset[int], due: int | None
) -> None:
    assert due_hours(TUESDAY_NOON - timedelta(hours=silent), sent, TUESDAY_NOON, _workday) == due


@pytest.mark.parametrize(
    ("hour", "minute", "due"), [(8, 59, None), (9, 0, 24), (19, 59, 24), (20, 0, None), (3, 0, None)]
)
def test_only_between_nine_and_twenty_in_almaty(hour: int, minute: int, due: int | None) -> None:
    now = TUESDAY_NOON.replace(hour=hour, minute=minute)
    assert due_hours(now - timedelta(hours=30), NONE, now.astimezone(ZoneInfo("UTC")), _workday) == due


def test_not_on_a_holiday_but_the_day_after() -> None:
    new_year = datetime(2027, 1, 1, 12, tzinfo=ALMATY)
    silent_since = new_year - timedelta(hours=30)
    assert due_hours(silent_since, NONE, new_year, is_holiday) is None
    monday = datetime(2027, 1, 5, 12, tzinfo=ALMATY)
    assert due_hours(silent_since, NONE, monday, is_holiday) == 72


@pytest.mark.parametrize("day", [date(2026, 3, 22), date(2026, 5, 9), date(2026, 12, 16), date(2026, 10, 25)])
def test_holidays_of_kazakhstan_are_known(day: date) -> None:
    assert is_holiday(day)


def test_an_ordinary_day_is_none() -> None:
    assert not is_holiday(date(2026, 11, 24))


@given(st.integers(0, 17_520), st.integers(0, 400), st.sets(st.sampled_from([24, 72])))
def test_what_is_due_is_overdue_unsent_and_by_day(hours: int, silent: int, sent: set[int]) -> None:
    at = TUESDAY_NOON + timedelta(hours=hours)
    due = due_hours(at - timedelta(hours=silent), sent, at, _workday)
    if due is not None:
        assert due <= silent
        assert due not in sent
        assert 9 <= at.hour < 20


@pytest.mark.parametrize(
    ("role", "in_role", "in_school", "full"),
    [
        ("principal", 9, 0, False),
        ("principal", 10, 0, True),
        ("teacher", 1000, 0, False),
        ("teacher", 0, 3, True),
        (None, 0, 2, False),
        (None, 0, 3, True),
    ],
)
def test_quotas(role: str | None, in_role: int, in_school: int, full: bool) -> None:
    assert Quotas({"principal": 10}, school=3).full(role, in_role, in_school) is full


def test_without_limits_there_is_always_a_place() -> None:
    assert not Quotas({}).full("teacher", 10_000, 10_000)

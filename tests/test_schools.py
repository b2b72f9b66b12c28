"""Recognising a school that was typed: the ways in which teachers write one, and schools that only look alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.interview.events import School
from bot.interview.schools import match_schools

SCHOOLS = (
    School("s5", "№5 орта мектеп"),
    School("s12", "Абай атындағы №12 мектеп-гимназия"),
    School("s15", "Школа-лицей №15"),
    School("s51", "Средняя школа № 51 имени Ыбырая Алтынсарина"),
    School("bereke", "Береке орта мектебі"),
    School("auezov", "Мұхтар Әуезов атындағы орта мектеп"),
)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("5", "s5"),
        ("№ 5", "s5"),
        ("№5", "s5"),
        ("5 мектеп", "s5"),
        ("5-мектеп", "s5"),
        ("СШ 5", "s5"),
        ("школа номер 5", "s5"),
        ("КГУ «Средняя школа №5»", "s5"),
        ("12 гимназия", "s12"),
        ("абай атындагы 12 мектеп", "s12"),
        ("№12 мектеп-гимназия", "s12"),
        ("лицей 15", "s15"),
        ("школа 51", "s51"),
        ("№51 им. Алтынсарина", "s51"),
        ("Береке", "bereke"),
        ("береке мектебі", "bereke"),
        ("Бреке мектеби", "bereke"),
        ("Мухтар Ауэзов мектебі", "auezov"),
        ("школа им. Мухтара Ауэзова", "auezov"),
    ],
)
def test_a_school_is_recognised(typed: str, key: str) -> None:
    assert [school.key for school in match_schools(typed, SCHOOLS)] == [key]


@pytest.mark.parametrize("typed", ["", "мектеп", "№7", "115", "Нұр-Орда", "не помню", "🙂"])
def test_what_is_no_known_school_matches_none(typed: str) -> None:
    assert match_schools(typed, SCHOOLS) == ()


def test_at_most_three_are_offered_the_likest_first() -> None:
    alike = [School(str(n), f"Береке{'к' * n} мектебі") for n in range(5, 0, -1)] + [School("0", "Береке мектебі")]
    found = match_schools("Береке", alike)
    assert len(found) == 3
    assert found[0].key == "0"


@given(st.text(max_size=60))
def test_any_text_is_taken_and_no_school_is_offered_twice(text: str) -> None:
    found = match_schools(text, SCHOOLS)
    assert len(found) <= 3
    assert len({school.key for school in found}) == len(found)


@given(st.integers(1, 400), st.integers(1, 400))
def test_schools_with_different_numbers_are_never_alike(one: int, other: int) -> None:
    found = match_schools(f"№{one} мектеп", [School("x", f"№{other} орта мектеп")])
    assert bool(found) == (one == other)

"""Schools as scopes of a digest: which lie within a member's scope, and whether enough of their staff have answered."""

from __future__ import annotations

from bot.store.database import Store

_PEOPLE = (
    "SELECT school_key, schools.district, name, count(DISTINCT respondent_key) AS people FROM schools "
    "LEFT JOIN answers_current USING (school_key) GROUP BY school_key"
)


def people_in_school(store: Store, school: str, scope: str) -> int | None:
    """Respondents of a school with an answer; None where there is no such school within `scope`."""
    found = store.value(
        f"SELECT people FROM ({_PEOPLE}) WHERE school_key = ? AND (? = 'all' OR district = ?)", school, scope, scope
    )
    return None if found is None else int(found)


def schools_open(store: Store, scope: str, least: int) -> list[tuple[str, str]]:
    """(key, name) of the schools within `scope` with at least `least` respondents, by name."""
    found = store.rows(
        f"SELECT school_key, name FROM ({_PEOPLE}) WHERE people >= ? AND (? = 'all' OR district = ?) ORDER BY name",
        least,
        scope,
        scope,
    )
    return [(row["school_key"], row["name"]) for row in found]

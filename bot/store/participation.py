"""How a round goes: who has started in a week and how far they came, how invitations spread, how many have withdrawn.

Left out: which of these numbers may be shown; `bot.digest` decides it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.store.database import timestamp

# Invited people further away than this are counted together.
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Begun:
    """One interview that was begun. `stopped`: the question at which it stands, 0 before the first, None when it is
    finished; `depth`: how many invitations lie between it and a seed, at most DEEPEST."""

    district: str | None
    school: str | None
    stopped: int | None
    depth: int


@dataclass(frozen=True, slots=True)
class RoundSoFar:
    """A round in numbers of people: begun, finished, seeds, invited by somebody, the longest chain, finished without
    anybody who came by their invitation; interviews by role; respondents who have withdrawn, of all scopes."""

    begun: int
    finished: int
    seeds: int
    invited: int
    longest_chain: int
    dead_ends: int
    by_role: Mapping[str, int]
    withdrawn: int


def begun(reader: sqlite3.Connection, since: datetime, until: datetime) -> list[Begun]:
    """The interviews that were begun from `since` until just before `until`, pilot rounds left out."""
    rows = reader.execute(_BEGUN, (timestamp(since), timestamp(until)))
    return [Begun(row[0], row[1], row[2], min(row[3], DEEPEST)) for row in rows]


def round_at(reader: sqlite3.Connection, until: datetime) -> str | None:
    """The round of the newest interview that was begun before `until`; None before the first."""
    found = reader.execute(
        "SELECT round FROM interviews WHERE pilot = 0 AND consented_at < ? ORDER BY consented_at DESC LIMIT 1",
        (timestamp(until),),
    ).fetchone()
    return None if found is None else str(found[0])


def round_so_far(
    reader: sqlite3.Connection, round_: str, until: datetime, district: str | None, school: str | None
) -> RoundSoFar:
    """A round up to `until`, in all the country or in a district or a school."""
    values = {"round": round_, "until": timestamp(until), "district": district, "school": school}
    row = reader.execute(_ROUND, values).fetchone()
    by_role = Counter({one[0]: one[1] for one in reader.execute(_ROLES, values)})
    withdrawn = reader.execute(_WITHDRAWN, {"round": round_, "until": timestamp(until)}).fetchone()[0]
    return RoundSoFar(row[0], row[1] or 0, row[2] or 0, row[0] - (row[2] or 0), row[3] or 0, row[4] or 0, by_role,
                      int(withdrawn))  # fmt: skip


def scope_of(reader: sqlite3.Connection, scope: str) -> tuple[str | None, str | None]:
    """(district, school) that a scope names; a school stands in its district. Anything else is taken for a district."""
    if scope == "all":
        return None, None
    school = reader.execute("SELECT district FROM schools WHERE school_key = ?", (scope,)).fetchone()
    return (scope, None) if school is None else (school[0], scope)


def school_names(reader: sqlite3.Connection) -> dict[str, str]:
    """The schools that may be a scope, by key."""
    return {row[0]: row[1] for row in reader.execute("SELECT school_key, name FROM schools")}


_BEGUN = """
SELECT district, school_key,
    CASE WHEN finished_at IS NULL THEN min(7, coalesce((
        SELECT max(question) + 1 FROM answers
        WHERE interview_id = interviews.interview_id AND (status <> 'open' OR current_version > 0)
    ), (SELECT min(question) FROM answers WHERE interview_id = interviews.interview_id), 0)) END,
    depth
FROM interviews JOIN respondents USING (respondent_id)
WHERE pilot = 0 AND consented_at >= ? AND consented_at < ?
"""
_OF_ROUND = """
pilot = 0 AND round = :round AND consented_at < :until AND (:district IS NULL OR district = :district)
AND (:school IS NULL OR school_key = :school)
"""
_ROUND = f"""
SELECT count(*), sum(finished_at < :until), sum(depth = 0), max(depth),
    sum(finished_at < :until AND respondent_key NOT IN (
        SELECT referrer_key FROM respondents WHERE referrer_key IS NOT NULL))
FROM interviews JOIN respondents USING (respondent_id) WHERE {_OF_ROUND}
"""
_ROLES = f"SELECT coalesce(role, '-'), count(*) FROM interviews WHERE {_OF_ROUND} GROUP BY 1"
_WITHDRAWN = """
SELECT count(*) FROM suppressed WHERE erased_at < :until
AND erased_at >= (SELECT min(consented_at) FROM interviews WHERE round = :round)
"""

"""What the weekly digest counts: the answers that were first finished in a week, by what counts now about them.

Read through a read-only connection, from the public views and `standing`. An answer belongs to the ISO week, in Almaty
time, of its first finish; edits do not move it. Left out: counting respondents and choosing a quote; `bot.digest` does.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from bot.errors import SettingsError
from bot.store.database import timestamp

# Kazakhstan has one time and no summer time since March 2024; a fixed offset gives past weeks the same borders.
ALMATY = timezone(timedelta(hours=5), "Asia/Almaty")

# What a digest would rather quote: what people have confirmed, then what the model is sure of.
_PILES = ("settled", "confident", "review")


@dataclass(frozen=True, slots=True)
class Fact:
    """One category of one answer as it counts now, or, with `category` None, an answer that carries none.

    `source` is None where nobody has coded the answer yet. `codes`: the descriptive codes behind the category.
    """

    answer_id: int
    respondent: str
    role: str | None
    locality: str | None
    lang: str | None
    category: str | None
    source: str | None
    pile: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A text that its author allows to be quoted: a meaning unit where the model found one, else the whole answer.

    `scores`: the model's probability of every category for the whole answer; empty where there is none.
    """

    answer_id: int
    category: str
    text: str
    lang: str | None
    scores: Mapping[str, float]


def week_bounds(week: str) -> tuple[datetime, datetime]:
    """First moment of an ISO week in Almaty, and of the week after. Raises SettingsError for anything else."""
    found = re.fullmatch(r"(\d{4})-W(\d{2})", week)
    try:
        if found is None:
            raise ValueError
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return _midnight(monday), _midnight(monday + timedelta(days=7))
    except (ValueError, OverflowError):
        raise SettingsError(f"--week {week}: allowed is an ISO week such as 2026-W47") from None


def last_complete_week(now: datetime) -> str:
    """The ISO week in Almaty before the one that `now` is in."""
    year, week, _ = (now.astimezone(ALMATY) - timedelta(days=7)).isocalendar()
    return f"{year}-W{week:02}"


def facts(reader: sqlite3.Connection, since: datetime, until: datetime) -> list[Fact]:
    """What counts of the answers that were first finished from `since` until just before `until`."""
    rows = reader.execute(_FACTS, (timestamp(since), timestamp(until)))
    return [
        Fact(
            row["answer_id"],
            row["respondent_key"],
            row["role"],
            row["locality"],
            row["lang"],
            row["category"],
            row["source"],
            row["pile"],
            tuple(row["codes"].split(",")) if row["codes"] else (),
        )
        for row in rows
    ]


def quotes(reader: sqlite3.Connection, since: datetime, until: datetime, least: int) -> list[Quote]:
    """Quotable texts of the same answers, best coded first: consented, not urgent, from people of whom at least `least`
    share role, district and locality in the round."""
    rows = reader.execute(_QUOTES, (timestamp(since), timestamp(until), least))
    return [
        Quote(row["answer_id"], row["category"], row["text"], row["lang"], json.loads(row["scores"] or "{}"))
        for row in sorted(rows, key=_quotable)
    ]


def respondents_by_category(reader: sqlite3.Connection, coder_kind: str) -> dict[str, int]:
    """Distinct respondents per category, over all rounds, as coders of one kind have coded whole answers."""
    found = reader.execute(
        "SELECT category, count(DISTINCT respondent_key) FROM answers_current JOIN whole_codings USING (answer_id) "
        "JOIN coding_codes USING (coding_id) WHERE coder_kind = ? GROUP BY category ORDER BY category",
        (coder_kind,),
    )
    return {row[0]: row[1] for row in found}


def _quotable(row: sqlite3.Row) -> tuple[int, str, int, int]:
    return _PILES.index(row["pile"]), row["submitted_at"], row["answer_id"], row["start"]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ALMATY)


# Materialised, because SQLite would otherwise work the views out anew for every row that is joined to them.
_PERIOD = """
WITH of_period AS MATERIALIZED (
    SELECT answers_current.*
    FROM answers_current
    JOIN answers USING (answer_id)
    WHERE answers.first_finished_at >= ? AND answers.first_finished_at < ?
),
counted AS MATERIALIZED (SELECT * FROM answer_categories_current WHERE answer_id IN (SELECT answer_id FROM of_period)),
speaking AS MATERIALIZED (SELECT * FROM standing WHERE answer_id IN (SELECT answer_id FROM of_period)),
coding AS MATERIALIZED (SELECT * FROM whole_codings WHERE answer_id IN (SELECT answer_id FROM of_period))
"""
# The codes behind what counts: of the one coding that speaks, or of all people where people agree; where those name a
# category and no code (a respondent's check never names one), the model's codes within that category.
_FACTS = f"""{_PERIOD},
named AS MATERIALIZED (
    SELECT DISTINCT coding.answer_id, code.category, code.descriptive_code,
        coding.coder_kind = speaking.source AND (speaking.source = 'human' OR coding.coding_id = speaking.coding_id)
            AS speaks
    FROM coding
    JOIN speaking ON speaking.answer_id = coding.answer_id
    JOIN coding_codes AS code ON code.coding_id = coding.coding_id
    WHERE code.descriptive_code IS NOT NULL AND (coding.coder_kind = 'model' OR coding.coder_kind = speaking.source)
)
SELECT of_period.answer_id, respondent_key, role, locality, of_period.lang, counted.category, counted.source,
    counted.pile,
    coalesce(
        (SELECT group_concat(descriptive_code, ',') FROM (
            SELECT DISTINCT descriptive_code FROM named
            WHERE named.answer_id = of_period.answer_id AND named.category = counted.category AND speaks
            ORDER BY descriptive_code)),
        (SELECT group_concat(descriptive_code, ',') FROM (
            SELECT DISTINCT descriptive_code FROM named
            WHERE named.answer_id = of_period.answer_id AND named.category = counted.category
            ORDER BY descriptive_code))
    ) AS codes
FROM of_period JOIN counted ON counted.answer_id = of_period.answer_id
"""
_QUOTES = f"""{_PERIOD},
part AS MATERIALIZED (
    SELECT coded_units.* FROM coded_units JOIN of_period USING (answer_id)
    WHERE of_period.consent_quote AND is_current AND coder_kind = 'model' AND "end" - start < length(of_period.text)
)
SELECT DISTINCT of_period.answer_id, counted.category, pile, submitted_at, coalesce(part.start, 0) AS start,
    coalesce(part.unit_text, of_period.text) AS text, of_period.lang, scored.scores
FROM of_period
JOIN counted ON counted.answer_id = of_period.answer_id
LEFT JOIN part ON part.answer_id = of_period.answer_id AND part.category = counted.category
LEFT JOIN coding AS scored ON scored.answer_id = of_period.answer_id AND scored.coder_kind = 'model'
WHERE of_period.consent_quote AND pile <> 'urgent' AND counted.category IS NOT NULL AND (
    SELECT count(DISTINCT respondent_key) FROM answers_current AS peer
    WHERE peer.round = of_period.round AND peer.role IS of_period.role AND peer.district IS of_period.district
        AND peer.locality IS of_period.locality
) >= ?
"""

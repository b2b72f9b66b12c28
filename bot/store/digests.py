"""What the weekly digest counts: the answers that were first finished in a week, by what counts now about them.

Read through a read-only connection, from the public views and `standing`. An answer belongs to the ISO week, in Almaty
time, of its first finish; edits do not move it. Left out: the order of categories and their names (the codebook has
them) and the choice of one quote (`bot.digest` makes it).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from bot.errors import SettingsError
from bot.store.database import timestamp

# Kazakhstan has one time and no summer time since March 2024; a fixed offset gives past weeks the same borders.
ALMATY = timezone(timedelta(hours=5), "Asia/Almaty")

# What a digest would rather quote: what people have confirmed, then what the model is sure of.
_PILES = ("settled", "confident", "review")


@dataclass(frozen=True, slots=True)
class CodeCount:
    """How many distinct respondents, in how many answers, named a descriptive code (None: no listed code fitted)."""

    code: str | None
    respondents: int
    answers: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A text that its author allows to be quoted: a meaning unit where the model found one, else the whole answer."""

    answer_id: int
    text: str
    lang: str | None
    role: str | None
    locality: str | None
    question: int


@dataclass(frozen=True, slots=True)
class CategoryCount:
    """One category: its counts, how many of the answers still wait for a person (`to_check`), codes and quotes."""

    category: str
    respondents: int
    answers: int
    to_check: int
    codes: tuple[CodeCount, ...]
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class WeekTable:
    """The answers of one week. `no_barrier`: coded, none found; `uncoded`: not coded yet, so in no category."""

    week: str
    respondents: int
    answers: int
    no_barrier: int
    uncoded: int
    categories: tuple[CategoryCount, ...]


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


def week_table(reader: sqlite3.Connection, week: str) -> WeekTable:
    """Counts, codes and possible quotes of a week, most respondents first. Raises SettingsError for a wrong week."""
    bounds = tuple(timestamp(moment) for moment in week_bounds(week))
    rows = reader.execute(_COUNTED, bounds).fetchall()
    codes = reader.execute(_CODES, bounds).fetchall()
    quotes = reader.execute(_QUOTES, bounds).fetchall()
    names = sorted({row["category"] for row in rows} - {None})
    counts = [_category(name, rows, codes, quotes) for name in names]
    return WeekTable(
        week,
        _distinct(rows, "respondent_key"),
        _distinct(rows, "answer_id"),
        _distinct((row for row in rows if row["category"] is None and row["source"]), "answer_id"),
        _distinct((row for row in rows if row["source"] is None), "answer_id"),
        tuple(sorted(counts, key=lambda count: -count.respondents)),
    )


def respondents_by_category(reader: sqlite3.Connection, coder_kind: str) -> dict[str, int]:
    """Distinct respondents per category, over all rounds, as coders of one kind have coded whole answers."""
    found = reader.execute(
        "SELECT category, count(DISTINCT respondent_key) FROM answers_current JOIN whole_codings USING (answer_id) "
        "JOIN coding_codes USING (coding_id) WHERE coder_kind = ? GROUP BY category ORDER BY category",
        (coder_kind,),
    )
    return {row[0]: row[1] for row in found}


def _category(
    name: str, rows: Sequence[sqlite3.Row], codes: Sequence[sqlite3.Row], quotes: Sequence[sqlite3.Row]
) -> CategoryCount:
    own = [row for row in rows if row["category"] == name]
    return CategoryCount(
        name,
        _distinct(own, "respondent_key"),
        _distinct(own, "answer_id"),
        _distinct((row for row in own if row["pile"] == "review"), "answer_id"),
        _code_counts([row for row in codes if row["category"] == name]),
        tuple(_quote(row) for row in sorted(quotes, key=_quotable) if row["category"] == name),
    )


def _code_counts(rows: Sequence[sqlite3.Row]) -> tuple[CodeCount, ...]:
    """Counts per code, most respondents first, the answers without a listed code last."""
    counts = []
    for code in {row["descriptive_code"] for row in rows}:
        own = [row for row in rows if row["descriptive_code"] == code]
        counts.append(CodeCount(code, _distinct(own, "respondent_key"), _distinct(own, "answer_id")))
    return tuple(sorted(counts, key=lambda count: (count.code is None, -count.respondents, count.code or "")))


def _quotable(row: sqlite3.Row) -> tuple[int, str, int, int]:
    return _PILES.index(row["pile"]), row["submitted_at"], row["answer_id"], row["start"]


def _quote(row: sqlite3.Row) -> Quote:
    return Quote(row["answer_id"], row["text"], row["lang"], row["role"], row["locality"], row["question"])


def _distinct(rows: Iterable[sqlite3.Row], column: str) -> int:
    return len({row[column] for row in rows})


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ALMATY)


# Materialised, because SQLite would otherwise work the views out anew for every row that is joined to them.
_WEEK = """
WITH of_week AS MATERIALIZED (
    SELECT answers_current.*
    FROM answers_current
    JOIN answers USING (answer_id)
    WHERE answers.first_finished_at >= ? AND answers.first_finished_at < ?
),
counted AS MATERIALIZED (SELECT * FROM answer_categories_current WHERE answer_id IN (SELECT answer_id FROM of_week))
"""
_COUNTED = f"""{_WEEK}
SELECT answer_id, respondent_key, category, source, pile FROM of_week JOIN counted USING (answer_id)
"""
# The codes behind what counts: of the one coding that speaks, or of all people where people agree.
_CODES = f"""{_WEEK},
speaking AS MATERIALIZED (SELECT * FROM standing WHERE answer_id IN (SELECT answer_id FROM of_week)),
coding AS MATERIALIZED (SELECT * FROM whole_codings WHERE answer_id IN (SELECT answer_id FROM of_week))
SELECT DISTINCT of_week.answer_id, of_week.respondent_key, code.category, code.descriptive_code
FROM of_week
JOIN speaking ON speaking.answer_id = of_week.answer_id
JOIN coding ON coding.answer_id = of_week.answer_id AND coding.coder_kind = speaking.source
    AND (speaking.source = 'human' OR coding.coding_id = speaking.coding_id)
JOIN coding_codes AS code ON code.coding_id = coding.coding_id
JOIN counted ON counted.answer_id = of_week.answer_id AND counted.category = code.category
"""
_QUOTES = f"""{_WEEK},
part AS MATERIALIZED (
    SELECT coded_units.* FROM coded_units JOIN of_week USING (answer_id)
    WHERE consent_quote AND is_current AND coder_kind = 'model' AND "end" - start < length(of_week.text)
)
SELECT DISTINCT of_week.answer_id, counted.category, pile, submitted_at, coalesce(part.start, 0) AS start,
    coalesce(part.unit_text, of_week.text) AS text, of_week.lang, of_week.role, locality, of_week.question
FROM of_week
JOIN counted ON counted.answer_id = of_week.answer_id
LEFT JOIN part ON part.answer_id = of_week.answer_id AND part.category = counted.category
WHERE consent_quote AND pile <> 'urgent' AND counted.category IS NOT NULL
"""

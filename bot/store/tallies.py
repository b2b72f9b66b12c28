"""Tallies: for every interview and week, what counts now about the answers that were first finished then.

A digest over a million answers cannot look at a million codings. What counts is therefore worked out once for each
interview and kept; triggers name in `tallies_stale` the interviews about which something has changed since. Readers use
what is kept and work out what is stale themselves, so a digest is right whether or not `refresh` has run; `refresh`
only keeps it fast. Erasing an interview erases its tallies. No text of an answer is in them.

An answer belongs to the ISO week, in Almaty time, of its first finish; edits do not move it. Left out: counting;
`bot.digest.counting` does.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.store.database import Store, moment
from bot.store.weeks import week_of

# Interviews that are worked out together; what is kept at once in memory.
_BATCH = 500
_COLUMNS = (
    "interview_id", "week", "respondent_id", "round", "role", "district", "school_key", "locality", "said", "answers",
    "named", "lang", "review", "urgent", "compared", "agreed",
)  # fmt: skip
_VOICE = "interview_id, respondent_id, round, role, district, school_key, locality, said, answers, named, lang"
_FRESH = "interview_id NOT IN (SELECT interview_id FROM tallies_stale)"


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as it counts now. `categories`: each with the descriptive codes behind it; `source`: None where nobody
    has coded it yet."""

    lang: str | None
    source: str | None
    pile: str
    categories: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Voice:
    """One interview's answers of one week, and where the respondent works as they have stated it. The last four are as
    `tallies` keeps them: each answer (JSON), their keys, the categories and codes in them, and their language, the one
    used more often (Kazakh at a tie, "-" where there are no words)."""

    interview: int
    respondent: int
    round: str
    role: str | None
    district: str | None
    school: str | None
    locality: str | None
    answers: str
    keys: str
    named: str
    lang: str

    def said(self) -> list[Said]:
        """Each answer."""
        return [
            Said(lang, source, pile, {name: tuple(codes) for name, codes in categories.items()})
            for lang, source, pile, categories in json.loads(self.answers)
        ]

    def answer_ids(self) -> list[int]:
        """The key of each answer, in the same order."""
        return [int(key) for key in self.keys.split()]


@dataclass(frozen=True, slots=True)
class Piles:
    """Numbers of answers over all weeks: in the piles review and urgent; settled by people and coded by a model too;
    those of them where both name the same."""

    review: int
    urgent: int
    compared: int
    agreed: int


class Tallies:
    """All tallies as they are now, read through a read-only connection. What is stale is worked out once."""

    def __init__(self, reader: sqlite3.Connection) -> None:
        self._reader = reader
        ids = [row[0] for row in reader.execute("SELECT interview_id FROM tallies_stale")]
        self._stale = [row for batch in _batches(ids) for row in _tallied(reader, batch)]

    def week(self, week: str) -> list[Voice]:
        """Who has answered in a week, over all rounds, and what."""
        return self._voices("week = ?", week, lambda row: row[1] == week)

    def round(self, round_: str) -> list[Voice]:
        """Everybody who has answered in a round, and what; once for each of their weeks."""
        return self._voices("round = ?", round_, lambda row: row[3] == round_)

    def _voices(self, where: str, value: str, belongs: Callable[[tuple[Any, ...]], bool]) -> list[Voice]:
        kept = self._reader.execute(f"SELECT {_VOICE} FROM tallies WHERE {where} AND {_FRESH}", (value,))
        fresh = ((row[0], *row[2:12]) for row in self._stale if belongs(row))
        return [Voice(*row) for rows in (kept, fresh) for row in rows]

    def piles(self, district: str | None, school: str | None) -> Piles:
        """What waits and how far model and people agree, in all the country or in a district or a school."""
        kept = self._reader.execute(
            "SELECT sum(review), sum(urgent), sum(compared), sum(agreed) FROM tallies "
            "WHERE review + urgent + compared > 0 AND (? IS NULL OR district = ?) AND (? IS NULL OR school_key = ?) "
            f"AND {_FRESH}",
            (district, district, school, school),
        ).fetchone()
        fresh = [row for row in self._stale if district in (None, row[5]) and school in (None, row[6])]
        return Piles(*((kept[at] or 0) + sum(row[12 + at] for row in fresh) for at in range(4)))

    def named(self, round_: str, until: str, district: str | None, school: str | None) -> Iterator[Collection[str]]:
        """For each interview of a round with an answer up to the end of a week: the categories and codes named so far,
        in all the country or in a district or a school."""
        kept = self._reader.execute(
            "SELECT group_concat(named, ' '), count(*) FROM tallies WHERE round = ? AND week <= ? "
            "AND (? IS NULL OR district = ?) AND (? IS NULL OR school_key = ?) "
            f"AND {_FRESH} GROUP BY interview_id",
            (round_, until, district, district, school, school),
        )
        for text, weeks in kept:
            yield text.split() if weeks == 1 else set(text.split())
        fresh: defaultdict[int, set[str]] = defaultdict(set)
        for row in self._stale:
            if row[3] == round_ and row[1] <= until and district in (None, row[5]) and school in (None, row[6]):
                fresh[row[0]].update(row[10].split())
        yield from fresh.values()


def refresh(store: Store, limit: int) -> int:
    """Renew the tallies of up to `limit` interviews about which something has changed; how many."""
    ids = [row["interview_id"] for row in store.rows("SELECT interview_id FROM tallies_stale LIMIT ?", limit)]
    for batch in _batches(ids):
        rows = _tallied(store.db.conn, batch)
        names = json.dumps(batch)
        for table in ("tallies", "tallies_stale"):
            store.run(f"DELETE FROM {table} WHERE interview_id IN (SELECT value FROM json_each(?))", names)
        store.run_many(f"INSERT INTO tallies ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})", rows)
    return len(ids)


def _tallied(connection: sqlite3.Connection, interviews: Sequence[int]) -> list[tuple[Any, ...]]:
    """The rows of these interviews as they should be, columns as in `_COLUMNS`."""
    wanted = (json.dumps(interviews),)
    codings = _Codings(connection, wanted)
    weeks: defaultdict[tuple[Any, ...], list[tuple[int, Said]]] = defaultdict(list)
    for row in connection.execute(_ANSWERS, wanted):
        answer, first_finished, lang, source, pile, coding, *about = row
        said = Said(lang, source, pile, codings.categories(answer, source, coding))
        weeks[(about[0], week_of(moment(first_finished)), *about[1:])].append((answer, said))
    return [(*key, *kept(own), *_counted(own, codings)) for key, own in weeks.items()]


class _Codings:
    """What counts about the answers of some interviews, and the codings behind it."""

    def __init__(self, connection: sqlite3.Connection, wanted: tuple[str]) -> None:
        self._counted: defaultdict[int, set[str]] = defaultdict(set)
        for answer, category in connection.execute(_CATEGORIES, wanted):
            if category is not None:
                self._counted[answer].add(category)
        self._by_model: dict[int, set[str]] = {}
        self._codes: defaultdict[int, list[tuple[int, str, str, str]]] = defaultdict(list)
        for answer, coding, kind, category, code in connection.execute(_CODES, wanted):
            if kind == "model":
                named = self._by_model.setdefault(answer, set())
                if category is not None:
                    named.add(category)
            if code is not None:
                self._codes[answer].append((coding, kind, category, code))

    def categories(self, answer: int, source: str | None, speaking: int | None) -> dict[str, tuple[str, ...]]:
        """Each category that counts with its codes: those of the one coding that speaks, or of all people where people
        agree; where these name a category and no code (a respondent's check never names one), the model's."""
        found = {}
        for category in sorted(self._counted[answer]):
            own = [one for one in self._codes[answer] if one[2] == category]
            spoken = {code for coding, kind, _, code in own
                      if kind == source and (source == "human" or coding == speaking)}  # fmt: skip
            found[category] = tuple(sorted(spoken or {code for _, kind, _, code in own if kind == "model"}))
        return found

    def agreement(self, answer: int) -> bool | None:
        """Whether the model names what counts; None where no model has coded the answer."""
        return self._by_model[answer] == self._counted[answer] if answer in self._by_model else None


def kept(answers: Sequence[tuple[int, Said]]) -> tuple[str, str, str, str]:
    """The columns said, answers, named and lang of some answers, each with its key."""
    said = [[one.lang, one.source, one.pile, one.categories] for _, one in answers]
    named = {name for _, one in answers for category in one.categories.items() for name in (category[0], *category[1])}
    spoken = Counter(one.lang or "-" for _, one in answers)
    language = min(spoken, key=lambda lang: (-spoken[lang], lang))
    return json.dumps(said), " ".join(str(key) for key, _ in answers), " ".join(sorted(named)), language


def _counted(answers: Sequence[tuple[int, Said]], codings: _Codings) -> tuple[int, int, int, int]:
    """The columns review, urgent, compared and agreed."""
    settled = [answer for answer, said in answers if said.source in ("adjudicated", "human") and said.pile != "review"]
    agreement = [codings.agreement(answer) for answer in settled]
    piles = [said.pile for _, said in answers]
    return piles.count("review"), piles.count("urgent"), len(agreement) - agreement.count(None), agreement.count(True)


def _batches(ids: Sequence[int]) -> Iterator[list[int]]:
    return (list(ids[at : at + _BATCH]) for at in range(0, len(ids), _BATCH))


_WANTED = "IN (SELECT answer_id FROM answers WHERE interview_id IN (SELECT value FROM json_each(?)))"
_ANSWERS = f"""
SELECT answers.answer_id, first_finished_at, answer.lang, source, pile, coding_id,
    interview.interview_id, respondent_id, interview.round, interview.role, interview.district, interview.school_key,
    interview.locality
FROM answers
JOIN answers_current AS answer ON answer.answer_id = answers.answer_id
JOIN interviews AS interview ON interview.interview_id = answers.interview_id
JOIN standing ON standing.answer_id = answers.answer_id
WHERE answers.answer_id {_WANTED} AND first_finished_at IS NOT NULL
"""
_CATEGORIES = f"SELECT answer_id, category FROM answer_categories_current WHERE answer_id {_WANTED}"
_CODES = f"""
SELECT answer_id, coding.coding_id, coder_kind, category, descriptive_code
FROM whole_codings AS coding
LEFT JOIN coding_codes AS code ON code.coding_id = coding.coding_id
WHERE answer_id {_WANTED}
"""

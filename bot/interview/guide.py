"""The interview guide: every text a respondent is asked, in both languages, and the numbers that steer the probes.

Read from `data/guide.toml` and checked whole at start, so that no respondent meets a missing text. Button labels that
mean the same at every step (yes, skip, that is all) and short notices are not here but in the gettext catalogs: the
guide holds what a researcher words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.interview.fields import Option, Table, Text, read_table
from bot.interview.places import Places, load_places
from bot.interview.state import PERMISSIONS

QUESTION_IDS = ("understanding", "role", "conditions", "barriers", "factors", "support", "changes")
ROLES = ("principal", "coordinator", "teacher", "specialist")
LOCALITIES = ("village", "town", "city")
PROMPTS = (
    "language", "permissions", "role", "job_title", "region", "district", "school", "school_confirm", "locality",
    "clear", "doubt", "forget", "check", "check_one",
)  # fmt: skip
GAPS = ("study", "approval", "contact", "minutes")
KEYS = (
    "version", "minutes", "information", "consent", "screening", "permissions", "roles", "localities", "prompts",
    "questions", "closing",
)  # fmt: skip

# Characters. One Telegram message holds 4096; the information is shown with the consent question and filled gaps.
LONGEST_INFORMATION = 2800
LONGEST_TEXT = 600
LONGEST_TITLE = 60


@dataclass(frozen=True, slots=True)
class Question:
    """One open question. An answer of fewer than `probe_below` words gets `probe`, once; `minutes` is a rough time."""

    number: int
    id: str
    title: Text
    text: Text
    probe: Text
    probe_below: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Guide:
    """The whole guide. `sha256` is of the file's bytes, `minutes` the rough time of a whole interview."""

    version: str
    sha256: str
    minutes: int
    information: Text
    consent_version: str
    consent: Text
    screening: Text
    permissions: tuple[Option, ...]
    roles: tuple[Option, ...]
    localities: tuple[Option, ...]
    prompts: Mapping[str, Text]
    questions: tuple[Question, ...]
    closing: Text
    places: Places

    def question(self, number: int) -> Question:
        """The question `number`, 1 to 7."""
        return self.questions[number - 1]

    def information_text(self, language: str, *, study: str, approval: str, contact: str) -> str:
        """The information with its gaps filled; a line whose gap is empty is left out."""
        values = {"study": study, "approval": approval, "contact": contact, "minutes": str(self.minutes)}
        lines = (_fill(line, values) for line in self.information[language].split("\n"))
        filled = "\n".join(line for line in lines if line is not None)
        while "\n\n\n" in filled:
            filled = filled.replace("\n\n\n", "\n\n")
        return filled


def _fill(line: str, values: Mapping[str, str]) -> str | None:
    gaps = [gap for gap in GAPS if "{" + gap + "}" in line]
    if not all(values[gap].strip() for gap in gaps):
        return None
    return line.format_map(values) if gaps else line


def load_guide(guide_path: Path, places_path: Path) -> Guide:
    """The guide and its places. Raises GuideError, one line naming file, key and what is allowed."""
    table, content = read_table(guide_path)
    table.only(KEYS)
    consent = table.table("consent")
    return Guide(
        version=table.string("version", 40),
        sha256=hashlib.sha256(content).hexdigest(),
        minutes=table.number("minutes", 1, 240),
        information=table.table("information").text(LONGEST_INFORMATION, GAPS),
        consent_version=consent.string("version", 40),
        consent=consent.text(LONGEST_TEXT, beside=("version",)),
        screening=table.table("screening").text(LONGEST_TEXT),
        permissions=table.options("permissions", PERMISSIONS),
        roles=table.options("roles", ROLES),
        localities=table.options("localities", LOCALITIES),
        prompts=_prompts(table.table("prompts")),
        questions=_questions(table),
        closing=table.table("closing").text(LONGEST_TEXT),
        places=load_places(places_path),
    )


def _prompts(table: Table) -> Mapping[str, Text]:
    table.only(PROMPTS)
    return {name: table.table(name).text(LONGEST_TEXT) for name in PROMPTS}


def _questions(table: Table) -> tuple[Question, ...]:
    tables = table.tables("questions")
    if len(tables) != len(QUESTION_IDS):
        raise table.fail("questions", f"must be exactly {len(QUESTION_IDS)} questions, not {len(tables)}")
    return tuple(_question(found, number) for number, found in enumerate(tables, 1))


def _question(table: Table, number: int) -> Question:
    table.only(("number", "id", "minutes", "probe_below", "title", "text", "probe"))
    expected = QUESTION_IDS[number - 1]
    if table.number("number", 1, len(QUESTION_IDS)) != number:
        raise table.fail("number", f"must be {number}: questions stand in order, 1 to {len(QUESTION_IDS)}")
    if table.id() != expected:
        raise table.fail("id", f"must be {expected}: the ids of the questions are fixed")
    return Question(
        number=number,
        id=expected,
        title=table.table("title").text(LONGEST_TITLE),
        text=table.table("text").text(LONGEST_TEXT),
        probe=table.table("probe").text(LONGEST_TEXT),
        probe_below=table.number("probe_below", 0, 100) if "probe_below" in table.values else 6,
        minutes=table.number("minutes", 1, 60),
    )

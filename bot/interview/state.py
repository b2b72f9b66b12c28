"""Where one conversation stands: plain data that survives a restart as JSON.

Steps, in order: language, consent, screening, permissions, role, job_title, region, district, school, school_confirm,
locality, q1 to q7 (in a pilot round each followed by clear1 to clear7), done. Beside that line: forget (are you
sure?), doubt (which question did you mean?), check and check1 to check7 (the member check). Ends: declined,
screened_out, quota_full, withdrawn, done.

The state holds no answer text: what was written is in the store, here are only message ids and word counts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Literal

QUESTIONS = range(1, 8)
PERMISSIONS = ("quote", "training", "contact")
ENDS = frozenset({"declined", "screened_out", "quota_full", "withdrawn"})

Status = Literal["open", "finished", "skipped"]


@dataclass(frozen=True, slots=True)
class Part:
    """One message of an answer: its id in the chat, and how much it says."""

    message_id: int
    words: int
    refusal: bool


@dataclass(frozen=True, slots=True)
class AnswerState:
    """How far the answer to one question has come."""

    question: int
    parts: tuple[Part, ...] = ()
    status: Status = "open"
    probed: bool = False

    @property
    def words(self) -> int:
        """Number of words in all messages."""
        return sum(part.words for part in self.parts)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message that belongs to one of two steps; the respondent is being asked which."""

    message_id: int
    words: int
    refusal: bool
    earlier: str
    later: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known school that looks like what was typed."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class State:
    """One conversation. `step` is the prompt that is open now; `resume` the step to go back to from a side step.

    `probed_by` is the message whose button led to the last probe: a double tap on it must not skip that probe.
    """

    step: str = "start"
    language: str = "kk"
    pilot: bool = False
    paused: bool = False
    opened: bool = False
    finished: bool = False
    resume: str | None = None
    permissions: tuple[str, ...] = ()
    role: str | None = None
    region: str | None = None
    district: str | None = None
    school_text: str | None = None
    school_key: str | None = None
    candidates: tuple[Candidate, ...] = ()
    answers: tuple[AnswerState, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    probed_by: int | None = None
    check: tuple[tuple[int, tuple[str, ...]], ...] = ()
    categories: tuple[str, ...] = ()
    checked: bool = False

    @property
    def line(self) -> str:
        """The step on the line of the interview: the open one, or the one that a side step will come back to."""
        return self.resume or self.step

    @property
    def question(self) -> int | None:
        """Number of the question that the interview stands at, or None outside the questions."""
        return question_of_step(self.line)

    def answer(self, question: int) -> AnswerState:
        """The answer to `question`, empty if nothing has been written yet."""
        return next((a for a in self.answers if a.question == question), AnswerState(question))

    def with_answer(self, answer: AnswerState) -> State:
        """This state with `answer` in its place, answers in question order."""
        others = [a for a in self.answers if a.question != answer.question]
        ordered = sorted([*others, answer], key=lambda a: a.question)
        return replace(self, answers=tuple(ordered))


def question_of_step(step: str) -> int | None:
    """3 for "q3"; None for a step that is no question."""
    return int(step[1:]) if step[:1] == "q" and step[1:].isdigit() else None


def to_json(state: State) -> str:
    """The state as one line of JSON."""
    # Not dataclasses.asdict: it copies every value, and an answer may have a thousand parts.
    return json.dumps(state, default=_fields, ensure_ascii=False)


def from_json(text: str) -> State:
    """The state that `to_json` wrote. Raises KeyError or TypeError on anything else."""
    raw: dict[str, Any] = json.loads(text)
    raw["permissions"] = tuple(raw["permissions"])
    raw["candidates"] = tuple(Candidate(**c) for c in raw["candidates"])
    raw["answers"] = tuple(_answer(a) for a in raw["answers"])
    raw["doubts"] = tuple(Doubt(**d) for d in raw["doubts"])
    raw["categories"] = tuple(raw["categories"])
    raw["check"] = tuple((question, tuple(ids)) for question, ids in raw["check"])
    return State(**raw)


def _answer(raw: dict[str, Any]) -> AnswerState:
    return AnswerState(**{**raw, "parts": tuple(Part(**p) for p in raw["parts"])})


def _fields(part: Any) -> dict[str, Any]:
    return {name: getattr(part, name) for name in part.__slots__}

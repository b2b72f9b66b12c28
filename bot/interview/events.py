"""What has happened in a conversation. Past tense; every event carries its own time.

The engine never asks the clock or the database: whatever it has to know comes in an event. Some events answer a
request that the engine made as an action (`FindSchool` -> `SchoolsFound`, `CheckQuota` -> `QuotaChecked`); the host
feeds them back within the same transaction.

A step is named as in `bot.interview.state`: "language", "consent", ..., "q1" to "q7".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events; `at` is an aware time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Started(Event):
    """/start, with or without a link. `language_hint` is the language of the person's app, if it tells one."""

    language_hint: str | None = None
    pilot: bool = False


@dataclass(frozen=True, slots=True)
class Pressed(Event):
    """A button, the command of a button, or its typed number or label.

    `step` is the step whose message the button hangs on, not necessarily the current one. `message_id` is that message,
    None for a command or a typed button.
    """

    step: str
    option: str
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Answered(Event):
    """A text that belongs, by the binding rule, to the question `question` (1 to 7)."""

    question: int
    message_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Typed(Event):
    """A text that belongs to a step other than a question (job title, school), or to a step with buttons only."""

    step: str
    text: str


@dataclass(frozen=True, slots=True)
class Edited(Event):
    """A message that is part of the answer to `question` now reads `text`."""

    question: int
    message_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Unplaced(Event):
    """A text that came while a question was being sent: it belongs to step `earlier` or to step `later`."""

    message_id: int
    text: str
    earlier: str
    later: str


@dataclass(frozen=True, slots=True)
class SentOther(Event):
    """Something that is no text: `kind` is Telegram's field name (voice, photo, sticker, ...)."""

    kind: str


@dataclass(frozen=True, slots=True)
class Commanded(Event):
    """A command without its slash: next, back, skip, pause, language, status, help, mydata, forget, invite."""

    command: str


@dataclass(frozen=True, slots=True)
class School:
    """A school known in a district."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class SchoolsFound(Event):
    """What the host found for `FindSchool`: the best matches first, at most three; empty when none is like it."""

    text: str
    matches: tuple[School, ...]


@dataclass(frozen=True, slots=True)
class QuotaChecked(Event):
    """What the host found for `CheckQuota`."""

    full: bool


@dataclass(frozen=True, slots=True)
class Coded(Event):
    """All answers of the finished interview are coded: (question, category ids) pairs, in question order.

    `allowed` are the categories of the codebook, in its order.
    """

    categories: tuple[tuple[int, tuple[str, ...]], ...]
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reminded(Event):
    """It is time to remind a respondent who has not finished; `hours` is the age of the silence: 24 or 72."""

    hours: int

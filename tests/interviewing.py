"""The smallest host an interview can have: it keeps actions in a list and answers the engine's two requests.

The state goes through JSON before every step, as it would over a restart. Nothing is rendered or stored here.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from bot.interview.actions import Action, Ask, CheckQuota, FindSchool, Say
from bot.interview.engine import advance
from bot.interview.events import (
    Answered,
    Commanded,
    Edited,
    Event,
    Pressed,
    QuotaChecked,
    School,
    SchoolsFound,
    Started,
    Typed,
    Unplaced,
)
from bot.interview.guide import Guide, load_guide
from bot.interview.schools import match_schools
from bot.interview.state import State, from_json, to_json

DATA = Path(__file__).parent.parent / "data"
GUIDE: Guide = load_guide(DATA / "guide.toml", DATA / "places.toml")
NOON = datetime(2026, 3, 2, 7, tzinfo=UTC)
LONG = "Бұл туралы айтатын болсам, мектебімізде әр балаға көңіл бөлінеді"
SCHOOLS = (School("s5", "№5 орта мектеп"), School("s7", "№7 гимназия"))
TO_QUESTIONS = (
    ("language", "kk"), ("consent", "yes"), ("screening", "yes"), ("permissions", "done"), ("role", "teacher"),
    ("job_title", "skip"), ("region", "almaty"), ("school", "skip"), ("locality", "village"),
)  # fmt: skip

A = TypeVar("A", bound=Action)


@dataclass(slots=True)
class Conversation:
    """One respondent's conversation. `said` holds the actions of the last step, `log` those of all steps."""

    state: State = field(default_factory=State)
    full: bool = False
    said: list[Action] = field(default_factory=list)
    log: list[Action] = field(default_factory=list)
    at: datetime = NOON
    newest: int = 100

    def take(self, event: Event) -> list[Action]:
        """Advance on `event` and on the answers to what it made the engine ask."""
        self.said = []
        waiting = deque([event])
        while waiting:
            self.state, actions = advance(GUIDE, from_json(to_json(self.state)), waiting.popleft())
            self.said += actions
            waiting += [answer for action in actions for answer in self._requested(action)]
        self.log += self.said
        return self.said

    def _requested(self, action: Action) -> list[Event]:
        match action:
            case FindSchool(_, text):
                return [SchoolsFound(self._now(), text, match_schools(text, SCHOOLS))]
            case CheckQuota():
                return [QuotaChecked(self._now(), self.full)]
        return []

    def _now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def start(self, hint: str | None = None, *, pilot: bool = False) -> list[Action]:
        return self.take(Started(self._now(), hint, pilot))

    def press(self, step: str, option: str) -> list[Action]:
        return self.take(Pressed(self._now(), step, option))

    def command(self, name: str) -> list[Action]:
        return self.take(Commanded(self._now(), name))

    def reply(self, step: str, text: str) -> list[Action]:
        return self.take(Typed(self._now(), step, text))

    def write(self, question: int, text: str = LONG) -> int:
        """Write to `question`; the id of the message."""
        self.newest += 1
        self.take(Answered(self._now(), question, self.newest, text))
        return self.newest

    def edit(self, question: int, message_id: int, text: str) -> list[Action]:
        return self.take(Edited(self._now(), question, message_id, text))

    def misplace(self, earlier: str, later: str, text: str = LONG) -> int:
        """Write a message that belongs to one of two steps; its id."""
        self.newest += 1
        self.take(Unplaced(self._now(), self.newest, text, earlier, later))
        return self.newest

    def asked(self) -> list[str]:
        """Steps whose prompts the last step showed."""
        return [action.step for action in self.said if isinstance(action, Ask)]

    def notices(self) -> list[str]:
        """Names of the notices that the last step said."""
        return [action.notice for action in self.said if isinstance(action, Say)]

    def all_of(self, kind: type[A]) -> list[A]:
        """All actions of `kind` so far."""
        return [action for action in self.log if isinstance(action, kind)]


def at_step(step: str, *, pilot: bool = False) -> Conversation:
    """A conversation in Kazakh that stands at `step` of the line before q1, or at q1."""
    talk = Conversation()
    talk.start("kk", pilot=pilot)
    for passed, option in TO_QUESTIONS:
        if talk.state.step == step:
            break
        talk.press(passed, option)
    assert talk.state.step == step, talk.state.step
    talk.log.clear()
    return talk


def at_question(number: int, *, pilot: bool = False) -> Conversation:
    """A conversation at question `number`, all questions before it answered in one message."""
    talk = at_step("q1", pilot=pilot)
    for question in range(1, number):
        answer(talk, question)
    talk.log.clear()
    return talk


def answer(talk: Conversation, question: int, text: str = LONG) -> int:
    """Answer `question` in one message and go on; the id of the message."""
    message_id = talk.write(question, text)
    talk.press(f"q{question}", "next")
    if talk.state.pilot:
        talk.press(f"clear{question}", "yes")
    return message_id


def at_end() -> Conversation:
    """A finished interview with all seven questions answered."""
    talk = at_question(7)
    answer(talk, 7)
    assert talk.state.finished
    return talk

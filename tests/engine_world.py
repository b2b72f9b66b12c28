"""A conversation with the bare engine: no store, no channel. The state goes through JSON between any two steps.

`Chat` answers the engine's requests as the host does: schools from a list, quotas from a flag.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime

from bot.interview import actions as act
from bot.interview.engine import advance
from bot.interview.events import (
    Answered,
    Commanded,
    Event,
    Pressed,
    QuotaChecked,
    School,
    SchoolsFound,
    Started,
    Typed,
)
from bot.interview.guide import Guide
from bot.interview.schools import match_schools
from bot.interview.state import State, from_json, to_json

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
CATEGORIES = ("infrastructure", "human_resources", "funding", "administrative_support", "social_perception")
LONG = "Біздің мектепте үшінші жылдан бері арнайы педагог пен ассистент жұмыс істейді"
SCHOOLS = (School("s5", "№5 орта мектеп"), School("s12", "Абай атындағы №12 мектеп-гимназия"))
REQUESTS = (act.FindSchool, act.CheckQuota)


@dataclass
class Chat:
    """One conversation: its state, and what was done in answer to the last event."""

    guide: Guide
    state: State = field(default_factory=State)
    full: bool = False
    schools: tuple[School, ...] = SCHOOLS
    log: list[str] = field(default_factory=list)
    _next_id: int = 100

    def take(self, event: Event) -> tuple[act.Action, ...]:
        """Advance on `event`, and on the events that answer its requests; all actions."""
        self.log.append(f"> {_told(event)}")
        done: list[act.Action] = []
        waiting = deque([event])
        while waiting:
            state, actions = advance(self.guide, self.state, waiting.popleft())
            self.state = from_json(to_json(state))
            assert self.state == state
            done.extend(actions)
            waiting.extend(self._reply(action) for action in actions if isinstance(action, REQUESTS))
        self.log.extend(f"  {_told(action)}" for action in done)
        return tuple(done)

    def _reply(self, request: act.Action) -> Event:
        if isinstance(request, act.FindSchool):
            return SchoolsFound(NOW, request.text, match_schools(request.text, self.schools))
        return QuotaChecked(NOW, self.full)

    def start(self, hint: str | None = "kk", *, pilot: bool = False) -> tuple[act.Action, ...]:
        return self.take(Started(NOW, hint, pilot))

    def press(self, option: str, step: str | None = None) -> tuple[act.Action, ...]:
        return self.take(Pressed(NOW, step or self.state.step, option))

    def type(self, text: str) -> tuple[act.Action, ...]:
        return self.take(Typed(NOW, self.state.step, text))

    def command(self, name: str) -> tuple[act.Action, ...]:
        return self.take(Commanded(NOW, name))

    def write(self, text: str = LONG, question: int | None = None) -> tuple[act.Action, ...]:
        """A text that belongs to the open question, or to `question`."""
        self._next_id += 1
        number = question or self.state.question
        assert number is not None
        return self.take(Answered(NOW, number, self._next_id, text))

    def consent(self, language: str = "kk", *, pilot: bool = False) -> Chat:
        """As far as the permissions: consent is given and the interview is open."""
        self.start(language, pilot=pilot)
        for option in (language, "yes", "yes"):
            self.press(option)
        return self

    def to_question(self, number: int = 1, *, pilot: bool = False) -> Chat:
        """As far as question `number`, every profile step skipped and every question before answered."""
        self.consent(pilot=pilot)
        self.press("done")
        while self.state.question is None:
            self.press("skip")
        while self.state.question != number:
            self.finish_question()
        return self

    def finish_question(self) -> tuple[act.Action, ...]:
        """Write a long answer to the open question and say that this is all."""
        self.write()
        done = self.press("next")
        return done if not self.state.step.startswith("clear") else (*done, *self.press("yes"))

    def finish(self, *, pilot: bool = False) -> Chat:
        """As far as the end."""
        self.to_question(7, pilot=pilot).finish_question()
        return self


def asked(actions: tuple[act.Action, ...]) -> list[str]:
    """The steps whose prompts were shown."""
    return [action.step for action in actions if isinstance(action, act.Ask)]


def said(actions: tuple[act.Action, ...]) -> list[str]:
    """The names of the notices that were said."""
    return [action.notice for action in actions if isinstance(action, (act.Say, act.Toast))]


def _told(what: Event | act.Action) -> str:
    given = (getattr(what, one.name) for one in fields(what) if one.name != "at")
    return " ".join([type(what).__name__, *(_short(value) for value in given)])


def _short(value: object) -> str:
    return value if isinstance(value, str) else repr(value)

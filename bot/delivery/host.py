"""Carries out what the engine wants: keeps, asks the store, shows. Everything inside the caller's transaction.

The engine returns data; here it meets the database and the outbox. A request (is there a place left? which school is
this?) is answered with an event that the engine advances on at once. Nothing is sent here: what must be said is
queued, under the name of what caused it, so that the same cause never says it twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.channels.facts import Facts
from bot.channels.message import Message
from bot.channels.render import Renderer
from bot.delivery.keeping import Keeping
from bot.delivery.saying import say
from bot.interview import actions as act
from bot.interview.engine import advance
from bot.interview.events import Event, QuotaChecked, SchoolsFound, Started
from bot.interview.guide import Guide
from bot.interview.referrals import Quotas
from bot.interview.schools import match_schools
from bot.interview.state import State, from_json
from bot.interview.state import to_json as state_to_json
from bot.store import delivery, erasure, interviews, people, triage
from bot.store.database import Store
from bot.triage.desk import Triage
from classifier.codebook import Codebook

# Messages that may wait for one chat before it gets no more notices: who sends a thousand commands is not answered a
# thousand times. Prompts are always queued, and everything that is written is kept.
CROWDED = 50


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about the round. `link` is what stands before an invitation's token."""

    round: str
    round_ends: datetime
    quotas: Quotas
    count_unfinished: bool
    link: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Why the host acts: a name that is unique for ever, and, for an update, where it came from."""

    name: str
    inbox_key: int = 0
    pressed: int | None = None
    callback_id: str | None = None


class Host:
    """Advances conversations and carries out their actions."""

    def __init__(self, store: Store, guide: Guide, renderer: Renderer, codebook: Codebook, rules: Rules) -> None:
        self.guide = guide
        self.renderer = renderer
        self.rules = rules
        self.scrub_due = False
        self.unread_urgent = False
        self._store = store
        self.codebook = codebook
        self._keeping = Keeping(store, guide, rules.round, codebook.version)
        self._triage = Triage(guide)

    def state_of(self, chat_key: int) -> State:
        """The state of a conversation; a fresh one where none is open."""
        text = people.read_state(self._store, chat_key)
        return State() if text is None else from_json(text)

    def handle(self, chat_key: int, events: Iterable[Event], cause: Cause) -> None:
        """Advance on the events in order; keep, queue and remember the new state."""
        turn = _Turn(chat_key, cause)
        state = self.state_of(chat_key)
        waiting = deque(events)
        while waiting:
            event = waiting.popleft()
            if isinstance(event, Started) and state.opened and not self._in_this_round(chat_key):
                state = State()
            state, actions = advance(self.guide, state, event)
            for action in actions:
                waiting.extend(self._perform(action, state, event.at, turn))
        self._answer_press(turn, state)
        self._queue(turn, event.at)
        if not turn.forgotten:
            people.write_state(self._store, chat_key, state_to_json(state))

    def _in_this_round(self, chat_key: int) -> bool:
        interview = interviews.interview_of(self._store, chat_key)
        return interview is not None and interview["round"] == self.rules.round

    def _perform(self, action: act.Action, state: State, now: datetime, turn: _Turn) -> list[Event]:
        match action:
            case act.FindSchool(district, text):
                known = interviews.schools_in(self._store, district)
                return [SchoolsFound(now, text, match_schools(text, known))]
            case act.CheckQuota(role, school_key):
                return [QuotaChecked(now, self._full(turn.chat_key, role, school_key))]
            case act.Erase():
                self._erase(state, now, turn)
            case act.Discard():
                self._discard(turn)
            case act.Toast(notice):
                turn.toast = notice
            case _ if self._keeping.keep(action, turn.chat_key, state, now):
                self._look_for_urgent(action, state, now, turn)
            case _:
                self._show(action, state, turn)
        return []

    def _look_for_urgent(self, action: act.Action, state: State, now: datetime, turn: _Turn) -> None:
        """What cannot wait is seen when it is kept; the respondent reads whom to call and what happens next."""
        match action:
            case act.SaveMessage(_, message_id, _) | act.KeepUnplaced(message_id, _) | act.PlaceMessage(_, message_id):
                case_id = triage.look(self._store, turn.chat_key, message_id, now)
            case act.ReviseMessage(_, message_id, _):
                case_id = triage.look(self._store, turn.chat_key, message_id, now, edited=True)
            case _:
                return
        if case_id is not None:
            self.unread_urgent |= not self._triage.announce(self._store, case_id, now)
            turn.urgent = True
            self._show(act.Say("urgent"), state, turn)

    def _full(self, chat_key: int, role: str | None, school_key: str | None) -> bool:
        in_role, in_school = (
            interviews.others_in(
                self._store, chat_key, self.rules.round, column, value, count_unfinished=self.rules.count_unfinished
            )
            for column, value in (("role", role), ("school_key", school_key))
        )
        return self.rules.quotas.full(role, in_role, in_school)

    def _erase(self, state: State, now: datetime, turn: _Turn) -> None:
        erased = erasure.erase(self._store, turn.chat_key, turn.cause.inbox_key, now)
        turn.forgotten = True
        self.scrub_due = True
        self._show(act.Say("erased", {"answers": erased.answers}), state, turn)

    def _discard(self, turn: _Turn) -> None:
        if interviews.interview_of(self._store, turn.chat_key):
            interviews.close_empty(self._store, turn.chat_key)
        people.forget_state(self._store, turn.chat_key)
        turn.forgotten = True

    def _show(self, action: act.Action, state: State, turn: _Turn) -> None:
        turn.messages += self.renderer.render(action, state, self._facts(action, turn))

    def _answer_press(self, turn: _Turn, state: State) -> None:
        """Before everything else, so that the button stops spinning even while the next question waits its turn."""
        if turn.toast is not None or turn.cause.callback_id is not None:
            facts = Facts(callback_id=turn.cause.callback_id)
            turn.messages[:0] = self.renderer.render(act.Toast(turn.toast or ""), state, facts)

    def _queue(self, turn: _Turn, now: datetime) -> None:
        messages = [message for message in turn.messages if message.step] if self._crowded(turn) else turn.messages
        say(self._store, turn.chat_key, messages, turn.cause.name, now)

    def _crowded(self, turn: _Turn) -> bool:
        """Whether a notice may be left out: enough is waiting, and this turn brings nothing that cannot be."""
        must = turn.forgotten or turn.urgent
        return not must and delivery.waiting_outbox(self._store, turn.chat_key) >= CROWDED

    def _facts(self, action: act.Action, turn: _Turn) -> Facts:
        """What this action's message needs to know, and no more."""
        facts = Facts(target=turn.cause.pressed, callback_id=turn.cause.callback_id)
        match action:
            case act.ShowSummary():
                return replace(facts, summary=self._answers(turn.chat_key))
            case act.Ask(step) | act.Refresh(step) if step.startswith("check"):
                return replace(facts, summary=self._answers(turn.chat_key))
            case act.SendCopy():
                return replace(facts, copy=erasure.copy_of(self._store, turn.chat_key))
            case act.SendInvitation():
                return replace(facts, link=self._invitation(turn.chat_key))
        return facts

    def _answers(self, chat_key: int) -> tuple[tuple[int, str | None], ...]:
        return tuple((row["question"], row["text"] or None) for row in interviews.answers_of(self._store, chat_key))

    def _invitation(self, chat_key: int) -> str:
        respondent = people.respondent_of(self._store, chat_key)
        assert respondent is not None
        token = people.issue_referral(self._store, respondent["respondent_id"], self.rules.round, self.rules.round_ends)
        return self.rules.link + token


@dataclass(slots=True)
class _Turn:
    """One call of `handle`: what it has queued and noticed so far."""

    chat_key: int
    cause: Cause
    messages: list[Message] = field(default_factory=list)
    toast: str | None = None
    urgent: bool = False
    forgotten: bool = False

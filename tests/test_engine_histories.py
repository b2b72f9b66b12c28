"""Every short history of the engine, from many starting points, and long random ones: what must hold in all of them.

An event is made from the state that it meets, so that one letter of the alphabet means something everywhere. The
events that the host would never make (an edit of a message it does not know) are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.interview import actions as act
from bot.interview import events as ev
from bot.interview.engine import advance
from bot.interview.flow import options
from bot.interview.state import ENDS, State, from_json, to_json
from tests.interviewing import GUIDE, LONG, NOON, SCHOOLS, Conversation, at_end, at_question, at_step

CODED = ev.Coded(NOON, ((1, ("resources",)), (2, ())), ("attitude", "resources"))
KEEPING = (
    act.OpenInterview, act.SaveProfile, act.AddSchool, act.SavePermission, act.SaveMessage, act.ReviseMessage,
    act.KeepUnplaced, act.PlaceMessage, act.FinishAnswer, act.SkipAnswer, act.SaveClarity, act.FinishInterview,
    act.SaveCheck,
)  # fmt: skip
SIDE_STEPS = ("doubt", "forget")


@dataclass(frozen=True, slots=True)
class Past:
    """What has happened in one history so far, as its actions tell it."""

    state: State
    length: int = 0
    opened: bool = False
    withdrawn: bool = False
    finished: bool = False
    shown: bool = False
    checked: bool = False
    probed: frozenset[int] = frozenset()


def _write(state: State, number: int) -> ev.Event:
    if state.question:
        return ev.Answered(NOON, state.question, number, "Иә" if number % 2 else LONG)
    return ev.Typed(NOON, state.step, "5 мектеп")


def _edit(state: State, _: int) -> ev.Event | None:
    known = next((answer for answer in state.answers if answer.parts), None)
    return ev.Edited(NOON, known.question, known.parts[0].message_id, "Жоқ") if known else None


def _press(choose: Callable[[tuple[str, ...]], str]) -> Callable[[State, int], ev.Event | None]:
    def pressed(state: State, _: int) -> ev.Event | None:
        offered = options(GUIDE, state, state.step)
        return ev.Pressed(NOON, state.step, choose(offered)) if offered else None

    return pressed


def _command(name: str) -> Callable[[State, int], ev.Event]:
    return lambda state, _: ev.Commanded(NOON, name)


ALPHABET: dict[str, Callable[[State, int], ev.Event | None]] = {
    "start": lambda state, number: ev.Started(NOON + timedelta(hours=number), "ru", state.pilot),
    "first button": _press(lambda offered: offered[0]),
    "second button": _press(lambda offered: offered[1 % len(offered)]),
    "last button": _press(lambda offered: offered[-1]),
    "button of the line": lambda state, _: ev.Pressed(NOON, state.line, "next"),
    "old button": lambda state, _: ev.Pressed(NOON, "q1", "skip"),
    "write": _write,
    "write late": lambda state, number: ev.Answered(NOON, 1, number, "Иә"),
    "write between": lambda state, number: ev.Unplaced(NOON, number, LONG, "q1", "q2"),
    "edit": _edit,
    "voice": lambda state, _: ev.SentOther(NOON, "voice"),
    "remind": lambda state, _: ev.Reminded(NOON, 24),
    "coded": lambda state, _: CODED,
    **{f"/{name}": _command(name) for name in ("next", "skip", "back", "language", "forget", "pause")},
}


def _typed_school() -> Conversation:
    talk = at_step("school")
    talk.reply("school", "5 мектеп")
    return talk


def _in_doubt() -> Conversation:
    talk = at_question(2)
    talk.misplace("q1", "q2")
    return talk


def _in_check() -> Conversation:
    talk = at_end()
    talk.take(CODED)
    return talk


BEGINNINGS: dict[str, Callable[[], Conversation]] = {
    "start": Conversation,
    "screening": lambda: at_step("screening"),
    "role": lambda: at_step("role"),
    "school_confirm": _typed_school,
    "q1": lambda: at_question(1),
    "q2 in a pilot": lambda: at_question(2, pilot=True),
    "q7": lambda: at_question(7),
    "doubt": _in_doubt,
    "done": at_end,
    "check": _in_check,
}


def _begin(name: str) -> Past:
    state = BEGINNINGS[name]().state
    return Past(state, 0, state.opened, False, state.finished, bool(state.check))


def _step(past: Past, letter: str, *, full: bool = False) -> Past | None:
    """The history one event later, all promises checked; None where the letter means nothing."""
    event = ALPHABET[letter](past.state, 1000 + past.length)
    if event is None:
        return None
    if isinstance(event, ev.Started) and past.state.step in ENDS:
        past = Past(past.state, past.length)
    state = past.state
    waiting = [event]
    done: list[act.Action] = []
    while waiting:
        state, actions = advance(GUIDE, state, waiting.pop(0))
        done += actions
        waiting += [found for action in actions if (found := _reply(action, full=full))]
    if isinstance(event, ev.Coded):
        assert not (past.shown and done), "check shown twice"
        past = replace(past, shown=past.shown or bool(state.check))
    return _checked(replace(past, state=state, length=past.length + 1), done)


def _reply(action: act.Action, *, full: bool) -> ev.Event | None:
    if isinstance(action, act.FindSchool):
        return ev.SchoolsFound(NOON, action.text, SCHOOLS)
    return ev.QuotaChecked(NOON, full) if isinstance(action, act.CheckQuota) else None


def _checked(past: Past, done: list[act.Action]) -> Past:
    for action in done:
        past = _after(past, action)
    assert not (any(isinstance(action, act.SaveCheck) for action in done) and past.checked), "checked twice"
    _check_state(past.state)
    return replace(past, checked=past.checked or any(isinstance(action, act.SaveCheck) for action in done))


def _after(past: Past, action: act.Action) -> Past:
    assert not past.withdrawn or isinstance(action, (act.Say, act.Toast, act.Ask)), f"{action} after withdrawal"
    assert past.opened or not isinstance(action, KEEPING) or isinstance(action, act.OpenInterview), f"{action} unasked"
    match action:
        case act.OpenInterview():
            assert not past.opened, "opened twice"
            return replace(past, opened=True)
        case act.Probe(question):
            assert question not in past.probed, f"question {question} probed twice"
            return replace(past, probed=past.probed | {question})
        case act.FinishInterview():
            assert not past.finished, "finished twice"
            return replace(past, finished=True)
        case act.Ask(step) if step.startswith("check"):
            assert past.finished, "check before the end"
        case act.SaveCheck() | act.SendInvitation():
            assert past.finished, f"{action} before the end"
        case act.Erase() | act.Discard():
            return replace(past, withdrawn=True)
    return past


@cache
def _check_state(state: State) -> None:
    assert from_json(to_json(state)) == state
    if state.step in ENDS:
        return
    assert state.step in ("start", "done") or options(GUIDE, state, state.step), "nowhere to go from here"
    assert state.step not in SIDE_STEPS or state.resume, "no way back"
    assert state.resume is None or state.step in (*SIDE_STEPS, "language")
    assert (state.step == "doubt") <= bool(state.doubts)
    assert not state.doubts or state.resume, "a doubt is forgotten"
    for answer in state.answers:
        open_here = answer.question == state.question
        assert open_here or not answer.parts or answer.status == "finished", f"answer {answer.question} hangs"
    assert not state.finished or all(answer.status != "open" for answer in state.answers)


def _all_from(past: Past, left: int, *, full: bool) -> int:
    """Go through all histories of up to `left` more events; how many there are."""
    if not left:
        return 0
    following = [later for letter in ALPHABET if (later := _step(past, letter, full=full))]
    return len(following) + sum(_all_from(later, left - 1, full=full) for later in following)


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_the_promises_hold_in_all_short_histories(beginning: str) -> None:
    assert _all_from(_begin(beginning), 3, full=False) > 2000


@pytest.mark.parametrize("beginning", ["role", "school_confirm"])
def test_the_promises_hold_where_no_place_is_left(beginning: str) -> None:
    assert _all_from(_begin(beginning), 3, full=True) > 1000


@settings(max_examples=60, deadline=None)
@given(
    beginning=st.sampled_from(sorted(BEGINNINGS)),
    letters=st.lists(st.sampled_from(sorted(ALPHABET)), min_size=10, max_size=50),
)
def test_the_promises_hold_in_long_histories(beginning: str, letters: list[str]) -> None:
    past = _begin(beginning)
    for letter in letters:
        past = _step(past, letter) or past

"""The interview engine: `advance(guide, state, event) -> (state, actions)`. Pure; the host carries the actions out.

                 language - consent - screening - permissions - role - job_title - region - district
                               no |        no |                full |
                             declined   screened_out            quota_full
      school - school_confirm - locality - q1 - ... - q7 - done - check - check3 - check - done
                       full |                               (after all answers are coded)
                         quota_full
    Beside the line, and back to it: language, doubt, forget (yes: withdrawn). In a pilot round clear1 to clear7
    stand after their questions.

A button counts only on the step that is open: a second tap, a forged or a forgotten button changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.interview import answering, checking, commands, profile
from bot.interview.actions import Ask, Probe, Refresh, Say, Toast
from bot.interview.events import (
    Answered,
    Coded,
    Commanded,
    Edited,
    Event,
    Pressed,
    QuotaChecked,
    Reminded,
    SchoolsFound,
    SentOther,
    Started,
    Typed,
    Unplaced,
)
from bot.interview.flow import Outcome, go, opposite, options, shown_again, stay
from bot.interview.guide import Guide
from bot.interview.state import ENDS, State, question_of_step


def advance(guide: Guide, state: State, event: Event) -> Outcome:
    """The state after `event`, and what is to be done. Raises TypeError for an event that is not known."""
    handler = _HANDLERS.get(type(event))
    if handler is None:
        raise TypeError(f"no handler for {type(event).__name__}")
    if state.step in ENDS and not isinstance(event, (Started, Commanded)):
        return stay(state, *((Toast("stale"),) if isinstance(event, Pressed) else ()))
    return handler(guide, state, event)


def _started(_: Guide, state: State, event: Started) -> Outcome:
    if state.step == "start" or state.step in ENDS:
        hint = (event.language_hint or "")[:2]
        return go(State(language=hint if hint in ("kk", "ru") else "kk", pilot=event.pilot), "language")
    if state.finished:
        return stay(state, Say("already_finished"))
    if not state.opened:
        return go(state, state.step)
    return replace(state, paused=False), (Say("welcome_back"), Ask(state.step))


def _pressed(guide: Guide, state: State, event: Pressed) -> Outcome:
    if event.step == state.resume and not state.doubts:
        return shown_again(state, _pressed(guide, replace(state, step=state.line, resume=None), event))
    tapped_twice = event.option == "next" and event.message_id is not None and event.message_id == state.probed_by
    offered = options(guide, state, state.step)
    if event.step == state.step and event.option in map(opposite, offered):
        return stay(state, Refresh(state.step))  # the same press once more: what it wants is done
    if event.step != state.step or event.option not in offered or tapped_twice:
        return stay(state, Toast("stale"))
    pressed, actions = _press(guide, replace(state, paused=False), event.option)
    if any(isinstance(action, Probe) for action in actions):
        pressed = replace(pressed, probed_by=event.message_id)
    return pressed, actions


def _press(guide: Guide, state: State, option: str) -> Outcome:
    if question_of_step(state.step) is not None:
        return _QUESTION_BUTTONS[option](guide, state)
    if state.step == "check":
        return checking.chose_in_check(guide, state, option)
    return _BUTTONS[state.step.rstrip("1234567")](guide, state, option)


def _typed(guide: Guide, state: State, event: Typed) -> Outcome:
    if event.step == "done" or state.step == "done":
        return stay(state, Say("already_finished"))
    if event.step != state.step:
        return stay(state, Say("not_kept"), Ask(state.step))
    if event.step == "job_title":
        return profile.typed_job_title(guide, state, event.text)
    if event.step in ("school", "school_confirm"):
        return profile.typed_school(guide, state, event.text)
    return stay(state, Say("press_a_button"), Ask(state.step))


def _sent_other(_: Guide, state: State, event: SentOther) -> Outcome:
    return stay(state, Say("only_text", {"kind": event.kind}))


def _commanded(guide: Guide, state: State, event: Commanded) -> Outcome:
    return commands.commanded(guide, state, event.command)


def _reminded(_: Guide, state: State, event: Reminded) -> Outcome:
    if not state.opened or state.finished:
        return stay(state)
    return stay(state, Say(f"reminder_{event.hours}"), Ask(state.step))


_QUESTION_BUTTONS: dict[str, Callable[[Guide, State], Outcome]] = {
    "next": answering.next_pressed,
    "skip": answering.skip_pressed,
    "back": answering.back_pressed,
}
_BUTTONS: dict[str, Callable[[Guide, State, str], Outcome]] = {
    "language": profile.chose_language,
    "consent": profile.answered_consent,
    "screening": profile.answered_screening,
    "permissions": profile.chose_permission,
    "role": profile.chose_role,
    "job_title": profile.chose_skip,
    "region": profile.chose_region,
    "district": profile.chose_district,
    "school": profile.chose_skip,
    "school_confirm": profile.chose_school,
    "locality": profile.chose_locality,
    "clear": answering.answered_clarity,
    "check": checking.chose_category,
    "doubt": answering.settled_doubt,
    "forget": commands.answered_forget,
}
_HANDLERS: dict[type[Event], Callable[[Guide, State, Any], Outcome]] = {
    Started: _started,
    Pressed: _pressed,
    Answered: answering.answered,
    Typed: _typed,
    Edited: answering.edited,
    Unplaced: answering.unplaced,
    SentOther: _sent_other,
    Commanded: _commanded,
    SchoolsFound: profile.found_schools,
    QuotaChecked: profile.checked_quota,
    Coded: checking.coded,
    Reminded: _reminded,
}

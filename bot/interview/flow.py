"""Moving between steps: the order of the profile, side steps, and which buttons a step accepts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from bot.interview.actions import Action, Ask, Probe, Say, ShowSummary
from bot.interview.guide import Guide
from bot.interview.state import PERMISSIONS, State

Outcome = tuple[State, tuple[Action, ...]]

BEFORE_CONSENT = ("language", "consent", "screening")
PROFILE = ("permissions", "role", "job_title", "region", "district", "school", "locality")
YES_NO = ("yes", "no")
QUESTION_OPTIONS = ("next", "skip", "back")
SIDES = ("earlier", "later")

_FIXED: dict[str, tuple[str, ...]] = {
    "language": ("kk", "ru"),
    "consent": YES_NO,
    "screening": YES_NO,
    "job_title": ("skip",),
    "school": ("skip",),
    "forget": YES_NO,
}


def stay(state: State, *actions: Action) -> Outcome:
    """No step is left; `actions` are carried out."""
    return state, actions


def go(state: State, step: str, *before: Action) -> Outcome:
    """`step` is the open one now; `before` is carried out first, then its prompt is shown."""
    return replace(state, step=step, resume=None, paused=False), (*before, Ask(step))


def aside(state: State, step: str, *before: Action) -> Outcome:
    """Open a side step; the interview comes back to where it stands."""
    return replace(state, step=step, resume=state.line, paused=False), (*before, Ask(step))


def come_back(state: State, *before: Action) -> Outcome:
    """Leave a side step: to a message that is still in doubt, else to the line; after the end nothing is asked."""
    if state.doubts:
        return aside(state, "doubt", *before)
    if state.line == "done":
        return end(state, "done", *(before or (Say("already_finished"),)))
    return go(state, state.line, *before)


def shown_again(before: State, outcome: Outcome) -> Outcome:
    """`outcome`, with its prompt shown once more where a side step was left without one: later texts belong to it."""
    state, actions = outcome
    prompted = any(isinstance(action, (Ask, Probe, ShowSummary)) for action in actions)
    return outcome if before.resume is None or prompted else (state, (*actions, Ask(state.step)))


def end(state: State, step: str, *actions: Action) -> Outcome:
    """The conversation is over."""
    return replace(state, step=step, resume=None), actions


def after(guide: Guide, state: State, step: str) -> str:
    """The profile step after `step`, or "q1"; a region without districts asks for none."""
    if step == "school_confirm":
        return "locality"
    place = PROFILE.index(step) + 1
    following = PROFILE[place] if place < len(PROFILE) else "q1"
    return "school" if following == "district" and not guide.places.districts(state.region) else following


def before(guide: Guide, state: State, step: str) -> str | None:
    """The step that /back leads to from a profile step, or None where there is nothing to go back to."""
    if step == "school_confirm":
        return "school"
    order = BEFORE_CONSENT if step in BEFORE_CONSENT else PROFILE
    place = order.index(step)
    if place == 0:
        return None
    earlier = order[place - 1]
    return "region" if earlier == "district" and not guide.places.districts(state.region) else earlier


def options(guide: Guide, state: State, step: str) -> tuple[str, ...]:
    """The option ids that a button of `step` may carry now; empty for an unknown step."""
    if step in _FIXED:
        return _FIXED[step]
    if step in _LISTED:
        return _LISTED[step](guide, state)
    name, number = step.rstrip("1234567"), step[-1:]
    if number not in "1234567" or name + number != step:
        return ()
    return {
        "q": QUESTION_OPTIONS,
        "clear": (*YES_NO, "skip"),
        "check": (*_turned(state.categories, dict(state.check).get(int(number), ())), "done"),
    }.get(name, ())


def _turned(ids: Collection[str], chosen: Collection[str]) -> tuple[str, ...]:
    """Options that say what is wanted, +id or -id, so that a press which arrives twice does not turn back."""
    return tuple(("-" if one in chosen else "+") + one for one in ids)


def opposite(option: str) -> str:
    """The option that takes back what `option` wants; empty where there is nothing to take back."""
    return {"+": "-", "-": "+"}[option[0]] + option[1:] if option[0] in "+-" else ""


def wanted(option: str) -> tuple[str, bool]:
    """(id, whether it is to be chosen) of an option that turns something over."""
    return option[1:], option.startswith("+")


_LISTED: dict[str, Callable[[Guide, State], tuple[str, ...]]] = {
    "permissions": lambda _, state: (*_turned(PERMISSIONS, state.permissions), "done"),
    # With the message in doubt, so that an answer which arrives twice does not settle the next doubt.
    "doubt": lambda _, state: tuple(f"{side}{one.message_id}" for one in state.doubts[:1] for side in SIDES),
    "role": lambda guide, _: (*(option.id for option in guide.roles), "skip"),
    "region": lambda guide, _: (*(region.id for region in guide.places.regions), "skip"),
    "district": lambda guide, state: (*(option.id for option in guide.places.districts(state.region)), "skip"),
    "locality": lambda guide, _: (*(option.id for option in guide.localities), "skip"),
    "school_confirm": lambda _, state: (*map(str, range(len(state.candidates))), "new", "again"),
    "check": lambda _, state: ("right", *(str(question) for question, _ in state.check)),
}

"""What a respondent can say at any time: next, back, skip, pause, language, status, help, mydata, forget, invite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.interview import answering, checking, profile
from bot.interview.actions import Ask, Erase, Say, SendCopy, SendInvitation
from bot.interview.flow import BEFORE_CONSENT, PROFILE, Outcome, aside, before, come_back, end, go, shown_again, stay
from bot.interview.guide import Guide
from bot.interview.state import ENDS, State

COMMANDS = ("next", "back", "skip", "pause", "language", "status", "help", "mydata", "forget", "invite")


def commanded(guide: Guide, state: State, command: str) -> Outcome:
    """Carry out a command; one that is not known changes nothing."""
    if command in _ALWAYS:
        return _ALWAYS[command](guide, state)
    if command not in COMMANDS:
        return stay(state, Say("unknown_command"))
    if state.step == "start" or state.step in ENDS:
        return stay(state, Say("not_started"))
    if state.step == "doubt" and command in ("next", "back", "skip"):
        return stay(state, Say("press_a_button"), Ask("doubt"))
    return _COMMANDS[command](guide, state)


def answered_forget(_: Guide, state: State, option: str) -> Outcome:
    """Erase only on a clear yes."""
    return end(state, "withdrawn", Erase()) if option == "yes" else come_back(state, Say("forget_kept"))


def _next(guide: Guide, state: State) -> Outcome:
    if state.question is not None and not state.doubts:
        return shown_again(state, answering.next_pressed(guide, _on_line(state)))
    if state.step == "permissions":
        return profile.leave(guide, state)
    if state.step == "check":
        return checking.chose_in_check(guide, state, "right")
    if state.step.startswith("check"):
        return go(state, "check")
    return _closed(state) or stay(state, Say("press_a_button"), Ask(state.step))


def _skip(guide: Guide, state: State) -> Outcome:
    step = state.step
    if step in ("consent", "screening", "forget"):
        return stay(state, Say("cannot_skip"), Ask(step))
    if step == "language":
        return profile.chose_language(guide, state, state.language)
    if state.question is not None:
        return answering.skip_pressed(guide, _on_line(state))
    if step.startswith("clear"):
        return answering.answered_clarity(guide, state, "skip")
    if step in PROFILE or step == "school_confirm":
        return profile.leave(guide, state)
    if step.startswith("check"):
        return end(replace(state, checked=True), "done", Say("check_skipped"))
    return stay(state, Say("already_finished"))


def _back(guide: Guide, state: State) -> Outcome:
    if state.resume is not None:
        return come_back(state)
    if state.question is not None:
        return answering.back_pressed(guide, _on_line(state))
    step = state.step
    if step.startswith("clear"):
        return go(state, f"q{step.removeprefix('clear')}")
    if step in PROFILE or step in BEFORE_CONSENT or step == "school_confirm":
        earlier = before(guide, state, step)
        return go(state, earlier) if earlier else stay(state, Say("nothing_to_go_back"), Ask(step))
    if step.startswith("check") and step != "check":
        return go(state, "check")
    return _closed(state) or stay(state, Say("nothing_to_go_back"))


def _pause(_: Guide, state: State) -> Outcome:
    if state.finished:
        return stay(state, Say("already_finished"))
    return stay(replace(state, paused=True), Say("paused"))


def _language(_: Guide, state: State) -> Outcome:
    return go(state, "language") if not state.opened else aside(state, "language")


def _status(guide: Guide, state: State) -> Outcome:
    if state.finished:
        return stay(state, Say("already_finished"))
    return stay(state, Say("status", answering.status_values(guide, state)))


def _mydata(_: Guide, state: State) -> Outcome:
    return stay(state, SendCopy() if state.opened else Say("no_data"))


def _forget(_: Guide, state: State) -> Outcome:
    return aside(state, "forget") if state.opened else stay(state, Say("no_data"))


def _invite(_: Guide, state: State) -> Outcome:
    return stay(state, SendInvitation() if state.finished else Say("invitation_later"))


def _on_line(state: State) -> State:
    """The state with its side step, if any, left unanswered."""
    return replace(state, step=state.line, resume=None, paused=False)


def _closed(state: State) -> Outcome | None:
    return stay(state, Say("already_finished")) if state.step == "done" else None


def _help(_: Guide, state: State) -> Outcome:
    return stay(state, Say("help"))


_ALWAYS: dict[str, Callable[[Guide, State], Outcome]] = {"help": _help}
_COMMANDS: dict[str, Callable[[Guide, State], Outcome]] = {
    "next": _next, "skip": _skip, "back": _back, "pause": _pause, "language": _language,
    "status": _status, "mydata": _mydata, "forget": _forget, "invite": _invite,
}  # fmt: skip

"""The member check: after the end, respondents see what was understood and correct it, one tap per category.

Categories are shown here and nowhere before: earlier they would lead the respondent.
"""

from __future__ import annotations

from dataclasses import replace

from bot.interview.actions import Refresh, SaveCheck, Say
from bot.interview.events import Coded
from bot.interview.flow import Outcome, end, go, stay, wanted
from bot.interview.guide import Guide
from bot.interview.state import State


def coded(_: Guide, state: State, event: Coded) -> Outcome:
    """All answers are coded: show what was understood, once; after the side step, if one is open."""
    if not state.finished or state.checked or state.check or not event.categories:
        return stay(state)
    ready = replace(state, check=event.categories, categories=event.allowed)
    return go(ready, "check") if state.resume is None else stay(replace(ready, resume="check"))


def chose_in_check(_: Guide, state: State, option: str) -> Outcome:
    """All right as shown, or open one answer to correct it."""
    if option != "right":
        return go(state, f"check{option}")
    kept = [SaveCheck(question, categories) for question, categories in state.check]
    return end(replace(state, checked=True), "done", *kept, Say("check_thanks"))


def chose_category(_: Guide, state: State, option: str) -> Outcome:
    """Choose one category of the open answer or take it out, or go back to the overview."""
    if option == "done":
        return go(state, "check")
    question = int(state.step.removeprefix("check"))
    turned = tuple(
        (number, _turn(state, categories, option) if number == question else categories)
        for number, categories in state.check
    )
    return stay(replace(state, check=turned), Refresh(state.step))


def _turn(state: State, categories: tuple[str, ...], option: str) -> tuple[str, ...]:
    name, chosen = wanted(option)
    return tuple(one for one in state.categories if (chosen if one == name else one in categories))

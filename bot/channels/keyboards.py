"""The buttons of every step, and which of them a typed number or label means. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.message import Button
from bot.channels.texts import Texts
from bot.interview.flow import options, wanted
from bot.interview.guide import Guide
from bot.interview.state import State, question_of_step
from classifier.codebook import Codebook

Rows = tuple[tuple[Button, ...], ...]

LANGUAGES = {"kk": "Қазақша", "ru": "Русский"}
CHOSEN, OPEN = "☑ ", "☐ "
# Characters; Telegram shows longer labels cut off on a phone.
LONGEST = 60


class Keyboards:
    """Makes the buttons of a step from guide and codebook."""

    def __init__(self, guide: Guide, codebook: Codebook) -> None:
        self._guide = guide
        self._codebook = codebook

    def rows(self, step: str, state: State, t: Texts) -> Rows:
        """The buttons of `step`, row by row; none for a step without buttons."""
        buttons = {
            option: Button(self._label(step, option, state, t), f"{step}:{option}")
            for option in options(self._guide, state, step)
        }
        return _arranged(step, buttons)

    def _label(self, step: str, option: str, state: State, t: Texts) -> str:
        if step == "language":
            return LANGUAGES[option]
        if option[0] in "+-":
            name, to_choose = wanted(option)
            named = (
                _short_permission(name, t)
                if step == "permissions"
                else self._codebook.category(name).plain.of(state.language)
            )
            return (OPEN if to_choose else CHOSEN) + named
        if step == "school_confirm" and option.isdigit():
            return state.candidates[int(option)].name[:LONGEST]
        if step == "school_confirm" and option == "new":
            return t.gettext("As typed: {name}", name=(state.school_text or "")[:LONGEST])
        if step == "doubt":
            return self.name_of_step(
                state.doubts[0].earlier if option.startswith("earlier") else state.doubts[0].later, t
            )
        return _common(step, option, t) or self._named(step, option, state)

    def name_of_step(self, step: str, t: Texts) -> str:
        """What a step is called on a button: the number of a question, or "none of the questions"."""
        question = question_of_step(step)
        return t.gettext("Question {number}", number=question) if question else t.gettext("Another step")

    def _named(self, step: str, option: str, state: State) -> str:
        places = self._guide.places
        listed = {
            "role": self._guide.roles,
            "locality": self._guide.localities,
            "district": places.districts(state.region),
        }
        if step == "region":
            return next(region.name[state.language] for region in places.regions if region.id == option)
        found = {one.id: one.label[state.language] for one in listed.get(step, ())}
        return found.get(option, option)


def numbered(rows: Rows) -> dict[str, Button]:
    """Number -> button, counted from 1. A button that is itself a number keeps it, and the others come after it."""
    buttons = [button for row in rows for button in row]
    own = {
        button.label: button
        for button in buttons
        if button.label.isdecimal() and button.data.endswith(f":{button.label}")
    }
    others = (button for button in buttons if button.label not in own)
    return own | {str(n): button for n, button in enumerate(others, max(map(int, own), default=0) + 1)}


def option_typed(text: str, rows: Rows, *, numbers: bool) -> str | None:
    """The option of the button that `text` means: its label, or its number where `numbers` are taken."""
    wanted = _plain(text)
    labels = {_plain(button.label): button for row in reversed(rows) for button in reversed(row)}
    found = labels.get(wanted) or (numbered(rows).get(wanted) if numbers else None)
    return found.data.split(":", 1)[1] if found else None


def _plain(label: str) -> str:
    return label.strip().removeprefix(CHOSEN).removeprefix(OPEN).strip(" .!").casefold()


def _short_permission(option: str, t: Texts) -> str:
    """What fits on a button; the whole sentence that is agreed to stands in the message."""
    short = {
        "quote": t.gettext("Quotes without my name"),
        "training": t.gettext("Training the program"),
        "contact": t.gettext("Contacting me again"),
    }
    return short[option]


def _common(step: str, option: str, t: Texts) -> str | None:
    """Labels that mean the same wherever they stand."""
    labels = {
        "next": t.gettext("That is all"),
        "skip": t.gettext("Skip"),
        "back": t.gettext("Back"),
        "again": t.gettext("Type again"),
        "right": t.gettext("Yes, that is right"),
        "done": t.gettext("Go on") if step == "permissions" else t.gettext("Done"),
        "yes": t.gettext("Yes"),
        "no": t.gettext("No"),
    }
    if (step, option) == ("consent", "yes"):
        return t.gettext("I agree")
    if (step, option) == ("consent", "no"):
        return t.gettext("I do not agree")
    if (step, option) == ("forget", "yes"):
        return t.gettext("Yes, delete")
    if (step, option) == ("forget", "no"):
        return t.gettext("No, keep")
    return labels.get(option)


def _arranged(step: str, buttons: dict[str, Button]) -> Rows:
    """One button a row; short ones that belong together side by side."""
    together: Sequence[Sequence[str]]
    if question_of_step(step) is not None:
        together = [("next",), ("back", "skip")]
    elif step == "check":
        together = [("right",), tuple(option for option in buttons if option != "right")]
    elif step in ("language", "screening", "doubt") or step.startswith("clear"):
        together = [tuple(buttons)]
    elif step in ("region", "district"):
        names = [option for option in buttons if option != "skip"]
        together = [*(names[at : at + 2] for at in range(0, len(names), 2)), ("skip",)]
    else:
        together = [(option,) for option in buttons]
    return tuple(tuple(buttons[option] for option in row) for row in together if row)

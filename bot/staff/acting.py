"""`/action`: what was done about a barrier, its day and scope; the digest sets the weeks before and after beside it.

That a share falls after an action does not say that it fell because of it; the digest only puts the two side by side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from babel.dates import format_date

from bot.channels.message import Button, Message
from bot.channels.texts import ZONE, Texts
from bot.interview.places import Places
from bot.staff.desk import Entry, Request
from bot.staff.words import scope_name
from bot.store import feedback, members
from bot.store.database import Store
from bot.store.feedback import Action
from classifier.codebook import Codebook

ACTORS = frozenset({"coordinator"})
# Actions that are listed, and characters of one that fit on a button.
_LISTED = 5
_LONGEST = 500
_ON_BUTTON = 30
_OLDEST = timedelta(days=365)
_DAY = re.compile(r"\s*(\d{1,2})\.(\d{1,2})\.(\d{4})[\s,.:–-]+")


class Acting:
    """The room of actions."""

    def __init__(self, places: Places, codebook: Codebook) -> None:
        self._places = places
        self._codebook = codebook

    def entries(self) -> Mapping[str, Entry]:
        """The handlers by name."""
        return {"action": Entry(ACTORS, self._action, lambda t: t.gettext("note what was done about a barrier"))}

    def _action(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        step, _, about = request.argument.partition(":")
        if step == "undo":
            gone = about.isdecimal() and feedback.take_back(store, int(about), request.member.scope)
            return [Message("text", t.gettext("Deleted.") if gone else t.gettext("It is gone already."))]
        if step != "for" or about not in self._codebook.category_ids:
            return self._asked(store, request, t)
        if request.text is None:
            return self._expect(store, request, about, t)
        return self._record(store, request, about, request.text, t)

    def _asked(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        known = feedback.actions_of(store, request.member.scope, _LISTED)
        lines = [t.gettext("What was it done about?")]
        if known:
            lines += ["", t.gettext("Noted so far:"), *(f"• {self._line(one, t)}" for one in known)]
        rows = [(Button(self._name(one, t), f"action:for:{one}"),) for one in self._codebook.category_ids]
        rows += [(Button(self._deletion(one, t), f"action:undo:{one.action_id}"),) for one in known]
        return [Message("text", "\n".join(lines), tuple(rows))]

    def _expect(self, store: Store, request: Request, category: str, t: Texts) -> Sequence[Message]:
        members.expect(store, request.member, "action", f"for:{category}", request.at)
        asked = t.gettext(
            "{name}: write in a sentence or two what was done, without names. If it was not today, begin with the "
            "day, for example 24.11.2026. /cancel – leave it.",
            name=self._name(category, t),
        )
        return [Message("text", asked)]

    def _record(self, store: Store, request: Request, category: str, said: str, t: Texts) -> Sequence[Message]:
        today = request.at.astimezone(ZONE).date()
        found = _DAY.match(said)
        day = _day(found, today) if found else today
        text = (said[found.end() :] if found else said).strip()[:_LONGEST]
        if day is None or not text:
            members.expect(store, request.member, "action", f"for:{category}", request.at)
            return [Message("text", t.gettext("I need a day of the last year, not one to come, and what was done."))]
        number = feedback.record(store, request.member, category, day, text, request.at)
        kept = Action(number, category, request.member.scope, day, text)
        noted = t.gettext("Noted. The digest will show the weeks before and after it.")
        button = Button(t.gettext("Delete"), f"action:undo:{number}")
        return [Message("text", f"{noted}\n\n{self._line(kept, t)}", ((button,),))]

    def _line(self, action: Action, t: Texts) -> str:
        day = format_date(action.taken_on, "long", locale=t.language)
        place = scope_name(action.scope, self._places, t)
        return f"{day}, {place} · {self._name(action.category, t)}: {action.text}"

    def _deletion(self, action: Action, t: Texts) -> str:
        return t.gettext("Delete: {text}", text=action.text[:_ON_BUTTON])

    def _name(self, category: str, t: Texts) -> str:
        return self._codebook.category(category).name.of(t.language)


def _day(found: re.Match[str], today: date) -> date | None:
    """The day that was written, if it is one of the last year."""
    try:
        day = date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None
    return day if today - _OLDEST <= day <= today else None

"""The digest at the desk: asked for with /digest, sent every week by /subscribe.

Only weeks that are over are shown: two looks at a running one would tell what a single person has said in between. A
coordinator sees the own district and its schools; a school once enough of its staff have answered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from babel.dates import get_day_names

from bot.channels.message import Button, Message
from bot.channels.texts import LANGUAGES, Texts
from bot.errors import SettingsError
from bot.interview.places import Places
from bot.staff.desk import Entry, Request
from bot.staff.words import districts, weekly
from bot.store import deliveries, scopes
from bot.store.database import Store
from bot.store.deliveries import Order
from bot.store.members import EVERYWHERE, MONDAY_MORNING
from bot.store.weeks import last_complete_week, week_bounds

READERS = frozenset({"coordinator", "researcher"})
# Schools that are offered as buttons at once.
_OFFERED = 30
_WEEK = re.compile(r"(?:(\d{4})-?)?W?(\d{1,2})", re.IGNORECASE)
_HOUR = re.compile(r"(\d{1,2})(?:[:.]00)?")
_LENSES = ("barriers", "conditions")


class Digests:
    """The room of the digest. `wake` is called when one was asked for; `least`: people from whom on a school opens."""

    def __init__(self, places: Places, least: int, wake: Callable[[], None]) -> None:
        self._places = places
        self._least = least
        self._wake = wake

    def entries(self) -> Mapping[str, Entry]:
        """The handlers by name."""
        return {
            "digest": Entry(READERS, self._digest, lambda t: t.gettext("the digest of a week, for example /digest 47")),
            "schools": Entry(READERS, self._schools, lambda t: t.gettext("the digest of a school")),
            "subscribe": Entry(
                READERS, self._subscribe, lambda t: t.gettext("the digest every week, for example /subscribe 1 9")
            ),
            "unsubscribe": Entry(READERS, self._unsubscribe, lambda t: t.gettext("no more digests")),
        }

    def _digest(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        last = last_complete_week(request.at)
        week, scope, lens = last, request.member.scope, _LENSES[0]
        for word in request.argument.split():
            if word.lower() in _LENSES:
                lens = word.lower()
            elif found := _WEEK.fullmatch(word):
                week = f"{found[1] or last[:4]}-W{int(found[2]):02}"
            else:
                scope = word.lower()
        refused = self._no_such_week(week, last, t) or self._no_such_scope(store, scope, request, t)
        if refused:
            return [Message("text", refused)]
        deliveries.want(store, Order(request.cause, week, request.member, scope, lens), request.at)
        self._wake()
        return [Message("typing")]

    def _no_such_week(self, week: str, last: str, t: Texts) -> str | None:
        try:
            week_bounds(week)
        except SettingsError:
            return t.gettext("There is no week {week}. Write it like this: /digest {last}", week=week, last=last)
        if week > last:
            return t.gettext("Week {week} is not over yet. The newest digest: /digest {last}", week=week, last=last)
        return None

    def _no_such_scope(self, store: Store, scope: str, request: Request, t: Texts) -> str | None:
        own = request.member.scope
        if scope == own or (own == EVERYWHERE and scope in districts(self._places)):
            return None
        people = scopes.people_in_school(store, scope, own)
        if people is None:
            return t.gettext("I do not know {name}. You see: /digest, and /schools for the schools.", name=scope)
        if people < self._least:
            return t.gettext("The digest of a school opens from {number} respondents on.", number=self._least)
        return None

    def _schools(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        found = scopes.schools_open(store, request.member.scope, self._least)[:_OFFERED]
        opens = t.gettext("The digest of a school opens from {number} respondents on.", number=self._least)
        return [Message("text", opens, tuple((Button(name, f"digest:{key}"),) for key, name in found))]

    def _subscribe(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        chosen = MONDAY_MORNING if not request.argument else day_and_hour(request.argument)
        if chosen is None:
            return [
                Message("text", t.gettext("Write the day and the hour, for example: /subscribe 1 9 (Monday, 9:00)."))
            ]
        deliveries.subscribe(store, request.member.member_id, *chosen, request.at)
        return [Message("text", weekly(*chosen, t))]

    def _unsubscribe(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        deliveries.unsubscribe(store, request.member.member_id)
        return [Message("text", t.gettext("No digest will be sent any more. You can still ask for one: /digest"))]


def day_and_hour(text: str) -> tuple[int, int] | None:
    """(ISO weekday, hour) of words such as `1 9`, `пн 10:00`, `сейсенбі 8`; None for anything else."""
    match text.lower().replace(",", " ").split():
        case [day, hour] if (found := _HOUR.fullmatch(hour)) and int(found[1]) < 24:
            weekday = int(day) if day in "1234567" else _named(day)
            return None if weekday is None else (weekday, int(found[1]))
    return None


def _named(day: str) -> int | None:
    """The weekday that a name, or the beginning of just one, means in any of the languages."""
    names = [
        (number + 1, name.lower())
        for language in LANGUAGES
        for width in ("wide", "abbreviated", "short")
        for number, name in get_day_names(width, locale=language).items()
    ]
    exact = {number for number, name in names if name.strip(".") == day.strip(".")}
    begun = {number for number, name in names if len(day) > 2 and name.startswith(day)}
    found = exact or begun
    return found.pop() if len(found) == 1 else None

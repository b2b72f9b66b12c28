"""What roles and scopes are called, in the reader's language."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_date, get_day_names

from bot.channels.texts import ZONE, Texts
from bot.interview.places import Places
from bot.store.members import EVERYWHERE


def role_name(role: str, t: Texts) -> str:
    """What a member is called."""
    names = {
        "coordinator": t.gettext("coordinator"),
        "researcher": t.gettext("researcher"),
        "coder": t.gettext("coder"),
    }
    return names[role]


def scope_name(scope: str, places: Places, t: Texts) -> str:
    """A district, or all of them; the id where the list of places no longer has it."""
    if scope == EVERYWHERE:
        return t.gettext("all districts")
    named = {one.id: one.label for region in places.regions for one in region.districts}
    label = named.get(scope, {})
    return label.get(t.language) or label.get("kk") or scope


def districts(places: Places) -> tuple[str, ...]:
    """The ids that a scope can be, besides everywhere."""
    return tuple(one.id for region in places.regions for one in region.districts)


def day(moment: datetime, t: Texts) -> str:
    """The day of an aware time in Almaty, with its month in words."""
    return str(format_date(moment.astimezone(ZONE), "long", locale=t.language))


def weekly(weekday: int, hour: int, t: Texts) -> str:
    """When the digest comes: ISO weekday and hour in Almaty, in a sentence."""
    time = f"{get_day_names('wide', locale=t.language)[weekday - 1]}, {hour}:00"
    return t.gettext("The digest comes every week: {time}, Almaty time.", time=time)

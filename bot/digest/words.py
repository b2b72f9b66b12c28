"""How the digest calls and writes things, in every form it takes: names, shares, changes, weeks.

A sign stands for what must not be shown. Left out: whole sentences; text, picture and sheet have their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from babel.dates import format_interval

from bot.channels.texts import Texts
from bot.digest.compose import Change, Digest, Lens
from bot.interview.guide import Guide
from bot.store.weeks import week_bounds
from classifier.codebook import Codebook

HIDDEN = "•"
NOISE = "≈"


def week_title(week: str, t: Texts) -> str:
    """First and last day of a week, and how it is called in commands."""
    begin, end = week_bounds(week)
    days = format_interval(begin.date(), (end - timedelta(days=1)).date(), "yMMMd", locale=t.language)
    return f"{days} ({week})"


def name_of(lens: Lens, name: str, codebook: Codebook, t: Texts) -> str:
    """The name of a category, or of a condition."""
    if lens == "barriers":
        return codebook.category(name).name.of(t.language)
    return next(one.name.of(t.language) for one in codebook.conditions if one.id == name)


def scope_name(scope: str, guide: Guide, schools: Mapping[str, str], t: Texts) -> str:
    """What a scope is called: a district as the guide has it, a school as its respondents wrote it."""
    if scope == "all":
        return t.gettext("all districts")
    language = "ru" if t.language == "en" else t.language
    for region in guide.places.regions:
        for place in region.districts:
            if place.id == scope:
                return place.label[language]
    return schools.get(scope, scope)


def value_of(dimension: str, value: str, guide: Guide, t: Texts) -> str:
    """What a group of respondents is called."""
    if value == "-":
        return t.gettext("not stated")
    if dimension == "lang":
        return {"kk": t.gettext("Kazakh"), "ru": t.gettext("Russian")}[value]
    options = guide.roles if dimension == "role" else guide.localities
    found = {option.id: option.label[t.language] for option in options} if t.language in ("kk", "ru") else {}
    return found.get(value) or {
        "principal": t.gettext("principals"),
        "coordinator": t.gettext("coordinators"),
        "teacher": t.gettext("teachers"),
        "specialist": t.gettext("specialists"),
        "village": t.gettext("village"),
        "town": t.gettext("town"),
        "city": t.gettext("city"),
    }.get(value, value)


def number(count: int | None, t: Texts) -> str:
    """A count, or the sign for one that must not be shown."""
    return HIDDEN if count is None else t.number(count)


def percent(share: float, t: Texts) -> str:
    """A share in whole per cent."""
    return t.gettext("{number} %", number=round(100 * share))


def points(change: float, t: Texts, unit: bool = True) -> str:
    """A change in percentage points with its sign."""
    found = round(100 * change)
    signed = f"{'+' if found > 0 else '−' if found < 0 else ''}{t.number(abs(found))}"
    return t.ngettext("{signed} point", "{signed} points", abs(found), signed=signed) if unit else signed


def arrow(change: Change | None, t: Texts) -> str:
    """A real change as an arrow with its points, noise as a sign, nothing where there is nothing to compare."""
    if change is None:
        return ""
    if not change.real:
        return NOISE
    return f"{'▲' if change.points > 0 else '▼'} {points(change.points, t, unit=False)}"


def withheld(digest: Digest) -> bool:
    """Whether the digest hides any count, so that the sign needs its explanation."""
    counts = [digest.people, *(line.people for line in digest.lines), digest.course.begun, digest.course.finished]
    counts += [count for values in digest.groups.values() for one in values.values() for count in one.values()]
    return None in [*counts, *digest.course.stopped.values(), *digest.course.depths.values()]


def hidden_note(digest: Digest, t: Texts) -> str:
    """What the sign for a hidden count means."""
    return t.gettext(
        "{sign} – not shown: fewer than {least} people, or what would give them away", sign=HIDDEN, least=digest.least
    )

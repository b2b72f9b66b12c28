"""Actions in the digest: what was done about a barrier, between the weeks before it and the weeks after it.

Shares of single weeks as each week's own digest shows them, so a hidden week stays hidden; weeks without answers are
left out. Nothing is said about what caused what.
"""

from __future__ import annotations

from collections.abc import Sequence

from babel.dates import format_date

from bot.channels.texts import Texts
from bot.digest.compose import Digest
from bot.digest.words import HIDDEN, name_of, percent
from bot.store.feedback import Action
from bot.store.weeks import week_bounds, weeks_until
from classifier.codebook import Codebook


def afterwards(digest: Digest, actions: Sequence[Action], codebook: Codebook, t: Texts) -> list[str]:
    """One block of text about the actions, none where there are none; through the lens of the barriers only."""
    if not actions or digest.lens != "barriers" or digest.people is None:
        return []
    rows = [t.gettext("What was done, and the share before and after it")]
    for one in actions:
        day = format_date(one.taken_on, "medium", locale=t.language)
        rows += [
            f"· {day}, {name_of('barriers', one.category, codebook, t)}: {one.text}",
            f"  {_shares(digest, one, t)}",
        ]
    rows.append(t.gettext("A share can change for many reasons."))
    return ["\n".join(rows)]


def _shares(digest: Digest, action: Action, t: Texts) -> str:
    history = next(line.history for line in digest.lines if line.name == action.category)
    before, during, after = list[str](), list[str](), list[str]()
    for week, part in zip(weeks_until(digest.week, len(history)), history, strict=True):
        begin, end = (moment.date() for moment in week_bounds(week))
        place = before if end <= action.taken_on else after if begin > action.taken_on else during
        if part is None or part[1]:
            place.append(HIDDEN if part is None else percent(part[0] / part[1], t))
    parts = [
        t.gettext("before: {shares}", shares=", ".join(before)) if before else "",
        t.gettext("that week: {shares}", shares=", ".join(during)) if during else "",
        t.gettext("after: {shares}", shares=", ".join(after)) if after else "",
    ]
    return " · ".join(part for part in parts if part)

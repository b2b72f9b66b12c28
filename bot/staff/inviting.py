"""Invitations to a role: from the command line, and from coordinators for coders and respondents.

The link of a role works once and expires; the one for respondents works often and makes each of them a seed of the
sample (depth 0) in the round that runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.channels.message import Button, Message
from bot.channels.texts import Texts
from bot.control import Context
from bot.delivery.host import Rules
from bot.errors import SettingsError
from bot.interview.guide import load_guide
from bot.interview.places import Places
from bot.settings import DATA
from bot.staff.desk import Entry, Request
from bot.staff.words import day, districts, scope_name
from bot.store import members
from bot.store.database import Store

LASTS = timedelta(days=7)
_SPAN = re.compile(r"(\d{1,3})([hd])")
_INVITING = frozenset({"coordinator", "researcher"})


def span(text: str) -> timedelta:
    """`7d` or `12h` as a time span, from an hour to 90 days. Raises SettingsError."""
    found = _SPAN.fullmatch(text.strip())
    length = timedelta(**{"h": {"hours": int(found[1])}, "d": {"days": int(found[1])}}[found[2]]) if found else None
    if length is None or not timedelta(hours=1) <= length <= timedelta(days=90):
        raise SettingsError(f"--expires {text}: allowed are 1h to 90d, for example 7d or 12h")
    return length


def invite(context: Context, asked: Mapping[str, Any]) -> dict[str, str | None]:
    """The writing command: a new invitation for `role` in `scope`, for `expires`. Raises SettingsError."""
    role, scope = str(asked["role"]), str(asked["scope"])
    known = districts(load_guide(DATA / "guide.toml", DATA / "places.toml").places)
    if role not in members.ROLES:
        raise SettingsError(f"--role {role}: allowed are {', '.join(members.ROLES)}")
    if scope != members.EVERYWHERE and scope not in known:
        raise SettingsError(f"--scope {scope}: allowed are {members.EVERYWHERE}, {', '.join(known)}")
    until = context.now + span(str(asked["expires"]))
    token = members.invite(context.store, role, scope, until, context.now, name=asked.get("name") or None, by=None)
    return {"token": token, "link": context.link and context.link + token, "until": until.isoformat()}


class Inviting:
    """The room of invitations at the desk."""

    def __init__(self, places: Places, rules: Rules) -> None:
        self._places = places
        self._rules = rules

    def entries(self) -> Mapping[str, Entry]:
        """The handlers by name."""
        return {
            "invite": Entry(_INVITING, self._offer, lambda t: t.gettext("invite respondents or coders")),
            "seed": Entry(_INVITING, self._seed),
            "hire": Entry(_INVITING, self._hire),
        }

    def _offer(self, _: Store, __: Request, t: Texts) -> Sequence[Message]:
        rows = ((Button(t.gettext("Respondents"), "seed:"),), (Button(t.gettext("A coder"), "hire:"),))
        return [Message("text", t.gettext("Whom would you like to invite?"), rows)]

    def _seed(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        token = members.issue_link(store, request.member, self._rules.round, self._rules.round_ends)
        link = self._rules.link + token
        text = t.gettext(
            "A link for respondents of your schools: {scope}. It can be used by up to {number} people, until {day}. "
            "Your earlier link no longer works.",
            scope=scope_name(request.member.scope, self._places, t),
            number=members.LINK_USES,
            day=day(self._rules.round_ends - timedelta(seconds=1), t),
        )
        return [Message("photo", f"{text}\n{link}", link=link)]

    def _hire(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        member = request.member
        if request.text is None:
            members.expect(store, member, "hire", "", request.at)
            asked = t.gettext("What is the coder called? Only the list of the team shows the name. /cancel – stop.")
            return [Message("text", asked)]
        until = request.at + LASTS
        name = " ".join(request.text.split())[:60]
        token = members.invite(store, "coder", member.scope, until, request.at, name=name, by=member.member_id)
        return [Message("text", _coder_link(name, self._rules.link + token, until, t))]


def _coder_link(name: str, link: str, until: datetime, t: Texts) -> str:
    text = t.gettext(
        "An invitation for the coder {name}. It works once, until {day}. Please pass it on:",
        name=name,
        day=day(until, t),
    )
    return f"{text}\n{link}"

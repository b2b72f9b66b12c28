"""`/team`: who has access within one's scope, which invitations are open, and taking a right back.

A right is taken back in two taps. A coordinator takes back only what lies within the own scope, and nobody their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.channels.message import Button, Message
from bot.channels.texts import Texts
from bot.interview.places import Places
from bot.staff.desk import Entry, Request
from bot.staff.words import day, role_name, scope_name
from bot.store import members
from bot.store.database import Store
from bot.store.members import Invitation, Member

_LEADING = frozenset({"coordinator"})


class Team:
    """The room of the team."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def entries(self) -> Mapping[str, Entry]:
        """The handlers by name."""
        return {
            "team": Entry(_LEADING, self._team, lambda t: t.gettext("who has access")),
            "revoke": Entry(_LEADING, self._revoke),
            "revoked": Entry(_LEADING, self._revoked),
            "withdraw": Entry(_LEADING, self._withdraw),
        }

    def _team(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        own = request.member
        people, invited = members.team(store, own.scope), members.open_invitations(store, own.scope, request.at)
        lines = [t.gettext("Who has access:"), *(f"• {self._person(one, own, t)}" for one in people)]
        if invited:
            lines += ["", t.gettext("Open invitations:"), *(f"• {self._invitation(one, t)}" for one in invited)]
        buttons = [
            (Button(t.gettext("Take access from: {name}", name=self._name(one, t)), f"revoke:{one.member_id}"),)
            for one in people
            if one.member_id != own.member_id
        ]
        buttons += [
            (Button(t.gettext("Withdraw: {name}", name=self._invited(one, t)), f"withdraw:{one.invitation_id}"),)
            for one in invited
        ]
        return [Message("text", "\n".join(lines), tuple(buttons))]

    def _revoke(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        person = _within(store, request)
        if person is None:
            return [Message("toast", t.gettext("This button no longer counts."))]
        sure = ((Button(t.gettext("Yes, take access away"), f"revoked:{person.member_id}"),),)
        return [Message("text", t.gettext("Take access from {name}?", name=self._name(person, t)), sure)]

    def _revoked(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        person = _within(store, request)
        if person is None:
            return [Message("toast", t.gettext("This button no longer counts."))]
        members.revoke(store, person.member_id)
        return [Message("text", t.gettext("{name} no longer has access.", name=self._name(person, t)))]

    def _withdraw(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        own = {one.invitation_id for one in members.open_invitations(store, request.member.scope, request.at)}
        number = request.argument
        if not number.isdecimal() or int(number) not in own or not members.withdraw(store, int(number)):
            return [Message("toast", t.gettext("This button no longer counts."))]
        return [Message("text", t.gettext("The invitation no longer works."))]

    def _person(self, one: Member, own: Member, t: Texts) -> str:
        you = t.gettext("you") if one.member_id == own.member_id else None
        known = (one.name, you, role_name(one.role, t), scope_name(one.scope, self._places, t))
        return ", ".join(part for part in known if part)

    def _invitation(self, one: Invitation, t: Texts) -> str:
        return t.gettext("{name}, until {day}", name=self._invited(one, t), day=day(one.expires_at, t))

    def _invited(self, one: Invitation, t: Texts) -> str:
        return one.name or role_name(one.role, t)

    def _name(self, one: Member, t: Texts) -> str:
        return one.name or f"{role_name(one.role, t)}, {scope_name(one.scope, self._places, t)}"


def _within(store: Store, request: Request) -> Member | None:
    """The member whom a button means, if the one who pressed it may take their right away."""
    own, number = request.member, request.argument
    found = members.team(store, own.scope) if number.isdecimal() else []
    return next((one for one in found if one.member_id == int(number) and one.member_id != own.member_id), None)

"""The reception: the welcome of a new member, /help for their role, /language, /cancel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.channels.keyboards import LANGUAGES as SPOKEN
from bot.channels.message import Button, Message
from bot.channels.texts import LANGUAGES, Texts, texts_for
from bot.interview.places import Places
from bot.staff.desk import EVERYBODY, Desk, Entry, Request
from bot.staff.words import role_name, scope_name, weekly
from bot.store import deliveries, members
from bot.store.database import Store

NAMES = SPOKEN | {"en": "English"}


class Reception:
    """What every member finds, whatever their role."""

    def __init__(self, places: Places, desk: Desk) -> None:
        self._places = places
        self._desk = desk

    def entries(self) -> Mapping[str, Entry]:
        """The handlers by name."""
        return {
            "help": Entry(EVERYBODY, self._help),
            "language": Entry(EVERYBODY, self._language, lambda t: t.gettext("in which language I write to you")),
            "speak": Entry(EVERYBODY, self._speak),
            "cancel": Entry(EVERYBODY, self._cancel, lambda t: t.gettext("leave the step that is open")),
        }

    def _help(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        role, scope = role_name(request.member.role, t), scope_name(request.member.scope, self._places, t)
        lines = [f"/{name} – {about}" for name, about in self._desk.menu(request.member.role, t)]
        right = t.gettext("You are in the team: {role}, {scope}.", role=role, scope=scope)
        own = t.gettext("To take part in the interview yourself, send /start.")
        chosen = deliveries.subscription_of(store, request.member.member_id)
        ends = [weekly(*chosen, t), own] if chosen else [own]
        return [Message("text", "\n".join([right, "", *lines, "", *ends]))]

    def _language(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        if request.argument in LANGUAGES:
            return self._speak(store, request, t)
        buttons = tuple((Button(NAMES[one], f"speak:{one}"),) for one in LANGUAGES)
        return [Message("text", t.gettext("In which language shall I write to you as a member of the team?"), buttons)]

    def _speak(self, store: Store, request: Request, _: Texts) -> Sequence[Message]:
        if request.argument not in LANGUAGES:
            return []
        members.set_language(store, request.member.member_id, request.argument)
        return [Message("text", texts_for(request.argument).gettext("I will write to you in English."))]

    def _cancel(self, _: Store, __: Request, t: Texts) -> Sequence[Message]:
        # The desk has already forgotten what was asked for: any command ends it.
        return [Message("text", t.gettext("All right, nothing is open."))]

"""The desk: what a member of staff says goes to the room that it is for; what anybody else says passes by.

A room registers its handlers by name: the command without its slash, or what stands before ":" in a button's data. The
roles that may use a handler stand beside it and are checked here, once. Whoever lacks the right is not refused but not
heard: the interview gives them the answer that it gives to any unknown command or stale button.

Who comes with an invitation is greeted with the help of their new role. A member may be a respondent in the same chat:
while an interview is open there, texts belong to it unless the member was just asked for one (`members.expect`), and
`/help` and `/language` are answered by both. Everything happens inside the worker's transaction; what is said goes
through the outbox.

Left out: the words of rooms, and groups, where there are no members.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.channels.incoming import ButtonIn, CommandIn, Incoming, OtherIn, TextIn
from bot.channels.message import Message
from bot.channels.notices import notice
from bot.channels.texts import LANGUAGES, Texts, texts_for
from bot.delivery.saying import say
from bot.interview.flow import BEFORE_CONSENT
from bot.store import members, people
from bot.store.database import Store
from bot.store.members import Member

# Answered by the desk and, where an interview is open, by the interview too.
SHARED = frozenset({"help", "language"})
EVERYBODY = frozenset(members.ROLES)
# What a member says to the interview, whether or not one is open.
_INTERVIEWS = frozenset({"start", "mydata", "forget"})


@dataclass(frozen=True, slots=True)
class Request:
    """What a member wants. `name`: the handler; `argument`: the rest of the command, or of the button's data; `text`:
    what they wrote when asked for it; `message_id`: the message that a pressed button hangs on; `cause`: its name for
    ever, from which other causes may be made."""

    member: Member
    at: datetime
    name: str
    argument: str
    text: str | None
    message_id: int | None
    cause: str


Handler = Callable[[Store, Request, Texts], Sequence[Message]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A handler and who may use it. `about` is its line in /help, None for what only buttons and asked texts reach."""

    roles: Collection[str]
    handler: Handler
    about: Callable[[Texts], str] | None = None


class Desk:
    """Handlers by name, and the way to them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._entries: dict[str, Entry] = {}

    def add(self, entries: Mapping[str, Entry]) -> None:
        """Register the handlers of a room. Raises ValueError for a name that is taken."""
        if taken := self._entries.keys() & entries.keys():
            raise ValueError(f"handlers {', '.join(sorted(taken))}: registered already")
        self._entries |= entries

    def menu(self, role: str, t: Texts) -> list[tuple[str, str]]:
        """(command, what it does) for a role, in the order of registration."""
        return [(name, entry.about(t)) for name, entry in self._entries.items() if entry.about and role in entry.roles]

    def take(self, chat_key: int, said: Incoming, at: datetime, cause: str, *, talking: bool) -> bool:
        """Answer what is said to the desk; whether that is all, so that the interview is not to hear it.

        `talking`: an interview is open in this chat.
        """
        if isinstance(said, CommandIn) and said.name == "start":
            return bool(said.argument) and self._start(chat_key, said, at, cause)
        member = members.member_of(self._store, chat_key)
        if member is None:
            return False
        match said:
            case CommandIn(_, _, name, argument):
                members.take_expected(self._store, member, at)
                return self._command(Request(member, at, name, argument.strip(), None, None, cause), talking)
            case ButtonIn(_, message_id, data, callback_id):
                name, _, argument = data.partition(":")
                request = Request(member, at, name, argument, None, message_id, cause)
                return self._button(request, callback_id, talking)
            case TextIn(_, _, text):
                return self._text(member, text, at, cause, talking)
            case OtherIn() if not talking:
                self._say(member, notice("only_text", {}, texts_for(member.language)), cause, at)
                return True
        return False

    def _start(self, chat_key: int, said: CommandIn, at: datetime, cause: str) -> bool:
        token = said.argument.strip()
        known = members.member_of(self._store, chat_key)
        hint = (said.language_hint or "")[:2]
        language = known.language if known else hint if hint in LANGUAGES else LANGUAGES[0]
        member = members.redeem(self._store, chat_key, token, language, at) or known
        if member is None or people.is_link(self._store, token):
            return False
        self._handle(self._entries["help"], Request(member, at, "help", "", None, None, cause))
        return True

    def _command(self, request: Request, talking: bool) -> bool:
        if entry := self._entry(request.name, request.member.role):
            self._handle(entry, request)
            return not (talking and request.name in SHARED)
        if talking or request.name in _INTERVIEWS:
            return False
        unknown = notice("unknown_command", {}, texts_for(request.member.language))
        self._say(request.member, unknown, request.cause, request.at)
        return True

    def _button(self, request: Request, callback_id: str | None, talking: bool) -> bool:
        t = texts_for(request.member.language)
        entry = None if request.name in BEFORE_CONSENT else self._entry(request.name, request.member.role)
        if entry:
            members.take_expected(self._store, request.member, request.at)
            self._handle(entry, request, callback_id)
        elif not talking and request.name not in BEFORE_CONSENT:
            stale = Message("toast", notice("stale", {}, t), callback_id=callback_id)
            self._queue(request.member, [stale], request.cause, request.at)
        else:
            return False
        return True

    def _text(self, member: Member, text: str, at: datetime, cause: str, talking: bool) -> bool:
        if asked := members.take_expected(self._store, member, at):
            name, data = asked
            if entry := self._entry(name, member.role):
                self._handle(entry, Request(member, at, name, data, text, None, cause))
                return True
        if talking:
            return False
        self._say(member, texts_for(member.language).gettext("What you can do here is listed under /help."), cause, at)
        return True

    def _entry(self, name: str, role: str) -> Entry | None:
        entry = self._entries.get(name)
        return entry if entry and role in entry.roles else None

    def _handle(self, entry: Entry, request: Request, callback_id: str | None = None) -> None:
        t = texts_for(request.member.language)
        messages = list(entry.handler(self._store, request, t))
        if callback_id is not None:
            messages = _answering(messages, callback_id)
        self._queue(request.member, messages, request.cause, request.at)

    def _say(self, member: Member, text: str, cause: str, at: datetime) -> None:
        self._queue(member, [Message("text", text)], cause, at)

    def _queue(self, member: Member, messages: Sequence[Message], cause: str, at: datetime) -> None:
        say(self._store, member.chat_key, messages, f"{cause}:staff", at)


def _answering(messages: list[Message], callback_id: str) -> list[Message]:
    """The messages with the one that answers the press first, so that the button stops spinning."""
    toast = next((one for one in messages if one.kind == "toast"), Message("toast"))
    return [replace(toast, callback_id=callback_id), *(one for one in messages if one.kind != "toast")]

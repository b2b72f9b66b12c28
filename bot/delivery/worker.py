"""Inbox -> engine -> store and outbox, in order of arrival, one savepoint an update.

Answer, state, outbox rows and "done" are one commit: an update counts wholly or not at all, however often the process
dies. An update that raises is taken back and set aside with an alarm; the others go on. While it is unknown whether a
prompt reached the screen, the messages of that chat wait in the inbox.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from bot.channels.incoming import BlockedIn, ButtonIn, CommandIn, EditIn, Incoming, OtherIn, TextIn
from bot.channels.keyboards import option_typed
from bot.channels.texts import texts_for
from bot.delivery.alarms import Alarms
from bot.delivery.binding import Between, step_of_button, step_of_message
from bot.delivery.host import Cause, Host
from bot.interview.commands import COMMANDS
from bot.interview.events import (
    Answered,
    Commanded,
    Edited,
    Event,
    Pressed,
    SentOther,
    Started,
    Typed,
    Unplaced,
)
from bot.interview.flow import options
from bot.interview.state import question_of_step
from bot.store import delivery, erasure, interviews, people
from bot.store.database import Store, moment

BATCH = 50

Read = Callable[[Mapping[str, Any]], Incoming | None]

log = structlog.get_logger(__name__)


class Worker:
    """Handles what waits in the inbox. `read` is the channel's way of reading a raw update."""

    def __init__(self, store: Store, host: Host, read: Read, alarms: Alarms, *, pilot: bool) -> None:
        self._store = store
        self._host = host
        self._read = read
        self._alarms = alarms
        self._pilot = pilot
        self._albums: dict[int, str] = {}

    def step(self) -> int:
        """Handle one batch in one transaction; how many updates. An erasure is completed after the commit."""
        with self._store.atomic():
            waiting = delivery.waiting_inbox(self._store, BATCH, delivery.doubtful_chats(self._store))
            for row in waiting:
                self._handle(row)
        if self._host.scrub_due:
            erasure.scrub(self._store)
            self._host.scrub_due = False
        return len(waiting)

    def _handle(self, row: delivery.InboxRow) -> None:
        now = datetime.now(UTC)
        try:
            with self._store.atomic():
                self._take(row)
                delivery.finish_inbox(self._store, row.inbox_key, now)
        except Exception as error:
            log.error("update set aside", inbox_key=row.inbox_key, error=type(error).__name__)
            self._alarms.raise_alarm("update_set_aside")
            delivery.dead_letter(self._store, row.inbox_key, type(error).__name__, now)

    def _take(self, row: delivery.InboxRow) -> None:
        incoming = self._read(json.loads(row.raw))
        if incoming is None or row.chat_key is None:
            return
        if isinstance(incoming, BlockedIn):
            if incoming.blocked:
                people.set_blocked(self._store, row.chat_key)
            return
        events = self._events(row, row.chat_key, incoming)
        cause = Cause(f"u{row.update_id}", row.inbox_key)
        if isinstance(incoming, ButtonIn):
            cause = Cause(f"u{row.update_id}", row.inbox_key, incoming.message_id, incoming.callback_id)
        if events:
            self._host.handle(row.chat_key, events, cause)

    def _events(self, row: delivery.InboxRow, chat_key: int, incoming: Incoming) -> list[Event]:
        at = moment(row.received_at)
        match incoming:
            case TextIn(_, message_id, text):
                return self._text(row, chat_key, message_id, text)
            case CommandIn(_, _, name, argument, hint):
                return [self._command(chat_key, name, argument, hint, at)]
            case ButtonIn(_, message_id, data):
                return [self._button(row, chat_key, message_id, data)]
            case EditIn(_, message_id, text):
                question = interviews.question_of(self._store, chat_key, message_id)
                return [] if question is None else [Edited(at, question, message_id, text)]
            case OtherIn():
                return self._other(row, chat_key, incoming)
        raise TypeError(f"no way to take {type(incoming).__name__}")

    def _text(self, row: delivery.InboxRow, chat_key: int, message_id: int, text: str) -> list[Event]:
        """A text is a button's words, a part of an answer, or what a typed step asked for; the marks decide."""
        at = moment(row.received_at)
        state = self._host.state_of(chat_key)
        if state.step == "start":
            return [Started(at, None, self._pilot)]
        marks = delivery.marks_of(self._store, chat_key)
        step = step_of_message(marks, message_id, row.inbox_key)
        if isinstance(step, Between):
            return [Unplaced(at, message_id, text, step.earlier, step.later)]
        if step == state.step and (option := self._option(chat_key, text)):
            return [Pressed(at, state.step, option)]
        question = question_of_step(step) if step else None
        if question is not None:
            return [Answered(at, question, message_id, text)]
        return [Typed(at, step, text)] if step else []

    def _option(self, chat_key: int, text: str) -> str | None:
        """The button of the open step that the text means. At a question a bare number is an answer."""
        state = self._host.state_of(chat_key)
        rows = self._host.renderer.keyboards.rows(state.step, state, texts_for(state.language))
        return option_typed(text, rows, numbers=question_of_step(state.step) is None)

    def _command(self, chat_key: int, name: str, argument: str, hint: str | None, at: datetime) -> Event:
        if name == "start":
            if argument:
                people.remember_referral(self._store, chat_key, argument.strip())
            return Started(at, hint, self._pilot)
        state = self._host.state_of(chat_key)
        known = options(self._host.guide, state, state.step)
        if name.isdigit():
            rows = self._host.renderer.keyboards.rows(state.step, state, texts_for(state.language))
            option = option_typed(name, rows, numbers=True)
            return Commanded(at, name) if option is None else Pressed(at, state.step, option)
        if name in known and name not in COMMANDS:
            return Pressed(at, state.step, name)
        return Commanded(at, name)

    def _button(self, row: delivery.InboxRow, chat_key: int, message_id: int | None, data: str) -> Event:
        at = moment(row.received_at)
        step, _, option = data.partition(":")
        marks = delivery.marks_of(self._store, chat_key)
        return Pressed(at, step_of_button(marks, message_id, step, row.inbox_key) or "", option)

    def _other(self, row: delivery.InboxRow, chat_key: int, incoming: OtherIn) -> list[Event]:
        """A caption is a text; of an album the first picture is answered, the others are silent."""
        at = moment(row.received_at)
        told = incoming.album is not None and self._albums.get(chat_key) == incoming.album
        if incoming.album is not None:
            self._albums[chat_key] = incoming.album
        said = self._text(row, chat_key, incoming.message_id, incoming.caption) if incoming.caption.strip() else []
        if said and isinstance(said[0], Started):
            return said
        return said if told else [*said, SentOther(at, incoming.kind)]

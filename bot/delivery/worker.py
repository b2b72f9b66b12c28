"""Inbox -> engine -> store and outbox, one savepoint an update: chat by chat in turn, each in order of arrival.

Answer, state, outbox rows and "done" are one commit: an update counts wholly or not at all, however often the process
dies. An update that raises is taken back and set aside with an alarm; the others go on. While it is unknown whether a
prompt reached the screen, the messages of that chat wait in the inbox.
"""

from __future__ import annotations

import json
import sqlite3
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
from bot.interview.state import ENDS, State, question_of_step
from bot.staff.desk import Desk
from bot.store import delivery, erasure, interviews, people
from bot.store.database import Store, moment

BATCH = 50
# How many of them may be of one chat: a chat that floods the inbox keeps the others waiting no longer than this takes.
EACH = 10
# Commands that leave the open step: said twice in a hurry, the second one must not leave a step that nobody has seen.
MOVING = frozenset({"next", "back", "skip"})
# Errors that say nothing about the update: it waits until the disk can be written again.
DISK_ERRORS = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
    }
)

Read = Callable[[Mapping[str, Any]], Incoming | None]

log = structlog.get_logger(__name__)


class Worker:
    """Handles what waits in the inbox. `read` is the channel's way of reading a raw update; without a `desk` nobody is
    a member of staff."""

    def __init__(
        self, store: Store, host: Host, read: Read, alarms: Alarms, *, pilot: bool, desk: Desk | None = None
    ) -> None:
        self._store = store
        self._host = host
        self._read = read
        self._alarms = alarms
        self._pilot = pilot
        self._desk = desk
        self._albums: dict[int, str] = {}

    def step(self) -> int:
        """Handle one batch in one transaction; how many updates. Erasures and alarms follow the commit."""
        with self._store.atomic():
            waiting = delivery.waiting_inbox(self._store, BATCH, delivery.doubtful_chats(self._store), EACH)
            for row in waiting:
                self._handle(row)
        if self._host.scrub_due:
            erasure.scrub(self._store)
            self._host.scrub_due = False
        if self._host.unread_urgent:
            self._alarms.raise_alarm("urgent_unread")
            self._host.unread_urgent = False
        return len(waiting)

    def _handle(self, row: delivery.InboxRow) -> None:
        now = datetime.now(UTC)
        try:
            with self._store.atomic():
                self._take(row)
                delivery.finish_inbox(self._store, row.inbox_key, now)
        except Exception as error:
            if _is_of_the_disk(error):
                raise
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
        if self._taken_by_staff(row, row.chat_key, incoming):
            return
        events = self._events(row, row.chat_key, incoming)
        cause = Cause(f"u{row.update_id}", row.inbox_key)
        if isinstance(incoming, ButtonIn):
            cause = Cause(f"u{row.update_id}", row.inbox_key, incoming.message_id, incoming.callback_id)
        if events:
            self._host.handle(row.chat_key, events, cause)

    def _taken_by_staff(self, row: delivery.InboxRow, chat_key: int, incoming: Incoming) -> bool:
        if self._desk is None:
            return False
        talking = self._host.state_of(chat_key).step not in {"start", *ENDS}
        return self._desk.take(chat_key, incoming, moment(row.received_at), f"u{row.update_id}", talking=talking)

    def _events(self, row: delivery.InboxRow, chat_key: int, incoming: Incoming) -> list[Event]:
        at = moment(row.received_at)
        match incoming:
            case TextIn(_, message_id, text):
                return self._text(row, chat_key, message_id, text)
            case CommandIn():
                return [self._command(row, chat_key, incoming)]
            case ButtonIn(_, message_id, data):
                return [self._button(row, chat_key, message_id, data)]
            case EditIn(_, message_id, text):
                question = interviews.question_of(self._store, chat_key, message_id)
                if question is None:
                    # A message in doubt has no question yet, but it is kept: its correction is kept with it.
                    interviews.revise_message(self._store, chat_key, message_id, text, at)
                    return []
                return [Edited(at, question, message_id, text)]
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
            if question_of_step(step.earlier) or question_of_step(step.later):
                return [Unplaced(at, message_id, text, step.earlier, step.later)]
            # Between two steps that keep no answers nothing can be lost; a button's words are not guessed at.
            return [Typed(at, step.later, text)]
        if step == state.step and (option := self._option(state, text)):
            return [Pressed(at, state.step, option)]
        question = question_of_step(step) if step else None
        if question is not None:
            return [Answered(at, question, message_id, text)]
        return [Typed(at, step, text)] if step else []

    def _option(self, state: State, text: str) -> str | None:
        """The button of the open step that the text means. At a question a bare number is an answer."""
        rows = self._host.renderer.keyboards.rows(state.step, state, texts_for(state.language))
        return option_typed(text, rows, numbers=question_of_step(state.step) is None)

    def _command(self, row: delivery.InboxRow, chat_key: int, said: CommandIn) -> Event:
        at = moment(row.received_at)
        if said.name == "start":
            if said.argument:
                people.remember_referral(self._store, chat_key, said.argument.strip())
            return Started(at, said.language_hint, self._pilot)
        state = self._host.state_of(chat_key)
        option = self._option_commanded(state, said.name)
        if (option or said.name in MOVING) and self._overtaken(chat_key, said.message_id):
            return Pressed(at, "", said.name)
        return Commanded(at, said.name) if option is None else Pressed(at, state.step, option)

    def _option_commanded(self, state: State, name: str) -> str | None:
        """The button of the open step that /yes or /2 stands for; None for the commands that are always there."""
        if name.isdigit():
            rows = self._host.renderer.keyboards.rows(state.step, state, texts_for(state.language))
            return option_typed(name, rows, numbers=True)
        return name if name in options(self._host.guide, state, state.step) and name not in COMMANDS else None

    def _overtaken(self, chat_key: int, message_id: int) -> bool:
        """Whether the command was written before the open prompt was on the screen: it meant the one before."""
        marks = delivery.marks_of(self._store, chat_key)
        return any(mark.message_id > message_id for mark in marks) or delivery.prompt_waits(self._store, chat_key)

    def _button(self, row: delivery.InboxRow, chat_key: int, message_id: int | None, data: str) -> Event:
        at = moment(row.received_at)
        step, _, option = data.partition(":")
        marks = delivery.marks_of(self._store, chat_key)
        return Pressed(at, step_of_button(marks, message_id, step, row.inbox_key) or "", option, message_id)

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


def _is_of_the_disk(error: BaseException | None) -> bool:
    """Whether the error, or one that it came out of, is about the disk: rolling back can raise another one."""
    while error is not None:
        # The lowest byte is the error, the others say more about it.
        if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in DISK_ERRORS:
            return True
        error = error.__context__
    return False

"""The interview in a terminal: the second edge of the same engine, inbox, worker and outbox.

A line is a message; buttons are numbered and taken by number, label or command; `/edit new text` corrects the last
message. From a pipe it ends at end of file. Whatever was written is kept: the next start goes on where this one ended.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from bot.app import build_host, build_keeper
from bot.channels.incoming import CommandIn, EditIn, Incoming, TextIn
from bot.channels.keyboards import numbered
from bot.channels.message import Button, Message, from_json
from bot.channels.texts import texts_for
from bot.channels.typed import typed_lines
from bot.coding.keeper import Keeper
from bot.delivery.alarms import Alarms
from bot.delivery.host import Host
from bot.delivery.jobs import Jobs
from bot.delivery.lock import sole_instance
from bot.delivery.worker import Worker
from bot.errors import ChannelError
from bot.interview.flow import QUESTION_OPTIONS
from bot.interview.state import State, question_of_step
from bot.settings import Settings
from bot.store import delivery, people
from bot.store.database import Store, opened

# The terminal is one chat with itself; Telegram gives no chat this id.
CHAT = 0
WIDEST = 100
# How long the end of an interview waits for the coder, which may still be loading the model, seconds.
CHECK_PATIENCE_S = 60.0
SAID, HEARD = "> ", "< "


async def run_terminal(settings: Settings, script: TextIO | None, dump: Path | None) -> None:
    """Hold the interview with whoever types, or with the lines of `script`. Writes both sides to `dump`.

    Ctrl-C ends it like the end of file does. Raises ChannelError for input that is not UTF-8.
    """
    with sole_instance(settings.home), opened(settings.home) as store:
        host, codebook = build_host(settings, store, "/start ")
        jobs = Jobs(store, host, settings.round)
        coded = asyncio.Event()

        def after_coding() -> None:
            jobs.send_checks()
            coded.set()

        keeper = build_keeper(settings, store, codebook, after_coding)
        session = Session(store, host, settings.pilot)
        session.hear("/start")
        jobs.send_checks()
        session.show()
        coding = asyncio.create_task(keeper.run()) if keeper else None
        try:
            await _until_interrupted(_converse(session, script, keeper, coded))
            session.leave()
        finally:
            if coding:
                coding.cancel()
                with suppress(asyncio.CancelledError):
                    await coding
            if dump:
                session.write_record(dump)


async def _until_interrupted(conversation: Coroutine[None, None, None]) -> None:
    task = asyncio.create_task(conversation)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, task.cancel)
    try:
        await asyncio.wait([task])
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        task.cancel()
    if not task.cancelled():
        task.result()


async def _converse(session: Session, script: TextIO | None, keeper: Keeper | None, coded: asyncio.Event) -> None:
    waited = False
    async for line in typed_lines(sys.stdin) if script is None else _scripted(script):
        session.hear(line)
        if keeper and not waited:
            keeper.wake()
            waited = await _wait_for_check(session, coded)


async def _wait_for_check(session: Session, coded: asyncio.Event) -> bool:
    """When the interview has just ended, give the coder a moment, so that the member check comes at once."""
    state = session.state
    if not state.finished or state.check or state.checked or not any(answer.parts for answer in state.answers):
        return state.finished
    session.tell(texts_for(state.language).gettext("One moment: your answers are being read."))
    with suppress(TimeoutError):
        async with asyncio.timeout(CHECK_PATIENCE_S):
            while not session.state.check:
                coded.clear()
                await coded.wait()
    session.show()
    return True


async def _scripted(script: TextIO) -> AsyncIterator[str]:
    """The lines of a script; of a dumped conversation, those that the person said."""
    try:
        for line in script:
            if not line.startswith(SAID.strip()) and (said := line.removeprefix(HEARD).strip()):
                yield said
    except UnicodeDecodeError:
        raise ChannelError(f"{script.name}: the script must be UTF-8 text") from None


class Session:
    """The terminal's chat: what is typed goes through the inbox, what the outbox holds is printed."""

    def __init__(self, store: Store, host: Host, pilot: bool) -> None:
        self.record: list[str] = []
        self._store = store
        self._host = host
        self._worker = Worker(store, host, read, Alarms(), pilot=pilot)
        self._last_id = 0
        self._last_text_id = 0
        self._interactive = sys.stdout.isatty()

    @property
    def state(self) -> State:
        """Where the conversation stands, as the store has it."""
        return self._host.state_of(self._chat_key())

    def hear(self, line: str) -> None:
        """Take one typed line and show what it leads to."""
        if line != "/start" or self.record:
            self.record.append(f"{HEARD}{line}\n")
        raw = self._raw(line)
        now = datetime.now(UTC)
        with self._store.atomic():
            delivery.receive(self._store, [delivery.Received(-self._next_id(), CHAT, json.dumps(raw))], now)
        self.show()

    def show(self) -> None:
        """Handle what waits and print what is to be said, until nothing is left."""
        while self._worker.step() or self._print():
            pass
        with self._store.atomic():
            people.sweep_chats(self._store)

    def tell(self, text: str) -> None:
        """Print a line that is no part of the interview."""
        self._out(text, record=False)

    def write_record(self, path: Path) -> None:
        """Write both sides of the conversation, so that `--script` can replay it."""
        path.write_text("".join(self.record), encoding="utf-8")

    def leave(self) -> None:
        """Say that the interview can be gone on with."""
        state = self.state
        if state.opened and not state.finished:
            self.tell(texts_for(state.language).gettext("Your answers are kept. To go on, start the program again."))

    def _print(self) -> int:
        now = datetime.now(UTC)
        rows = delivery.sendable(self._store, now, 1)
        for row in rows:
            message = from_json(row.message)
            with self._store.atomic():
                delivery.begin_send(self._store, row.outbox_id)
            self._say(message)
            with self._store.atomic():
                delivery.sent(self._store, row, self._next_id(), now)
        return len(rows)

    def _say(self, message: Message) -> None:
        if message.text and message.kind != "document":
            self._out(message.text)
        elif message.kind == "document":
            self._out(f"{message.file_name}\n{message.text}")
        if message.buttons:
            self._out(_buttons(message))

    def _out(self, text: str, *, record: bool = True) -> None:
        width = min(shutil.get_terminal_size().columns, WIDEST) if self._interactive else None
        for line in _wrapped(text, width):
            sys.stdout.write(line + "\n")
        if record:
            self.record += [f"{SAID}{line}\n" if line else ">\n" for line in text.split("\n")]
            self.record.append(">\n")
        sys.stdout.write("\n")
        sys.stdout.flush()

    def _raw(self, line: str) -> dict[str, Any]:
        if line.startswith("/edit ") and self._last_text_id:
            return {"edit": self._last_text_id, "text": line.removeprefix("/edit ")}
        number = self._next_id()
        if not line.startswith("/"):
            self._last_text_id = number
        return {"message_id": number, "text": line}

    def _next_id(self) -> int:
        """A message id greater than every one before, also those of earlier runs."""
        self._last_id = max(self._last_id + 1, time.time_ns() // 1_000_000)
        return self._last_id

    def _chat_key(self) -> int:
        return people.chat_key_of(self._store, CHAT, datetime.now(UTC))


def read(raw: Mapping[str, Any]) -> Incoming:
    """What a typed line is: a command, a correction, or a text."""
    text: str = raw["text"]
    if "edit" in raw:
        return EditIn(CHAT, raw["edit"], text)
    if text.startswith("/"):
        name, _, argument = text[1:].partition(" ")
        return CommandIn(CHAT, raw["message_id"], name.casefold(), argument)
    return TextIn(CHAT, raw["message_id"], text)


def _buttons(message: Message) -> str:
    """The buttons, a line a row, each with what to type for it."""
    numbers = {button.data: number for number, button in numbered(message.buttons).items()}
    return "\n".join("   ".join(_button(one, numbers[one.data]) for one in row) for row in message.buttons)


def _button(button: Button, number: str) -> str:
    """At a question the command, since a number there is an answer; elsewhere the number."""
    step, option = button.data.split(":", 1)
    if question_of_step(step) is not None and option in QUESTION_OPTIONS:
        return f"[/{option}] {button.label}"
    return f"[{number}]" if button.label == number else f"[{number}] {button.label}"


def _wrapped(text: str, width: int | None) -> Iterator[str]:
    for line in text.split("\n"):
        if width is None or not line:
            yield line
        else:
            yield from textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)

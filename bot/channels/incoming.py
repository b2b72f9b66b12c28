"""What a person did, as every channel can tell it: the words between a raw update and the worker.

A channel only reads; which question a text belongs to and whether a button is still open is decided later, by the
binding rule and the engine.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Incoming:
    """Base of all; `chat_id` is the private chat that it came from."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class TextIn(Incoming):
    """A text that is no command."""

    message_id: int
    text: str


@dataclass(frozen=True, slots=True)
class CommandIn(Incoming):
    """A text that begins with a slash. `name` has no slash and is empty when there is none; `argument` is the rest."""

    message_id: int
    name: str
    argument: str = ""
    language_hint: str | None = None


@dataclass(frozen=True, slots=True)
class ButtonIn(Incoming):
    """A pressed button: its data, and the message that it hangs on (None when the channel no longer tells)."""

    message_id: int | None
    data: str
    callback_id: str | None = None


@dataclass(frozen=True, slots=True)
class EditIn(Incoming):
    """An earlier message now reads `text`."""

    message_id: int
    text: str


@dataclass(frozen=True, slots=True)
class OtherIn(Incoming):
    """Something that is no text. `album` ties together what was sent as one; `caption` may be empty."""

    message_id: int
    kind: str
    caption: str = ""
    album: str | None = None


@dataclass(frozen=True, slots=True)
class BlockedIn(Incoming):
    """The person has blocked the bot, or let it in again."""

    blocked: bool

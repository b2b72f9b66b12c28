"""A message as every channel can show it: what the outbox holds, in plain text, without Telegram's words.

Texts carry no markup, so an answer comes back character for character. A message with a `step` is a prompt: once its
sending is confirmed it is a mark, and later texts are bound to it by message id.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["text", "photo", "document", "toast", "redraw"]


@dataclass(frozen=True, slots=True)
class Button:
    """A button: what it says, and `step:option`, what it means."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to show.

    kind: text; photo (a QR picture of `link`, `text` is its caption); document (`text` is the content of a file named
    `file_name`); toast (answers the button press `callback_id`); redraw (new text and buttons for message `target`).
    """

    kind: Kind
    text: str = ""
    buttons: tuple[tuple[Button, ...], ...] = ()
    step: str | None = None
    link: str | None = None
    file_name: str | None = None
    target: int | None = None
    callback_id: str | None = None


def to_json(message: Message) -> str:
    """The message as one line of JSON."""
    return json.dumps(asdict(message), ensure_ascii=False)


def from_json(text: str) -> Message:
    """The message that `to_json` wrote."""
    raw: dict[str, Any] = json.loads(text)
    raw["buttons"] = tuple(tuple(Button(**b) for b in row) for row in raw["buttons"])
    return Message(**raw)

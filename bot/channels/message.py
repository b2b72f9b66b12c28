"""A message as every channel can show it: what the outbox holds, in plain text, without Telegram's words.

Texts carry no markup, so an answer comes back character for character. A message with a `step` is a prompt: once its
sending is confirmed it is a mark, and later texts are bound to it by message id.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Literal

# Telegram counts the length of a message and of a caption in UTF-16 code units.
TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024

Kind = Literal["text", "photo", "document", "toast", "redraw", "typing"]


@dataclass(frozen=True, slots=True)
class Button:
    """A button: what it says, and `step:option`, what it means."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to show.

    kind: text; photo (a QR picture of `link`, `text` is its caption); document (`text` is the content of a file named
    `file_name`); toast (answers the button press `callback_id`); redraw (new text and buttons for message `target`);
    typing (says that something takes a moment). A photo or document with `content`, in base64, is that file named
    `file_name`, and `text` its caption. `reply_to` is the message of the respondent that this one is about.
    """

    kind: Kind
    text: str = ""
    buttons: tuple[tuple[Button, ...], ...] = ()
    step: str | None = None
    link: str | None = None
    file_name: str | None = None
    target: int | None = None
    reply_to: int | None = None
    callback_id: str | None = None
    content: str | None = None


def to_json(message: Message) -> str:
    """The message as one line of JSON."""
    return json.dumps(message, default=_fields, ensure_ascii=False)


def from_json(text: str) -> Message:
    """The message that `to_json` wrote."""
    raw: dict[str, Any] = json.loads(text)
    raw["buttons"] = tuple(tuple(Button(**b) for b in row) for row in raw["buttons"])
    return Message(**raw)


def units(text: str) -> int:
    """Length as Telegram counts it, in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


def split(message: Message) -> tuple[Message, ...]:
    """The message in pieces that Telegram takes, nothing lost. Buttons and step stay with the last piece."""
    limit = CAPTION_LIMIT if message.kind == "photo" else TEXT_LIMIT
    if message.kind not in {"text", "photo"} or units(message.text) <= limit:
        return (message,)
    pieces = cut(message.text, limit)
    return (*(Message("text", piece) for piece in pieces[:-1]), replace(message, text=pieces[-1]))


def cut(text: str, limit: int) -> list[str]:
    """The text in pieces of at most `limit` units, at the end of a line where one is in the second half."""
    pieces = []
    while units(text) > limit:
        end = next(i for i in range(min(limit, len(text)), 0, -1) if units(text[:i]) <= limit)
        line = text.rfind("\n", end // 2, end)
        end = line + 1 if line > 0 and text[line + 1 :].strip() and text[:line].strip() else end
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text]


def _fields(part: Any) -> dict[str, Any]:
    return {name: getattr(part, name) for name in part.__slots__}

"""Into the outbox: messages in pieces that Telegram takes, numbered under the one cause that made them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.channels.message import Message, split, to_json
from bot.store import delivery
from bot.store.database import Store


def say(store: Store, chat_key: int, messages: Iterable[Message], cause: str, at: datetime) -> None:
    """Queue messages for a chat; the same cause a second time queues nothing. Inside the caller's transaction."""
    pieces = [piece for message in messages for piece in split(message)]
    for seq, piece in enumerate(pieces):
        delivery.queue(store, chat_key, cause, seq, to_json(piece), piece.step, at)

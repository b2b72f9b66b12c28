"""Inbox, worker and outbox in this process, without a network and without waiting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.app import build_host
from bot.channels.telegram import read
from bot.delivery.alarms import Alarms
from bot.delivery.host import Host
from bot.delivery.worker import Worker
from bot.rooms import build_desk
from bot.settings import Settings
from bot.store import delivery
from bot.store.database import Store, opened
from tests.fake_telegram import FakeTelegram

ANSWER = "Не хватает кабинетов, пандусов и учебников для таких детей"
TO_QUESTION = ("/start", "/ru", "/yes", "/yes", "/done", "/teacher", *["/skip"] * 3, "/village")


class Desk:
    """Inbox, worker and outbox without a network; whatever is queued counts as shown at once when asked for."""

    def __init__(self, store: Store, host: Host) -> None:
        self.store = store
        self.host = host
        self.told: list[str] = []
        self.staff = build_desk(store, host, Settings(_env_file=None, home=store.home), lambda: None)
        self.worker = Worker(store, host, read, Alarms(self.told.append), pilot=False, desk=self.staff)
        self._server = FakeTelegram()
        self._updates = 0

    def receive(self, *updates: dict[str, Any]) -> None:
        """Put updates into the inbox."""
        rows = []
        for update in updates:
            self._updates += 1
            body = update.get("message") or update.get("callback_query", {}).get("message", {})
            rows.append(delivery.Received(self._updates, body.get("chat", {}).get("id"), json.dumps(update)))
        with self.store.atomic():
            delivery.receive(self.store, rows, datetime.now(UTC))

    def handle(self) -> None:
        """Let the worker handle all that does not wait."""
        while self.worker.step():
            pass

    def text(self, text: str, chat_id: int = 7) -> dict[str, Any]:
        """An update with a text."""
        return {"message": self._server.message(chat_id, text=text)}

    def press(self, message_id: int | None, data: str, chat_id: int = 7) -> dict[str, Any]:
        """An update with a pressed button."""
        message = {"message_id": message_id, "chat": {"id": chat_id, "type": "private"}}
        return {"callback_query": {"id": "1", "from": {"id": chat_id}, "message": message, "data": data}}

    def show_all(self) -> list[int]:
        """Everything queued reaches the screen; the ids."""
        shown = []
        now = datetime.now(UTC)
        while rows := delivery.sendable(self.store, now, 100):
            for row in rows:
                message_id = self._server.message(row.chat_id)["message_id"]
                with self.store.atomic():
                    delivery.begin_send(self.store, row.outbox_id)
                    delivery.sent(self.store, row, message_id, now)
                shown.append(message_id)
        return shown

    def step(self, chat_id: int = 7) -> str:
        """The open step of a chat."""
        chat_key = self.store.value("SELECT chat_key FROM chats WHERE chat_id = ?", chat_id)
        return self.host.state_of(chat_key).step


@contextmanager
def desk_at(home: Path) -> Iterator[Desk]:
    """A desk over the database in `home`."""
    settings = Settings(_env_file=None, home=home)
    with opened(settings.home) as store:
        host, _ = build_host(settings, store, "https://t.me/x?start=")
        yield Desk(store, host)


def to_question(desk: Desk, *chats: int) -> None:
    """These chats, or chat 7, stand at question 1, its prompt on the screen."""
    for text in TO_QUESTION:
        desk.receive(*(desk.text(text, chat) for chat in chats or (7,)))
        desk.handle()
        desk.show_all()
    assert all(desk.step(chat) == "q1" for chat in chats or (7,))

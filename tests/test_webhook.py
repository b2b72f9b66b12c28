"""Receiving by webhook: who may post, what is too much, and that 200 means: on disk."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.delivery.alarms import Alarms
from bot.delivery.intake import Intake
from bot.delivery.webhook import BODY_LIMIT, HEAD_LIMIT, Door, Webhook
from bot.errors import ChannelError
from bot.settings import Settings
from bot.store.database import Store, opened
from tests.fake_telegram import TOKEN, FakeTelegram
from tests.running import running, settings_for

SECRET = "a-secret-that-only-telegram-knows"
UPDATE = {"update_id": 5, "message": {"message_id": 1, "chat": {"id": 7, "type": "private"}, "text": "сәлем"}}
CRLF = "\r\n"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Hook:
    """A webhook over a real store, on a free port."""

    def __init__(self, store: Store, webhook: Webhook, alarms: list[str]) -> None:
        self.store = store
        self.webhook = webhook
        self.alarms = alarms

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.webhook.port}/"

    def kept(self) -> int:
        """Number of updates in the inbox."""
        return int(self.store.value("SELECT count(*) FROM inbox"))

    async def post(self, update: object, secret: str | None = SECRET) -> int:
        """Post it as Telegram would; the status."""
        content = update if isinstance(update, bytes) else json.dumps(update).encode()
        async with httpx.AsyncClient() as client:
            headers = {} if secret is None else {HEADER: secret}
            return (await client.post(self.address, content=content, headers=headers)).status_code

    async def raw(self, sent: bytes) -> bytes:
        """Send bytes and nothing more; all that comes back until the server closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.webhook.port)
        writer.write(sent)
        with suppress(ConnectionError):
            await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer


@asynccontextmanager
async def hook(home: Path, patience_s: float = 20.0) -> AsyncIterator[Hook]:
    """The webhook, settled with the fake server and serving."""
    told: list[str] = []
    async with FakeTelegram() as server:
        bot = Bot(TOKEN, base_url=server.url, request=HTTPXRequest(2), get_updates_request=HTTPXRequest(1))
        with opened(home) as store:
            alarms = Alarms(told.append)
            door = Door("https://bot.example.kz/hook", "127.0.0.1", 0, SECRET, patience_s)
            webhook = Webhook(bot, Intake(bot, store), alarms, door)
            async with bot:
                await webhook.settle()
                task = asyncio.create_task(webhook.run())
                try:
                    yield Hook(store, webhook, told)
                finally:
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)


async def test_who_does_not_know_the_secret_is_sent_away_before_anything_is_read(tmp_path: Path) -> None:
    async with hook(tmp_path) as one:
        for secret in (None, "", SECRET[:-1], SECRET.upper(), SECRET[1:]):
            assert await one.post(UPDATE, secret) == 403
        assert await one.post(b"\xff no json", "wrong") == 403
        head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n"
        assert b" 403 " in (await one.raw(head)).splitlines()[0]
        twice = (
            f"POST / HTTP/1.1\r\nHost: a\r\n{HEADER}: {SECRET}\r\n{HEADER}: {SECRET}\r\nContent-Length: 2\r\n\r\n{{}}"
        )
        assert b" 403 " in (await one.raw(twice.encode())).splitlines()[0]
        assert (one.kept(), one.alarms) == (0, [])
        assert await one.post(UPDATE) == 200
        assert one.kept() == 1


async def test_a_body_over_the_limit_is_refused_said_or_unsaid(tmp_path: Path) -> None:
    async with hook(tmp_path) as one:
        fitting = json.dumps(UPDATE).encode()
        assert await one.post(fitting + b" " * (BODY_LIMIT - len(fitting))) == 200
        assert await one.post(b" " * (BODY_LIMIT + 1)) == 413
        head = f"POST / HTTP/1.1\r\nHost: a\r\n{HEADER}: {SECRET}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        chunks = b"".join(b"40000\r\n" + b" " * 0x40000 + b"\r\n" for _ in range(5))
        assert b" 413 " in (await one.raw(head + chunks)).splitlines()[0]
        assert one.kept() == 1


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"update_id": "5"}', b'{"update_id": true}', b"[" * 90_000, b"\xff"]
)
async def test_what_is_no_update_gets_400_and_an_alarm(body: bytes, tmp_path: Path) -> None:
    async with hook(tmp_path) as one:
        assert await one.post(body) == 400
        assert await one.post(UPDATE) == 200
        assert (one.kept(), one.alarms) == (1, ["receiving_failed"])


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"no http at all\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 10 * HEAD_LIMIT + b"\r\n\r\n",
        f"POST / HTTP/1.1\r\nHost: a\r\n{HEADER}: {SECRET}\r\nContent-Length: 500\r\n\r\nhalf".encode(),
        f"POST / HTTP/1.1\r\nHost: a\r\n{HEADER}: {SECRET}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".encode(),
        f"PUT / HTTP/1.1\r\nHost: a\r\n{HEADER}: {SECRET}\r\nContent-Length: 2\r\n\r\n{{}}".encode(),
        b"",
    ],
)
async def test_garbage_is_refused_and_the_next_one_is_served(sent: bytes, tmp_path: Path) -> None:
    async with hook(tmp_path) as one:
        answer = await one.raw(sent)
        assert not answer or answer[:12] in {b"HTTP/1.1 400", b"HTTP/1.1 403", b"HTTP/1.1 405", b"HTTP/1.1 431"}
        assert await one.post(UPDATE) == 200
        assert one.kept() == 1


async def test_clients_that_send_nothing_are_dropped_and_do_not_keep_others_out(tmp_path: Path) -> None:
    async with hook(tmp_path, patience_s=0.2) as one:
        slow = [await asyncio.open_connection("127.0.0.1", one.webhook.port) for _ in range(20)]
        for _, writer in slow[:10]:
            writer.write(b"POST / HTTP/1.1\r\nHost: ")
        assert await one.post(UPDATE) == 200
        for reader, writer in slow:
            with suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()
        assert one.kept() == 1


async def test_one_connection_serves_many_updates_and_a_copy_counts_once(tmp_path: Path) -> None:
    async with hook(tmp_path) as one, httpx.AsyncClient(headers={HEADER: SECRET}) as client:
        for number in (5, 6, 5, 7):
            assert (await client.post(one.address, json=UPDATE | {"update_id": number})).status_code == 200
        assert [row["update_id"] for row in one.store.rows("SELECT update_id FROM inbox")] == [5, 6, 7]


async def test_when_the_disk_fails_telegram_is_told_and_repeats(tmp_path: Path) -> None:
    async with hook(tmp_path) as one:
        with sqlite3.connect(tmp_path / "kedergi.db", isolation_level=None) as other:
            one.store.db.conn.execute("PRAGMA busy_timeout=0")
            other.execute("BEGIN IMMEDIATE")
            assert await one.post(UPDATE) == 500
            assert (one.kept(), one.alarms) == (0, ["receiving_failed"])
            other.execute("ROLLBACK")
        other.close()
        assert await one.post(UPDATE) == 200
        assert one.kept() == 1


async def test_the_whole_bot_talks_by_webhook_and_goes_back_to_polling(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        settings = settings_for(
            server, tmp_path, webhook_url="https://bot.example.kz/hook", webhook_port=free_port(), webhook_secret=SECRET
        )
        server.say(7, "/start")
        async with running(settings):
            await server.until(lambda: any(name == "setMyCommands" for name, _ in server.calls))
            assert isinstance(server.webhook, dict)
            assert server.webhook["url"] == "https://bot.example.kz/hook"
            assert "drop_pending_updates" not in server.webhook or server.webhook["drop_pending_updates"] is False
            assert await server.post_updates(settings.webhook_port, repeats=2) == {200: 2}
            await server.until(lambda: bool(server.screens[7]))
        server.say(8, "/start")
        async with running(settings_for(server, tmp_path)):
            await server.until(lambda: bool(server.screens[8]))
        assert server.webhook is False
        assert len(server.screens[7]) == 1


async def test_an_address_that_telegram_refuses_and_a_port_in_use_are_told_in_one_line(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        settings = settings_for(server, tmp_path, webhook_url="https://bot.example.kz", webhook_port=free_port())
        server.faults.plan("setWebhook", "400")
        with pytest.raises(ChannelError, match="KEDERGI_WEBHOOK_URL: Telegram refuses this address"):
            async with running(settings) as task:
                await task
        taken = settings.model_copy(update={"webhook_port": int(server.url.split(":")[2].split("/")[0])})
        with pytest.raises(ChannelError, match=r"KEDERGI_WEBHOOK_PORT: 127\.0\.0\.1:\d+ cannot be listened on"):
            async with running(taken) as task:
                await task


@pytest.mark.parametrize(
    "wrong", [{"webhook_url": "http://bot.example.kz"}, {"webhook_secret": "short"}, {"webhook_secret": "ә" * 20}]
)
def test_an_address_without_tls_and_a_weak_secret_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None, **wrong)


def free_port() -> int:
    """A port that nothing listens on."""
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])

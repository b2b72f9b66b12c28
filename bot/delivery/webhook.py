"""Receives by webhook: Telegram posts an update -> inbox row, on disk -> only then 200.

The other door of the same inbox, for who has an address with a certificate; a proxy in front ends TLS and passes on to
this port on loopback. What is not answered with 200 comes again, so nothing is answered before the commit. Whoever does
not know the secret is sent away before a byte of the body is read; size, time and number of connections have limits,
so that strangers cannot tie up the bot. Telegram keeps the order within a chat over several connections.

HTTP itself is h11's work, sans-IO, over asyncio's streams: it is here anyhow, below the Bot API client.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
import sqlite3
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import h11
import structlog
from telegram import Bot
from telegram.error import BadRequest

from bot.channels.telegram import ALLOWED_UPDATES, calm_library
from bot.delivery.alarms import Alarms
from bot.delivery.intake import Intake, numbered
from bot.errors import ChannelError

SECRET_HEADER = b"x-telegram-bot-api-secret-token"
BODY_LIMIT = 2**20
HEAD_LIMIT = 16 * 2**10
CHUNK = 64 * 2**10
# What Telegram may open to us, and what we serve at all, health checks of the proxy and strangers included.
TELEGRAM_CONNECTIONS = 10
CONNECTIONS = 100
# How long a connection may take for one request, waiting for it included, seconds.
PATIENCE_S = 60.0
# How long a client may go on sending what is already refused, so that it can read why, seconds.
FAREWELL_S = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Door:
    """Where updates come in: `url` is what Telegram is told, host and port where the proxy passes on to."""

    url: str
    host: str
    port: int
    secret: str = ""
    patience_s: float = PATIENCE_S


class Webhook:
    """The server that Telegram posts to. Without a secret in `door` it takes a new one at every start."""

    def __init__(self, bot: Bot, intake: Intake, alarms: Alarms, door: Door) -> None:
        self._bot = bot
        self._intake = intake
        self._alarms = alarms
        self._door = door
        self._secret = door.secret or secrets.token_urlsafe(32)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port that is listened on, once `settle` has opened it."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def settle(self) -> None:
        """Tell Telegram to post here, then listen. Raises ChannelError when the address or the port cannot be used."""
        try:
            await self._bot.set_webhook(
                self._door.url,
                secret_token=self._secret,
                max_connections=TELEGRAM_CONNECTIONS,
                allowed_updates=ALLOWED_UPDATES,
                drop_pending_updates=False,
            )
        except BadRequest as error:
            raise ChannelError(f"KEDERGI_WEBHOOK_URL: Telegram refuses this address ({error.message})") from None
        self._server = await self._listen()

    async def run(self) -> None:
        """Serve until cancelled; requests under way are then given the time to end."""
        calm_library()
        assert self._server is not None
        try:
            await asyncio.Event().wait()
        finally:
            self._server.close()
            for task in self._open:
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)

    async def _listen(self) -> asyncio.Server:
        try:
            return await asyncio.start_server(self._serve, self._door.host, self._door.port, limit=CHUNK)
        except OSError as error:
            raise ChannelError(
                f"KEDERGI_WEBHOOK_PORT: {self._door.host}:{self._door.port} cannot be listened on ({error.strerror})"
            ) from None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._open) >= CONNECTIONS:
            writer.transport.abort()
            return
        self._open.add(task)
        try:
            visit = _Visit(h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_LIMIT), reader, writer)
            while await self._serve_one(visit):
                pass
        except (TimeoutError, ConnectionError, h11.ProtocolError):
            log.info("webhook: connection given up")
        except asyncio.CancelledError:
            pass  # Stopping. What is not answered comes again; a cancelled handler would be reported as an error.
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _serve_one(self, visit: _Visit) -> bool:
        """Serve one request; whether the connection can take another one."""
        async with asyncio.timeout(self._door.patience_s):
            try:
                request = await visit.event()
                if not isinstance(request, h11.Request):
                    return False
                status = await self._answer_to(request, visit)
            except h11.RemoteProtocolError as error:
                status = HTTPStatus(error.error_status_hint)
            return await visit.answer(status)

    async def _answer_to(self, request: h11.Request, visit: _Visit) -> HTTPStatus:
        given = [value for name, value in request.headers if name == SECRET_HEADER]
        if len(given) != 1 or not hmac.compare_digest(given[0], self._secret.encode()):
            log.warning("webhook: refused, wrong secret")
            return HTTPStatus.FORBIDDEN
        if request.method != b"POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        body = await visit.body(request)
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if body is None else self._keep(body)

    def _keep(self, body: bytes) -> HTTPStatus:
        """200 once the update is on disk. From reading to commit without a pause: a stop falls before or after it."""
        try:
            update: Any = json.loads(body)
            if not numbered(update):
                raise ValueError("an update without a number")
        except (ValueError, RecursionError) as error:
            log.warning("receiving failed", error=type(error).__name__)
            self._alarms.raise_alarm("receiving_failed")
            return HTTPStatus.BAD_REQUEST
        try:
            self._intake.keep([update])
        except (sqlite3.Error, ValueError, TypeError, KeyError, OverflowError) as error:
            log.error("receiving failed", error=type(error).__name__)
            self._alarms.raise_alarm("receiving_failed")
            return HTTPStatus.INTERNAL_SERVER_ERROR
        return HTTPStatus.OK


class _Visit:
    """One connection: h11's state of it, and the streams."""

    def __init__(self, state: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._state = state
        self._reader = reader
        self._writer = writer

    async def event(self) -> Any:
        """The next event of HTTP. Raises h11.RemoteProtocolError for what is none."""
        while (event := self._state.next_event()) is h11.NEED_DATA:
            if self._state.they_are_waiting_for_100_continue:
                self._writer.write(self._state.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            self._state.receive_data(await self._reader.read(CHUNK))
        return event

    async def body(self, request: h11.Request) -> bytes | None:
        """The body, or None when it says that it is too large or turns out to be."""
        said = next((int(value) for name, value in request.headers if name == b"content-length"), 0)
        if said > BODY_LIMIT:
            return None
        body = bytearray()
        while isinstance(event := await self.event(), h11.Data):
            body += event.data
            if len(body) > BODY_LIMIT:
                return None
        return bytes(body)

    async def answer(self, status: HTTPStatus) -> bool:
        """Send the answer; whether the connection lives on."""
        whole = self._state.their_state is h11.DONE
        headers = [("Content-Length", "0")] + ([] if whole else [("Connection", "close")])
        for event in (h11.Response(status_code=status, headers=headers, reason=status.phrase), h11.EndOfMessage()):
            self._writer.write(self._state.send(event) or b"")
        await self._writer.drain()
        if self._state.our_state is h11.DONE and whole:
            self._state.start_next_cycle()
            return True
        await self._hang_up()
        return False

    async def _hang_up(self) -> None:
        """Close so that the answer arrives: a connection that is closed on unread bytes takes it along."""
        self._writer.write_eof()
        try:
            async with asyncio.timeout(FAREWELL_S):
                while await self._reader.read(CHUNK):
                    pass
        except TimeoutError:
            pass

"""A Bot API server on loopback that keeps, redelivers and acknowledges updates as Telegram does.

The wire under the real python-telegram-bot, so that the client is never mocked. What it imitates: updates stay until a
getUpdates call with a greater offset arrives (on arrival, whatever becomes of the answer); long polling; 409 for a
second poller or a webhook; one counter of message ids per chat for both sides; limits of length and of callback data;
faults on any method, before or after the call took effect. What it leaves out: files, groups beyond leaving.

`python -m tests.fake_telegram --port 8081` runs it alone. Then POST /control/say, /control/press, /control/edit and
/control/raw with the JSON arguments of the methods of the same name, and GET /control/state.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

import httpx

TOKEN = "7000000001:AAFakeTokenOfTheFakeServerOnLoopback00"
BOT = {"id": 7000000001, "is_bot": True, "first_name": "Kedergi", "username": "kedergi_test_bot"}
LIMIT_OF_LIST = 100
BODY = "application/json"

Params = dict[str, Any]


class RefusedError(Exception):
    """An error answer of the server."""

    def __init__(self, code: int, description: str, parameters: Mapping[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.body = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.body["parameters"] = dict(parameters)


class CutError(Exception):
    """The connection is closed without an answer."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the bot on the screen of a chat."""

    chat_id: int
    message_id: int
    method: str
    text: str
    buttons: tuple[tuple[str, str], ...]
    file: bytes = b""
    file_name: str = ""
    reply_to: int | None = None

    @property
    def step(self) -> str:
        """The step whose buttons it has, or the empty string."""
        return self.buttons[0][1].partition(":")[0] if self.buttons else ""

    def button(self, option: str) -> str:
        """Data of the button that stands for `option`, whatever number that it is about comes after it."""
        named = {data.rpartition(":")[2]: data for _, data in self.buttons}
        return named.get(option) or next(data for end, data in named.items() if end.rstrip("0123456789") == option)


@dataclass(slots=True)
class Faults:
    """What goes wrong next: per method a queue, or `random`, asked for every call."""

    planned: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    random: Callable[[str], str | None] = lambda _: None
    seen: Counter[str] = field(default_factory=Counter)

    def plan(self, method: str, *kinds: str) -> None:
        """Each kind once, in order: 400, 401, 403, 404, 409, 429, 502, json, cut_before, cut_after."""
        self.planned[method].extend(kinds)

    def next(self, method: str) -> str | None:
        """The fault of this call, or None."""
        queue = self.planned[method]
        kind = queue.popleft() if queue else self.random(method)
        if kind:
            self.seen[kind] += 1
        return kind


class FakeTelegram:
    """The server. `async with FakeTelegram() as server`; `server.url` goes into KEDERGI_TELEGRAM_API_URL."""

    def __init__(self, port: int = 0, token: str = TOKEN, retry_after: int = 1) -> None:
        self.token = token
        self.retry_after = retry_after
        self.faults = Faults()
        self.calls: list[tuple[str, Params]] = []
        self.screens: defaultdict[int, list[Shown]] = defaultdict(list)
        self.toasts: list[Params] = []
        self.redraws: list[Params] = []
        self.left: list[int] = []
        self.blocked: set[int] = set()
        self.acknowledged = 0
        self.handed_out: Counter[int] = Counter()
        self.date = ""
        self.webhook: bool | Params = False
        self.changed = asyncio.Condition()
        self.on_shown: Callable[[Shown], None] = lambda _: None
        self.on_call: Callable[[str], None] = lambda _: None
        self.copies: Callable[[], int] = lambda: 1
        self._port = port
        self._updates: deque[dict[str, Any]] = deque()
        self._next_update = 1000
        self._next_message: Counter[int] = Counter()
        self._next_callback = 0
        self._watchers = 0
        self._poll: asyncio.Future[None] | None = None
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> FakeTelegram:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, limit=2**24)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """What stands before `<token>/method`."""
        return f"http://127.0.0.1:{self._port}/bot"

    @property
    def pending(self) -> int:
        """Number of updates that are not acknowledged."""
        return len(self._updates)

    @property
    def unseen(self) -> int:
        """Number of updates that were never handed out."""
        return sum(update["update_id"] not in self.handed_out for update in self._updates)

    # --- people ----------------------------------------------------------------------------------------------------

    def raw(self, update: Mapping[str, Any]) -> int:
        """Queue any update, as often as `copies` says, each time under a new id as clients do; the newest id."""
        for _ in range(self.copies()):
            self._next_update += 1
            self._updates.append({"update_id": self._next_update, **update})
        self._announce()
        return self._next_update

    def message(self, chat_id: int, **content: Any) -> dict[str, Any]:
        """A message of a person in their private chat, with the next message id; not queued yet."""
        self._next_message[chat_id] += 1
        person = {"id": chat_id, "is_bot": False, "first_name": f"Person {chat_id}", "language_code": "ru"}
        chat = {"id": chat_id, "type": "private", "first_name": f"Person {chat_id}"}
        when = 1_790_000_000 + self._next_message[chat_id]
        return {"message_id": self._next_message[chat_id], "date": when, "from": person, "chat": chat, **content}

    def say(self, chat_id: int, text: str) -> int:
        """A person writes; the id of their message."""
        message = self.message(chat_id, text=text)
        self.raw({"message": message})
        return int(message["message_id"])

    def send(self, chat_id: int, **content: Any) -> int:
        """A person sends anything; the id of their message."""
        message = self.message(chat_id, **content)
        self.raw({"message": message})
        return int(message["message_id"])

    def edit(self, chat_id: int, message_id: int, text: str) -> None:
        """A person edits a message of theirs."""
        message = self.message(chat_id, text=text)
        self._next_message[chat_id] -= 1
        self.raw({"edited_message": {**message, "message_id": message_id, "edit_date": message["date"]}})

    def press(self, chat_id: int, message_id: int, data: str) -> str:
        """A person presses a button; the callback's id."""
        self._next_callback += 1
        person = {"id": chat_id, "is_bot": False, "first_name": f"Person {chat_id}", "language_code": "ru"}
        chat = {"id": chat_id, "type": "private"}
        message = {"message_id": message_id, "date": 1_790_000_000, "chat": chat, "from": BOT, "text": "..."}
        query = {"id": str(self._next_callback), "from": person, "message": message, "chat_instance": "1", "data": data}
        self.raw({"callback_query": query})
        return str(self._next_callback)

    async def post_updates(self, port: int, *, repeats: int = 1) -> Counter[int]:
        """Post what is queued to a webhook on this port, in order, as often as it takes; how often each status came.

        With `repeats` every update is posted so many times more than needed.
        """
        assert isinstance(self.webhook, dict)
        statuses: Counter[int] = Counter()
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook["secret_token"]}
        async with httpx.AsyncClient() as client:
            while self._updates:
                for _ in range(repeats):
                    answer = await client.post(f"http://127.0.0.1:{port}/", json=self._updates[0], headers=headers)
                    statuses[answer.status_code] += 1
                if answer.status_code == 200:
                    self._updates.popleft()
        return statuses

    async def until(self, condition: Callable[[], bool], deadline_s: float = 60.0) -> None:
        """Wait until `condition` holds; it is asked after every change of the server. Raises TimeoutError."""
        self._watchers += 1
        try:
            async with asyncio.timeout(deadline_s), self.changed:
                await self.changed.wait_for(condition)
        finally:
            self._watchers -= 1

    def last(self, chat_id: int) -> Shown:
        """The newest message of the bot in a chat."""
        return self.screens[chat_id][-1]

    def _announce(self) -> None:
        if self._poll and not self._poll.done():
            self._poll.set_result(None)
        self._notify()

    def _notify(self) -> None:
        if not self._watchers:
            return

        async def notify() -> None:
            async with self.changed:
                self.changed.notify_all()

        with suppress(RuntimeError):  # no loop: a test prepares the server before starting it
            task = asyncio.get_running_loop().create_task(notify())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    # --- HTTP ------------------------------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while await self._serve_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, CutError):
            pass
        except asyncio.CancelledError:
            # The server is closing; a handler that ends cancelled is reported as an error by asyncio's streams.
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        request, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if value}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        code, payload = await self._answer(request.split(" ")[1], headers.get("content-type", ""), body)
        said = [f"HTTP/1.1 {code} Fake", f"Content-Type: {BODY}", f"Content-Length: {len(payload)}"]
        said += [f"Date: {self.date}"] if self.date else []
        writer.write("\r\n".join([*said, "", ""]).encode() + payload)
        await writer.drain()
        return True

    async def _answer(self, path: str, content_type: str, body: bytes) -> tuple[int, bytes]:
        if path.startswith("/control/"):
            return 200, _json(self._control(path.removeprefix("/control/"), body))
        token, _, method = path.removeprefix("/bot").partition("/")
        params = _parameters(content_type, body)
        fault = self.faults.next(method)
        if fault:
            params["timeout"] = 0  # what goes wrong goes wrong at once, not at the end of a long poll
        self.on_call(method)
        if fault:
            self._notify()
        try:
            if token != self.token:
                raise RefusedError(401, "Unauthorized")
            self._fail_before(fault)
            result = await self._call(method, params)
        except RefusedError as refused:
            return refused.code, _json(refused.body)
        if fault == "502":
            return 502, b"<html><body><h1>502 Bad Gateway</h1></body></html>"
        if fault == "json":
            whole = _json({"ok": True, "result": result})
            return 200, whole[: len(whole) // 2]
        if fault == "cut_after":
            raise CutError
        return 200, _json({"ok": True, "result": result})

    def _fail_before(self, fault: str | None) -> None:
        match fault:
            case "400":
                raise RefusedError(400, "Bad Request: planned fault")
            case "401":
                raise RefusedError(401, "Unauthorized")
            case "403":
                raise RefusedError(403, "Forbidden: bot was blocked by the user")
            case "404":
                raise RefusedError(404, "Not Found")
            case "409":
                raise RefusedError(409, "Conflict: terminated by other getUpdates request")
            case "429":
                wait = self.retry_after
                raise RefusedError(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})
            case "cut_before":
                raise CutError
            case _:
                return

    async def _call(self, method: str, params: Params) -> Any:
        self.calls.append((method, params))
        handler: Callable[[Params], Any] | None = getattr(self, f"_do_{method.lower()}", None)
        if handler is None:
            raise RefusedError(404, "Not Found: method not found")
        try:
            result = handler(params)
            return await result if inspect.isawaitable(result) else result
        finally:
            self._notify()

    # --- methods ---------------------------------------------------------------------------------------------------

    def _do_getme(self, _: Params) -> Any:
        return BOT

    def _do_deletewebhook(self, params: Params) -> bool:
        self.webhook = False
        if params.get("drop_pending_updates") is True:
            self._updates.clear()
        return True

    def _do_setwebhook(self, params: Params) -> bool:
        self.webhook = params
        return True

    def _do_getwebhookinfo(self, _: Params) -> Params:
        known = self.webhook if isinstance(self.webhook, dict) else {"url": ""}
        shown = {name: known[name] for name in ("url", "last_error_date", "last_error_message") if name in known}
        return {**shown, "has_custom_certificate": False, "pending_update_count": self.pending}

    def _do_setmycommands(self, _: Params) -> bool:
        return True

    def _do_sendchataction(self, _: Params) -> bool:
        return True

    def _do_leavechat(self, params: Params) -> bool:
        self.left.append(int(params["chat_id"]))
        return True

    def _do_answercallbackquery(self, params: Params) -> bool:
        self.toasts.append(params)
        return True

    async def _do_getupdates(self, params: Params) -> list[dict[str, Any]]:
        if self.webhook:
            raise RefusedError(409, "Conflict: can't use getUpdates method while webhook is active")
        if self._poll and not self._poll.done():
            self._poll.set_exception(RefusedError(409, "Conflict: terminated by other getUpdates request"))
        self._acknowledge(int(params.get("offset", 0)))
        if not self._updates:
            await self._wait_for_update(float(params.get("timeout", 0)))
        limit = min(int(params.get("limit", LIMIT_OF_LIST)), LIMIT_OF_LIST)
        batch = list(self._updates)[:limit]
        self.handed_out.update(update["update_id"] for update in batch if isinstance(update.get("update_id"), int))
        return batch

    def _acknowledge(self, offset: int) -> None:
        if offset < 0:
            raise AssertionError("a negative offset forgets updates")
        before = len(self._updates)
        while self._updates and self._updates[0]["update_id"] < offset:
            self._updates.popleft()
        self.acknowledged += before - len(self._updates)
        self._notify()

    async def _wait_for_update(self, timeout_s: float) -> None:
        self._poll = poll = asyncio.get_running_loop().create_future()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await poll

    def _do_sendmessage(self, params: Params) -> Any:
        _check_length(params.get("text", ""), 4096)
        return self._show("sendMessage", params, params["text"])

    def _do_sendphoto(self, params: Params) -> Any:
        return self._show_file("sendPhoto", "photo", params)

    def _do_senddocument(self, params: Params) -> Any:
        return self._show_file("sendDocument", "document", params)

    def _show_file(self, method: str, name: str, params: Params) -> Any:
        if params.get("caption"):
            _check_length(params["caption"], 1024)
        reference = params[name]
        file_name, content = reference if isinstance(reference, tuple) else params[reference.removeprefix("attach://")]
        return self._show(method, params, params.get("caption", ""), content, file_name)

    def _show(self, method: str, params: Params, text: str, file: bytes = b"", file_name: str = "") -> Any:
        chat_id = int(params["chat_id"])
        if chat_id in self.blocked:
            raise RefusedError(403, "Forbidden: bot was blocked by the user")
        self._next_message[chat_id] += 1
        shown = Shown(
            chat_id, self._next_message[chat_id], method, text, _buttons(params), file, file_name, _reply_to(params)
        )
        self.screens[chat_id].append(shown)
        self.on_shown(shown)
        chat = {"id": chat_id, "type": "private"}
        return {"message_id": shown.message_id, "date": 1_790_000_000, "chat": chat, "from": BOT, "text": text}

    def _do_editmessagetext(self, params: Params) -> Any:
        _check_length(params.get("text", ""), 4096)
        self.redraws.append(params)
        return self._redraw(params, params["text"])

    def _do_editmessagereplymarkup(self, params: Params) -> Any:
        self.redraws.append(params)
        return self._redraw(params, None)

    def _redraw(self, params: Params, text: str | None) -> Any:
        screen = self.screens[int(params["chat_id"])]
        place = next((i for i, s in enumerate(screen) if s.message_id == int(params["message_id"])), None)
        if place is None:
            raise RefusedError(400, "Bad Request: message to edit not found")
        old = screen[place]
        new = Shown(old.chat_id, old.message_id, old.method, text or old.text, _buttons(params))
        if (new.text, new.buttons) == (old.text, old.buttons):
            raise RefusedError(400, "Bad Request: message is not modified")
        screen[place] = new
        self.on_shown(new)
        chat = {"id": old.chat_id, "type": "private"}
        return {"message_id": old.message_id, "date": 1_790_000_000, "chat": chat, "from": BOT, "text": new.text}

    # --- control ---------------------------------------------------------------------------------------------------

    def _control(self, name: str, body: bytes) -> Any:
        arguments = json.loads(body) if body else {}
        if name == "raw":
            return self.raw(arguments)
        if name in {"say", "send", "press", "edit"}:
            return getattr(self, name)(**arguments)
        return {
            "pending": self.pending,
            "acknowledged": self.acknowledged,
            "shown": sum(len(screen) for screen in self.screens.values()),
            "calls": Counter(method for method, _ in self.calls),
        }


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _check_length(text: str, limit: int) -> None:
    if not text.strip():
        raise RefusedError(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > limit:
        raise RefusedError(400, "Bad Request: message is too long")


def _buttons(params: Params) -> tuple[tuple[str, str], ...]:
    rows = (params.get("reply_markup") or {}).get("inline_keyboard", [])
    found = tuple((button["text"], button.get("callback_data", "")) for row in rows for button in row)
    if any(not 1 <= len(data.encode()) <= 64 for _, data in found):
        raise RefusedError(400, "Bad Request: BUTTON_DATA_INVALID")
    return found


def _reply_to(params: Params) -> int | None:
    return (params.get("reply_parameters") or {}).get("message_id")


def _parameters(content_type: str, body: bytes) -> Params:
    """The parameters of a call. Values that are JSON are read as such; text fields stay as they came."""
    if content_type.startswith("multipart/"):
        return _multipart(content_type, body)
    return {name: _value(name, value) for name, value in parse_qsl(body.decode(), keep_blank_values=True)}


def _multipart(content_type: str, body: bytes) -> Params:
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    params: Params = {}
    for part in message.iter_parts():
        name, file_name = str(part.get_param("name", header="content-disposition")), part.get_filename()
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        params[name] = (file_name, content) if file_name else _value(name, content.decode())
    return params


def _value(name: str, value: str) -> Any:
    if name in {"text", "caption", "photo", "document", "callback_query_id"}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


async def _alone(port: int, token: str) -> None:
    async with FakeTelegram(port, token) as server:
        print(json.dumps({"url": server.url, "token": server.token}), flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Run the server until it is stopped; its address is the first line of output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    options = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(_alone(options.port, options.token))


if __name__ == "__main__":
    main()

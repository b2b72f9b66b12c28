"""The line to Telegram: the client, the first contact, the menu of commands, and words to the administrator.

Everything here is outside the way of an answer: it is tried, at most repeated, and logged by its kind only.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable

import structlog
from telegram import Bot, BotCommand
from telegram.error import InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.notices import alarm, menu
from bot.channels.texts import texts_for
from bot.delivery.clock import Clock
from bot.delivery.sender import PARALLEL
from bot.errors import ChannelError
from bot.settings import Settings

# Besides the sendings: getUpdates and one call to spare.
CONNECTIONS = PARALLEL + 2
LINK = "https://t.me/"
START_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0)

log = structlog.get_logger(__name__)


def open_line(settings: Settings, clock: Clock) -> Bot:
    """The client of the Bot API, not yet connected; `clock` hears every answer. The settings must have a token."""
    assert settings.telegram_token is not None
    heard = {"event_hooks": {"response": [clock.hear]}}
    return Bot(
        settings.telegram_token.get_secret_value(),
        base_url=settings.telegram_api_url,
        request=HTTPXRequest(
            connection_pool_size=CONNECTIONS, connect_timeout=10, read_timeout=20, write_timeout=20, httpx_kwargs=heard
        ),
        get_updates_request=HTTPXRequest(connection_pool_size=1, connect_timeout=10, read_timeout=40),
    )


async def greet(bot: Bot, settle: Callable[[], Awaitable[object]]) -> str:
    """Ask Telegram who the bot is, and `settle` how updates come, until both work; the bot's user name.

    Raises ChannelError for a refused token, and what else `settle` raises that is not an error of the network.
    """
    for pause in itertools.chain(START_PAUSES_S, itertools.repeat(START_PAUSES_S[-1])):
        try:
            await bot.initialize()
            await settle()
            return bot.username
        except InvalidToken:
            if pause == START_PAUSES_S[-1]:
                raise ChannelError("KEDERGI_TELEGRAM_TOKEN: Telegram refuses this token; see @BotFather") from None
            error_name = "InvalidToken"
        except TelegramError as error:
            error_name = type(error).__name__
        log.warning("Telegram cannot be reached", error=error_name, again_in_s=pause)
        await asyncio.sleep(pause)
    raise AssertionError("the pauses never end")


async def link_of(settings: Settings) -> str:
    """What stands before the token of an invitation: a link where Telegram says who the bot is, else the command to
    send to the bot."""
    if settings.telegram_token is None:
        return "/start "
    bot = open_line(settings, Clock())
    try:
        await bot.initialize()
        return f"{LINK}{bot.username}?start="
    except TelegramError as error:
        log.warning("Telegram cannot be reached", error=type(error).__name__)
        return "/start "
    finally:
        await bot.shutdown()


async def offer_commands(bot: Bot) -> None:
    """Put the commands into the menu of Telegram's apps; Kazakh where the app is not in Russian."""
    try:
        for language, code in (("kk", None), ("ru", "ru")):
            commands = [BotCommand(name, about) for name, about in menu(texts_for(language))]
            await bot.set_my_commands(commands, language_code=code)
    except TelegramError as error:
        log.warning("menu of commands not set", error=type(error).__name__)


class Teller:
    """Brings alarms to the administrator's private chat, in Kazakh and Russian; without one it does nothing."""

    def __init__(self, bot: Bot, admin_id: int | None) -> None:
        self._bot = bot
        self._admin_id = admin_id
        self._telling: set[asyncio.Task[None]] = set()

    def tell(self, name: str) -> None:
        """Send the words of the alarm `name`; returns at once."""
        if self._admin_id is not None:
            task = asyncio.get_running_loop().create_task(self._send(self._admin_id, name))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _send(self, admin_id: int, name: str) -> None:
        words = "\n".join(alarm(name, texts_for(language)) for language in ("kk", "ru"))
        try:
            await self._bot.send_message(admin_id, words)
        except TelegramError as error:
            log.warning("alarm not delivered", error=type(error).__name__)

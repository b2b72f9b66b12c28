"""What the doctor asks Telegram: whether the token holds, how updates come, and what time it is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from telegram import WebhookInfo
from telegram.error import InvalidToken, TelegramError

from bot.channels.texts import Texts
from bot.delivery.clock import Clock
from bot.delivery.line import open_line
from bot.operation.finding import Finding, Level
from bot.settings import Settings

# A failure of the webhook longer ago than this has been made up for.
RECENT = timedelta(hours=1)


async def line_findings(settings: Settings, t: Texts, now: datetime) -> AsyncIterator[Finding]:
    """Token, webhook and clock. Without a token nothing is asked."""
    what = t.gettext("token")
    if settings.telegram_token is None:
        advice = t.gettext(
            "Get one from {name} and set {setting}.", name="@BotFather", setting="KEDERGI_TELEGRAM_TOKEN"
        )
        yield Finding(Level.LOOK, what, t.gettext("none; the interview runs in the terminal only"), advice)
        return
    clock = Clock()
    try:
        async with open_line(settings, clock) as bot:
            yield Finding(Level.GOOD, what, f"@{bot.username}")
            yield _webhook(settings, t, await bot.get_webhook_info(), now)
    except InvalidToken:
        yield Finding(
            Level.BAD,
            what,
            t.gettext("Telegram refuses it"),
            t.gettext("Get a new one from {name}.", name="@BotFather"),
        )
        return
    except TelegramError as error:
        found = t.gettext("Telegram cannot be reached ({kind})", kind=type(error).__name__)
        yield Finding(Level.BAD, t.gettext("connection"), found, t.gettext("Check the network and the address."))
        return
    yield _clock(t, clock)


def _webhook(settings: Settings, t: Texts, info: WebhookInfo, now: datetime) -> Finding:
    what, wanted = t.gettext("how messages come"), settings.webhook_url or ""
    if info.url != wanted:
        found = t.gettext("Telegram posts to another address") if info.url else t.gettext("no webhook is set")
        return Finding(Level.BAD, what, found, t.gettext("Restart the bot; it sets this right."))
    waiting = t.ngettext(
        "{number} waits at Telegram",
        "{number} wait at Telegram",
        info.pending_update_count,
        number=info.pending_update_count,
    )
    if info.last_error_date and now - info.last_error_date < RECENT:
        advice = t.gettext(
            "Telegram says: {reason}. Check the proxy and its certificate.", reason=info.last_error_message or "?"
        )
        return Finding(Level.LOOK, what, waiting, advice)
    return Finding(Level.GOOD, what, waiting)


def _clock(t: Texts, clock: Clock) -> Finding:
    what = t.gettext("clock")
    if clock.ahead is None:
        return Finding(Level.LOOK, what, t.gettext("Telegram did not say what time it is"))
    seconds = round(abs(clock.ahead.total_seconds()))
    found = t.ngettext("{number} second off", "{number} seconds off", seconds, number=seconds)
    if clock.wrong:
        return Finding(Level.BAD, what, found, t.gettext("Switch on time synchronisation."))
    return Finding(Level.GOOD, what, found)

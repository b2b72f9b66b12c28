"""A stock python-telegram-bot echo bot, the peer of the benchmarks: `python -m tests.echo_bot URL TOKEN`."""

from __future__ import annotations

import sys
from typing import Any

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def echo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    """Say what was said."""
    if update.message and update.message.text:
        await update.message.reply_text(update.message.text)


def main() -> None:
    """Poll until killed, as the library's own examples do."""
    url, token = sys.argv[1:]
    application: Application[Any, Any, Any, Any, Any, Any] = Application.builder().token(token).base_url(url).build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_polling()


if __name__ == "__main__":
    main()

"""The Telegram edge: a raw update becomes an `Incoming`, a `Message` becomes calls of the Bot API. Nothing else.

Updates are read from raw JSON and not through python-telegram-bot's classes: one update with a field that the library
does not expect must not stop the others. Anything malformed raises (KeyError, TypeError, ValueError) and is for the
worker to set aside. Groups are recognised here, before anything of them is stored.
"""

from __future__ import annotations

import io
import re
import warnings
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import segno
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, LinkPreviewOptions, ReplyParameters
from telegram import Message as Shown
from telegram.error import RetryAfter
from telegram.warnings import PTBDeprecationWarning, PTBUserWarning

from bot.channels.incoming import BlockedIn, ButtonIn, CommandIn, EditIn, Incoming, OtherIn, TextIn
from bot.channels.message import TEXT_LIMIT, Message, cut

Raw = Mapping[str, Any]

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
# Side of one module of the QR picture, in pixels; a 33-module code then fills a phone's screen.
QR_SCALE = 12

_COMMAND = re.compile(r"/([A-Za-z0-9_]{0,32})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
# Fields of a message that describe it; what is left names its content. Newer kinds of content are thus found too.
_FRAME = frozenset(
    [
        "message_id",
        "message_thread_id",
        "direct_messages_topic",
        "from",
        "sender_chat",
        "sender_boost_count",
        "sender_business_bot",
        "date",
        "business_connection_id",
        "chat",
        "forward_origin",
        "is_topic_message",
        "is_automatic_forward",
        "reply_to_message",
        "external_reply",
        "quote",
        "reply_to_story",
        "reply_to_checklist_task_id",
        "via_bot",
        "edit_date",
        "has_protected_content",
        "is_from_offline",
        "is_paid_post",
        "media_group_id",
        "author_signature",
        "paid_star_count",
        "text",
        "entities",
        "link_preview_options",
        "suggested_post_info",
        "effect_id",
        "caption",
        "caption_entities",
        "show_caption_above_media",
        "has_media_spoiler",
        "reply_markup",
    ]
)


# --- reading -------------------------------------------------------------------------------------------------------


def chat_of(raw: Raw) -> tuple[int, bool] | None:
    """Chat id of an update and whether the chat is private; None when it names no chat. Never raises."""
    for name in ALLOWED_UPDATES:
        body = raw.get(name)
        if not isinstance(body, Mapping):
            continue
        frame = body.get("message") if name == "callback_query" else body
        chat = frame.get("chat") if isinstance(frame, Mapping) else None
        if isinstance(chat, Mapping) and type(chat.get("id")) is int:
            return chat["id"], chat.get("type") == "private"
    return None


def present_in(raw: Raw) -> bool:
    """Whether the bot still is a member of the group that the update tells of."""
    member = raw.get("my_chat_member")
    status = member.get("new_chat_member", {}).get("status") if isinstance(member, Mapping) else "member"
    return status not in {"left", "kicked"}


def read(raw: Raw) -> Incoming | None:
    """What a person did in a private chat; None for kinds of update that were not asked for. Raises on nonsense."""
    if "message" in raw:
        return _read_message(raw["message"])
    if "edited_message" in raw:
        message = raw["edited_message"]
        return EditIn(message["chat"]["id"], message["message_id"], _text_of(message))
    if "callback_query" in raw:
        return _read_button(raw["callback_query"])
    if "my_chat_member" in raw:
        member = raw["my_chat_member"]
        return BlockedIn(member["chat"]["id"], member["new_chat_member"]["status"] in {"kicked", "left"})
    return None


def _read_message(message: Raw) -> Incoming:
    chat_id, message_id = message["chat"]["id"], message["message_id"]
    if type(chat_id) is not int or type(message_id) is not int:
        raise TypeError("chat id and message id are whole numbers")
    if "text" not in message:
        kind = next((name for name in message if name not in _FRAME), "message")
        return OtherIn(chat_id, message_id, kind, _text_of(message), message.get("media_group_id"))
    text = _text_of(message)
    if command := _COMMAND.fullmatch(text):
        hint = message.get("from", {}).get("language_code")
        return CommandIn(chat_id, message_id, command[1].lower(), command[2] or "", hint)
    if text.startswith("/"):
        return CommandIn(chat_id, message_id, "", text[1:])
    return TextIn(chat_id, message_id, text)


def _text_of(message: Raw) -> str:
    text = message.get("text", message.get("caption", ""))
    if not isinstance(text, str):
        raise TypeError("a text is a string")
    # A lone half of a surrogate pair is valid JSON, but no database can hold it.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _read_button(query: Raw) -> ButtonIn:
    message = query.get("message") or {}
    chat_id = message["chat"]["id"] if "chat" in message else query["from"]["id"]
    return ButtonIn(chat_id, message.get("message_id"), str(query.get("data", "")), str(query["id"]))


# --- the library ---------------------------------------------------------------------------------------------------


def calm_library() -> None:
    """Silence the two warnings of python-telegram-bot that are answered here; again whenever filters were reset."""
    # do_api_request advises Bot.get_updates, which parses the updates: exactly what must not happen.
    warnings.filterwarnings("ignore", "Please use 'Bot.getUpdates'", PTBUserWarning)
    # The type of `retry_after` is going to change; `seconds_of` takes both.
    warnings.filterwarnings("ignore", ".*retry_after", PTBDeprecationWarning)


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram wants us to wait, in seconds."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


# --- showing -------------------------------------------------------------------------------------------------------


def plain(message: Message) -> Message | None:
    """The same as bare text, for a second try when Telegram refuses the message; None where that would be no other."""
    if message.kind not in {"text", "photo", "document"}:
        return None
    words = message.text if message.link is None or message.link in message.text else f"{message.text}\n{message.link}"
    bare = Message("text", cut(words, TEXT_LIMIT)[0], step=message.step)
    return None if replace(message, buttons=(), link=None) == bare and not message.buttons else bare


async def show(bot: Bot, chat_id: int, message: Message) -> int | None:
    """Send one message; its id in the chat, None for what makes no message. Raises telegram.error.TelegramError."""
    match message.kind:
        case "toast":
            return await _show_toast(bot, chat_id, message)
        case "redraw":
            await bot.edit_message_text(
                message.text,
                chat_id,
                message.target,
                reply_markup=_keyboard(message),
                link_preview_options=_NO_PREVIEW,
            )
            return None
        case "typing":
            await bot.send_chat_action(chat_id, "typing")
            return None
        case _:
            return (await _send(bot, chat_id, message)).message_id


async def _show_toast(bot: Bot, chat_id: int, message: Message) -> int | None:
    if message.callback_id is not None:
        await bot.answer_callback_query(message.callback_id, message.text or None)
        return None
    # The same words as a message, for who typed a command and pressed no button.
    return (await bot.send_message(chat_id, message.text)).message_id if message.text else None


async def _send(bot: Bot, chat_id: int, message: Message) -> Shown:
    if message.kind == "photo":
        picture = _file(message) or InputFile(_qr_picture(message.link or ""), "invitation.png")
        return await bot.send_photo(chat_id, picture, caption=message.text, reply_markup=_keyboard(message))
    if message.kind == "document":
        ready = _file(message)
        file = ready or InputFile(message.text.encode(), message.file_name)
        caption = message.text if ready else None
        return await bot.send_document(chat_id, file, caption=caption, reply_markup=_keyboard(message))
    return await bot.send_message(
        chat_id,
        message.text,
        reply_markup=_keyboard(message),
        link_preview_options=_NO_PREVIEW,
        reply_parameters=_reply(message),
    )


def _file(message: Message) -> InputFile | None:
    """The file that the message holds; None where it is yet to be made of the text or the link."""
    return None if message.content is None else InputFile(b64decode(message.content), message.file_name)


def _reply(message: Message) -> ReplyParameters | None:
    if message.reply_to is None:
        return None
    return ReplyParameters(message.reply_to, allow_sending_without_reply=True)


def _keyboard(message: Message) -> InlineKeyboardMarkup | None:
    if not message.buttons:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button.label, callback_data=button.data) for button in row] for row in message.buttons]
    )


def _qr_picture(link: str) -> bytes:
    picture = io.BytesIO()
    segno.make(link, error="m", micro=False).save(picture, kind="png", scale=QR_SCALE, border=4)
    return picture.getvalue()

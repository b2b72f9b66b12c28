"""The Telegram edge: raw updates are read, messages are cut and shown; nothing malformed gets past, nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.incoming import BlockedIn, ButtonIn, CommandIn, EditIn, OtherIn, TextIn
from bot.channels.message import Button, Message, cut, split, units
from bot.channels.telegram import chat_of, plain, present_in, read

CHAT = {"id": 5, "type": "private"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["message", "chat", "id", "type", "callback_query", "text"]), inner, max_size=4
        )
    ),
)


def message(**content: Any) -> dict[str, Any]:
    """An update with a message of a private chat."""
    person = {"id": 5, "language_code": "kk", "first_name": "A"}
    return {"update_id": 1, "message": {"message_id": 9, "date": 1, "chat": CHAT, "from": person, **content}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ия", TextIn(5, 9, "Ия")),
        ("5 баллов", TextIn(5, 9, "5 баллов")),
        ("/next", CommandIn(5, 9, "next", "", "kk")),
        ("/Next@kedergi_bot", CommandIn(5, 9, "next", "", "kk")),
        ("/start abc", CommandIn(5, 9, "start", "abc", "kk")),
        ("/2", CommandIn(5, 9, "2", "", "kk")),
        ("/", CommandIn(5, 9, "", "", "kk")),
        ("/оқушы жоқ", CommandIn(5, 9, "", "оқушы жоқ")),
        (" /next", TextIn(5, 9, " /next")),
    ],
)
def test_a_text_is_read(text: str, expected: object) -> None:
    assert read(message(text=text)) == expected


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"sticker": {"file_id": "x"}}, "sticker"),
        ({"voice": {"file_id": "x"}}, "voice"),
        ({"photo": [], "caption": "", "media_group_id": "7"}, "photo"),
        ({"poll": {}}, "poll"),
        ({"location": {}}, "location"),
        ({"content_of_2030": {}}, "content_of_2030"),
        ({}, "message"),
    ],
)
def test_other_content_is_named_by_telegrams_field(content: dict[str, Any], kind: str) -> None:
    assert read(message(**content)) == OtherIn(5, 9, kind, "", content.get("media_group_id"))


def test_a_caption_is_kept_as_text() -> None:
    assert read(message(photo=[], caption="пандус жоқ")) == OtherIn(5, 9, "photo", "пандус жоқ")


def test_half_a_surrogate_pair_does_not_reach_the_database() -> None:
    assert read(message(text="a\ud83db")) == TextIn(5, 9, "a\ufffdb")
    assert read(message(text="a\U0001f600b")) == TextIn(5, 9, "a\U0001f600b")


def test_edits_buttons_and_blocking_are_read() -> None:
    assert read({"edited_message": {"message_id": 9, "chat": CHAT, "text": "b"}}) == EditIn(5, 9, "b")
    query = {"id": "77", "from": {"id": 5}, "message": {"message_id": 4, "chat": CHAT}, "data": "q1:next"}
    assert read({"callback_query": query}) == ButtonIn(5, 4, "q1:next", "77")
    assert read({"callback_query": {"id": "77", "from": {"id": 5}}}) == ButtonIn(5, None, "", "77")
    for status, blocked in (("kicked", True), ("member", False)):
        member = {"chat": CHAT, "new_chat_member": {"status": status}}
        assert read({"my_chat_member": member}) == BlockedIn(5, blocked)


def test_a_kind_of_update_that_was_not_asked_for_is_nothing() -> None:
    assert read({"update_id": 1, "poll_answer": {}}) is None


@pytest.mark.parametrize("body", ["text", None, {}, {"chat": CHAT}, {"chat": CHAT, "message_id": "9", "text": "a"}])
def test_nonsense_raises(body: object) -> None:
    with pytest.raises((KeyError, TypeError, AttributeError)):
        read({"update_id": 1, "message": body})


@given(st.dictionaries(st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member"]), JSON))
def test_the_chat_of_anything_can_be_asked_for(raw: dict[str, Any]) -> None:
    found = chat_of(raw)
    assert found is None or (type(found[0]) is int and type(found[1]) is bool)


def test_groups_are_known_and_left_only_once() -> None:
    group = {"id": -100, "type": "supergroup"}
    assert chat_of({"message": {"chat": group, "text": "x"}}) == (-100, False)
    assert present_in({"my_chat_member": {"chat": group, "new_chat_member": {"status": "member"}}})
    assert not present_in({"my_chat_member": {"chat": group, "new_chat_member": {"status": "left"}}})


@given(st.text(alphabet=st.sampled_from("a \n\U0001f600<"), max_size=60), st.integers(2, 20))
def test_a_long_text_is_cut_without_losing_a_character(text: str, limit: int) -> None:
    pieces = cut(text, limit)
    assert "".join(pieces) == text
    assert all(units(piece) <= limit for piece in pieces)


def test_the_buttons_stay_with_the_last_piece() -> None:
    buttons = ((Button("Дальше", "q1:next"),),)
    pieces = split(Message("text", "<" * 9000, buttons, "q1"))
    assert [units(piece.text) for piece in pieces] == [4096, 4096, 808]
    assert [piece.step for piece in pieces] == [None, None, "q1"]
    assert pieces[-1].buttons == buttons
    assert [len(piece.text) for piece in split(Message("photo", "x" * 1100, link="https://t.me/x"))] == [1024, 76]


def test_the_plain_form_says_the_same_without_buttons_or_picture() -> None:
    asked = Message("text", "Вопрос", ((Button("Дальше", "q1:next"),),), "q1")
    assert plain(asked) == Message("text", "Вопрос", step="q1")
    assert plain(Message("photo", "Приглашение", link="https://t.me/x")) == Message(
        "text", "Приглашение\nhttps://t.me/x"
    )
    assert plain(Message("text", "Вопрос")) is None
    assert plain(Message("toast", "Готово")) is None

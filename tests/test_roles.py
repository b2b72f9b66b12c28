"""Every command and button by everybody who could send it, in every form: who lacks the right gets no byte and changes
nothing. The list of commands is the desk's own, so a new room is covered when it registers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.telegram import chat_of
from bot.interview.commands import COMMANDS
from bot.store import members, people
from tests.desk import Desk, to_question

# Danger to a child, so that the answer reaches every room that there is, the urgent one too.
SECRET = "директор бьёт ребёнка, құпия сөз 4711"
AUTHOR, OTHER, STRANGER, FORMER = 7, 8, 9, 10
STAFF = {11: "coordinator", 12: "researcher", 13: "coder"}
KEPT = ("answers", "answer_versions", "messages", "codings", "members", "role_invitations", "respondents")
ARGUMENTS = ("", "1", "all", "1:1")


@pytest.fixture
def house(desk: Desk) -> Desk:
    """A respondent with an answer, another one, a stranger, staff of each role, and one who was staff."""
    to_question(desk, AUTHOR, OTHER)
    desk.receive(desk.text(SECRET, AUTHOR), desk.text("/next", AUTHOR))
    desk.handle()
    now = datetime.now(UTC)
    for chat_id, role in {**STAFF, FORMER: "coordinator"}.items():
        with desk.store.atomic():
            token = members.invite(desk.store, role, "all", now + timedelta(days=1), now, by=None)
            key = people.chat_key_of(desk.store, chat_id, now)
            member = members.redeem(desk.store, key, token, "ru", now)
            assert member is not None
            if chat_id == FORMER:
                members.revoke(desk.store, member.member_id)
    desk.show_all()
    return desk


def forms(desk: Desk, chat_id: int, name: str) -> Iterator[dict[str, Any]]:
    """A command as it is typed, forwarded and edited, and as a forged button, with and without something after it."""
    for argument in ARGUMENTS:
        update = desk.text(f"/{name} {argument}".strip(), chat_id)
        yield update
        origin = {"type": "user", "date": 1, "sender_user": {"id": 11, "is_bot": False, "first_name": "x"}}
        yield {"message": {**desk.text(f"/{name} {argument}".strip(), chat_id)["message"], "forward_origin": origin}}
        yield {"edited_message": {**update["message"], "edit_date": 2}}
        for hangs_on in (None, update["message"]["message_id"], 10**9):
            yield desk.press(hangs_on, f"{name}:{argument}", chat_id)


def kept(desk: Desk) -> dict[str, list[dict[str, Any]]]:
    """Everything that only a right may change."""
    return {table: desk.store.rows(f"SELECT * FROM {table}") for table in KEPT}


def said_to(desk: Desk, chat_id: int) -> str:
    """All that was ever queued for a chat and is still to be sent."""
    found = desk.store.rows("SELECT message FROM outbox JOIN chats USING (chat_key) WHERE chat_id = ?", chat_id)
    return "\n".join(row["message"] or "" for row in found)


@pytest.mark.parametrize("chat_id", [STRANGER, OTHER, FORMER, *STAFF])
def test_who_lacks_the_right_to_a_command_reads_nothing_by_it_and_changes_nothing(house: Desk, chat_id: int) -> None:
    """Requirement 4: each command x stranger, another respondent, former coordinator, and each role without it."""
    rights = {name: entry.roles for name, entry in house.staff._entries.items()}
    denied = [name for name, roles in rights.items() if STAFF.get(chat_id) not in roles]
    before = kept(house)
    for name in denied:
        if name not in COMMANDS:
            house.receive(*forms(house, chat_id, name))
            house.handle()
    assert kept(house) == before
    assert "4711" not in said_to(house, chat_id)
    assert house.told in ([], ["urgent_unread"])


def test_who_has_the_right_reads_the_answer(house: Desk) -> None:
    """Else the others would prove nothing."""
    house.receive(house.text("/urgent", 11))
    house.handle()
    assert SECRET in said_to(house, 11)


@pytest.mark.parametrize("chat_id", [STRANGER, FORMER])
def test_the_commands_of_respondents_give_a_stranger_nothing_of_another(house: Desk, chat_id: int) -> None:
    """Requirement 4: an interview's commands reach the own interview only."""
    before = kept(house)
    for name in (*COMMANDS, "start", "unknown"):
        house.receive(*forms(house, chat_id, name))
        house.handle()
        house.show_all()
    assert kept(house) == before
    assert "4711" not in said_to(house, chat_id)


def test_another_respondent_reads_their_own_copy_only(house: Desk) -> None:
    """Requirement 4: /mydata and the rest, by somebody who has an interview of their own."""
    for name in COMMANDS:
        house.receive(*forms(house, OTHER, name))
        house.handle()
        assert "4711" not in said_to(house, OTHER)
        house.show_all()
    authors = house.store.value("SELECT text FROM messages JOIN chats USING (chat_key) WHERE chat_id = ?", AUTHOR)
    assert authors == SECRET


def test_the_same_update_from_a_group_is_seen_as_one(house: Desk) -> None:
    """Requirement 1 and 4: whatever the command and whoever says it, a group is no private chat."""
    for name in (*house.staff._entries, *COMMANDS):
        for update in forms(house, 11, name):
            body = next(iter(update.values()))
            frame = body.get("message", body)
            frame["chat"] = {"id": -100123, "type": "supergroup"}
            assert chat_of(update) == (-100123, False)

"""The database file: who may read it, what happens when it cannot be read, and what its schema promises."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from store_world import NOW, later, person, received, write

from bot.errors import StoreError
from bot.store.database import FILE, KEY_FILE, moment, open_reader, open_store, timestamp
from bot.store.migrations import migrations, schema_text

VIEWS = {
    "coded_units": (
        "unit_id answer_id answer_version respondent_key round role question lang script consent_training unit_text "
        "start end category descriptive_code coder coder_kind score codebook_version coded_at is_current"
    ),
    "answers_current": (
        "answer_id version interview_id respondent_key round role region district school_key locality question lang "
        "script text submitted_at consent_quote consent_training"
    ),
    "answer_categories_current": "answer_id category source pile",
}


def mode(path: Path) -> int:
    """Permission bits."""
    return path.stat().st_mode & 0o777


def test_only_the_owner_may_read_what_lies_in_the_home(tmp_path: Path) -> None:
    home = tmp_path / "с пробелом и кириллицей"
    home.mkdir(mode=0o755)
    store = open_store(home)
    received(store, 1)
    assert mode(home) == 0o700
    assert {path.name: mode(path) for path in home.iterdir()} == dict.fromkeys(
        (FILE, f"{FILE}-wal", f"{FILE}-shm", KEY_FILE), 0o600
    )
    store.close()


def test_the_connection_is_durable_and_forgets_what_is_deleted(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    assert [store.value(f"PRAGMA {name}") for name in names] == ["wal", 2, 1, 1]
    store.close()


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    chat, key = person(store), store.key
    store.close()
    again = open_store(tmp_path)
    assert again.key == key
    assert again.value("SELECT chat_key FROM respondents") == chat
    assert [one.name for one in migrations.pending(again.db)] == []
    again.close()


@pytest.mark.parametrize("content", [b"this is no database, " * 400, b"SQLite format 3\0" + b"\xff" * 5000])
def test_an_unreadable_database_is_one_line_and_stays_as_it_was(tmp_path: Path, content: bytes) -> None:
    open_store(tmp_path).close()
    (tmp_path / FILE).write_bytes(content)
    for opening in (open_store, open_reader):
        with pytest.raises(StoreError, match=FILE) as raised:
            opening(tmp_path)
        assert "\n" not in str(raised.value)
    assert (tmp_path / FILE).read_bytes() == content


def test_a_home_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    home = tmp_path / "var"
    home.write_text("")
    with pytest.raises(StoreError, match="var"):
        open_store(home)


def test_a_database_without_its_key_is_not_opened_with_a_new_one(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(StoreError, match=r"pseudonym\.key: is missing"):
        open_store(tmp_path)
    assert not (tmp_path / KEY_FILE).exists()


@pytest.mark.parametrize("text", ["", "12", "g" * 64, "\ufffd" * 64])
def test_a_broken_key_is_named(tmp_path: Path, text: str) -> None:
    open_store(tmp_path).close()
    (tmp_path / KEY_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match=r"pseudonym\.key: must hold 64 hexadecimal digits"):
        open_store(tmp_path)


def test_a_reader_sees_what_is_committed_and_cannot_write(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    reader = open_reader(tmp_path)
    person(store)
    assert reader.execute("SELECT count(*) FROM respondents").fetchone()[0] == 1
    with store.atomic():
        person(store, 2)
        assert reader.execute("SELECT count(*) FROM respondents").fetchone()[0] == 1
    for sql in ("DELETE FROM respondents", "CREATE TABLE t (x)", "PRAGMA user_version = 3"):
        with pytest.raises(sqlite3.OperationalError):
            reader.execute(sql)
    reader.close()
    store.close()


def test_a_reader_needs_no_running_bot_but_a_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="has the bot run"):
        open_reader(tmp_path)
    assert not (tmp_path / FILE).exists()
    store = open_store(tmp_path)
    person(store)
    store.close()
    reader = open_reader(tmp_path)
    assert reader.execute("SELECT count(*) FROM respondents").fetchone()[0] == 1
    reader.close()


def test_a_savepoint_is_undone_alone(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.atomic():
        received(store, 1)
        with pytest.raises(RuntimeError), store.atomic():
            received(store, 2)
            raise RuntimeError
        received(store, 3)
    assert [row["update_id"] for row in store.rows("SELECT update_id FROM inbox")] == [1, 3]
    with pytest.raises(RuntimeError), store.atomic():
        received(store, 4)
        raise RuntimeError
    assert store.value("SELECT count(*) FROM inbox") == 2
    store.close()


@pytest.mark.parametrize("view", VIEWS)
def test_a_public_view_has_exactly_its_columns(tmp_path: Path, view: str) -> None:
    store = open_store(tmp_path)
    cursor = store.db.execute(f"SELECT * FROM {view}")
    assert " ".join(column[0] for column in cursor.description) == VIEWS[view]
    store.close()


def test_the_schema_is_as_it_was_read_and_agreed(tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    store = open_store(tmp_path)
    golden("schema.txt", schema_text(store.db) + "\n")
    store.close()


def test_keys_of_erased_rows_are_never_used_again(tmp_path: Path) -> None:
    """A coder may still be at work on an erased answer: its key must not become the key of another one."""
    store = open_store(tmp_path)
    keyed = ("chats", "respondents", "interviews", "answers", "messages", "units", "codings", "inbox", "outbox")
    for table in keyed:
        assert "AUTOINCREMENT" in store.value("SELECT sql FROM sqlite_master WHERE name = ?", table), table
    store.close()


def test_times_are_text_that_sorts_like_time() -> None:
    moments = [NOW, later(microseconds=1), later(hours=1), later(days=40)]
    assert timestamp(NOW) == "2026-11-24T06:00:00.000000+00:00"
    assert sorted(map(timestamp, moments)) == [timestamp(one) for one in moments]
    assert [moment(timestamp(one)) for one in moments] == moments


def test_telegram_ids_stand_in_one_table_only(tmp_path: Path) -> None:
    """No column but chats.chat_id holds the id of a chat, once the inbox is processed."""
    store = open_store(tmp_path)
    secret = 987654321012
    chat = person(store, secret)
    write(store, chat, 1, "нет пандуса")
    tables = [row["name"] for row in store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {
        (table, column)
        for table in tables
        for row in store.rows(f'SELECT * FROM "{table}"')
        for column, value in row.items()
        if str(secret) in str(value)
    }
    assert found == {("chats", "chat_id")}
    store.close()

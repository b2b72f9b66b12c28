"""Backups: one moment of a database that is written to, put back whole, and nobody erased comes back with it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_world import NOW, answer_of, later, person, received, write

from bot.delivery.lock import sole_instance
from bot.errors import AlreadyRunningError, StoreError
from bot.operation.backups import Restored, folder_of, is_due, make, newest, prune, restore, taken_at
from bot.settings import ALMATY, Settings
from bot.store import backups, codings, delivery, erasure, people, suppression
from bot.store.database import FILE, KEY_FILE, Store, open_reader, open_store
from tests.running import ROOT, environment

KEEP = timedelta(days=14)
PLANT = "құпия-жауап"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(_env_file=None, home=home)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    one = open_store(home)
    yield one
    one.close()


def texts(home: Path) -> list[str]:
    """All answers in the database of a home."""
    with closing(open_reader(home)) as reader:
        return [text for (text,) in reader.execute("SELECT text FROM answers_current ORDER BY text")]


def forget(store: Store, chat: int, at: datetime) -> None:
    """/forget, to its end."""
    with store.atomic():
        erasure.erase(store, chat, delivery.newest_inbox(store), at)
    erasure.scrub(store)


def test_a_backup_shows_one_moment_while_the_bot_goes_on_writing(store: Store, home: Path, tmp_path: Path) -> None:
    write(store, person(store, 1), 4, "бірінші")
    with store.atomic():
        write(store, person(store, 2), 4, "аяқталмаған")
        path = make(home, tmp_path / "out", KEEP, NOW)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["kedergi-20261124T060000Z.db"]
    backups.check(path)
    write(store, person(store, 3), 4, "кейінгі")
    store.close()
    done = restore(Settings(_env_file=None, home=home), path, later(hours=1))
    assert texts(home) == ["бірінші"]
    assert done.before is not None
    restore(Settings(_env_file=None, home=home), done.before, later(hours=2))
    assert texts(home) == ["аяқталмаған", "бірінші", "кейінгі"]


def test_what_was_deleted_is_not_in_a_backup(store: Store, home: Path, tmp_path: Path) -> None:
    chat = person(store)
    write(store, chat, 4, PLANT * 100)
    with store.atomic():
        erasure.erase(store, chat, 0, NOW)
    assert PLANT.encode() in (home / f"{FILE}-wal").read_bytes()
    assert PLANT.encode() not in make(home, tmp_path, KEEP, NOW).read_bytes()


def test_who_was_erased_after_the_backup_stays_erased_after_its_restore(
    store: Store, home: Path, settings: Settings
) -> None:
    erased, stays = person(store, 100), person(store, 200)
    write(store, erased, 4, PLANT)
    write(store, stays, 4, "қалады")
    received(store, 1, 100, f'{{"text": "{PLANT}"}}')
    path = make(home, folder_of(settings), KEEP, NOW)
    forget(store, erased, later(hours=1))
    store.close()
    assert restore(settings, path, later(hours=2)).erased_again == 1
    assert texts(home) == ["қалады"]
    for file in home.iterdir():
        assert file.is_dir() or PLANT.encode() not in file.read_bytes(), file.name
    with closing(open_store(home)) as again:
        assert len(suppression.entries_of(again)) == 1
        assert delivery.waiting_inbox(again, 9) == []


def test_who_has_come_again_keeps_what_they_said_since(store: Store, home: Path, settings: Settings) -> None:
    chat = person(store)
    write(store, chat, 4, PLANT)
    early = make(home, folder_of(settings), KEEP, NOW)
    forget(store, chat, later(hours=1))
    write(store, person(store, now=later(hours=2)), 4, "жаңа жауап")
    late = make(home, folder_of(settings), KEEP, later(hours=3))
    store.close()
    restore(settings, late, later(hours=4))
    assert texts(home) == ["жаңа жауап"]
    restore(settings, early, later(hours=5))
    assert texts(home) == []
    restore(settings, late, later(hours=6))
    assert texts(home) == ["жаңа жауап"]


def test_an_old_copy_that_is_put_back_by_hand_is_erased_when_it_is_opened(store: Store, home: Path) -> None:
    chat = person(store)
    write(store, chat, 4, PLANT)
    path = make(home, home / "backups", KEEP, NOW)
    forget(store, chat, later(hours=1))
    store.close()
    shutil.copy(path, home / FILE)
    open_store(home).close()
    assert texts(home) == []
    assert PLANT.encode() not in (home / FILE).read_bytes()


def test_the_folder_of_backups_and_the_key_bring_it_all_to_a_new_machine(
    store: Store, home: Path, tmp_path: Path
) -> None:
    chat = person(store, 100)
    write(store, chat, 4, PLANT)
    write(store, person(store, 200), 4, "қалады")
    early = make(home, tmp_path / "out", KEEP, NOW)
    forget(store, chat, later(hours=1))
    make(home, tmp_path / "out", KEEP, later(hours=2))
    new = Settings(_env_file=None, home=tmp_path / "new")
    with pytest.raises(StoreError, match=f"{KEY_FILE}: is missing"):
        restore(new, early, later(hours=3))
    shutil.copy(home / KEY_FILE, new.home / KEY_FILE)
    assert restore(new, early, later(hours=3)) == Restored(1, None)
    assert {path.name for path in new.home.iterdir()} == {FILE, KEY_FILE, suppression.LIST_FILE, "kedergi.lock"}
    assert texts(new.home) == ["қалады"]


def test_nothing_changes_when_a_backup_cannot_be_restored(store: Store, home: Path, settings: Settings) -> None:
    write(store, person(store), 4, "тірі")
    good = make(home, home.parent / "out", KEEP, NOW)
    cut = good.with_name("cut.db")
    cut.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    strange = good.with_name("strange.db")
    strange.write_text("not a database at all, but long enough to be looked at" * 9)
    later_version = good.with_name("later.db")
    shutil.copy(good, later_version)
    with closing(backups.sqlite3.connect(later_version, isolation_level=None)) as other:
        other.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('kedergi', 'm999', '')")
    with closing(open_store(home.parent / "other")) as stranger:
        write(stranger, person(stranger), 4, "бөтен")
    foreign = make(home.parent / "other", home.parent / "out2", KEEP, NOW)
    store.close()
    for file, reason in (
        (cut, "damaged|cannot be read"), (strange, "cannot be read"), (later_version, "later version"),
        (foreign, "another pseudonym.key"),
    ):  # fmt: skip
        with pytest.raises(StoreError, match=reason):
            restore(settings, file, NOW)
        assert texts(home) == ["тірі"]
    with sole_instance(home), pytest.raises(AlreadyRunningError):
        restore(settings, good, NOW)
    assert not (home / backups.RESTORING).exists()


def test_a_damaged_database_is_put_aside_as_it_is(store: Store, home: Path, settings: Settings) -> None:
    write(store, person(store), 4, "тірі")
    good = make(home, home.parent / "out", KEEP, NOW)
    store.close()
    (home / FILE).write_bytes(b"broken" * 1000)
    done = restore(settings, good, later(hours=1))
    assert done.before is not None
    assert done.before.read_bytes() == b"broken" * 1000
    assert texts(home) == ["тірі"]
    assert newest(folder_of(settings), later(days=1)) is None
    assert prune(folder_of(settings), KEEP, later(days=15)) == 1


def test_backups_older_than_the_promise_go_and_other_files_stay(store: Store, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    paths = [make(home, folder, KEEP, later(days=day)) for day in (0, 1, 14, 15)]
    (folder / "kedergi-20261124T060000Z.part").touch()
    (folder / "notes.db").touch()
    assert [path.exists() for path in paths] == [False, True, True, True]
    assert prune(folder, KEEP, later(days=15, seconds=1)) == 2
    assert sorted(path.name for path in folder.iterdir()) == [paths[2].name, paths[3].name, "notes.db"]
    assert newest(folder, later(days=20)) == later(days=15)
    assert newest(folder, later(days=14, hours=1)) == later(days=14), "a name from the future does not count"
    assert newest(tmp_path / "nowhere", NOW) is None


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # strategies take naive bounds
    st.timedeltas(timedelta(0), timedelta(days=5)),
)
def test_a_night_is_backed_up_once_however_long_the_bot_was_down(last: datetime, passed: timedelta) -> None:
    now = last + passed
    nights = (now.astimezone(ALMATY) - timedelta(hours=3)).date() - (
        last.astimezone(ALMATY) - timedelta(hours=3)
    ).date()
    assert is_due(last, now) == (nights >= timedelta(days=1))
    assert is_due(None, now)
    assert not is_due(now, now)


def test_a_full_disk_leaves_no_half_backup(store: Store, home: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        backups.take(home, tmp_path / "missing" / "kedergi-20261124T060000Z.db")
    with pytest.raises(StoreError, match="cannot be read as a backup"):
        backups.check(tmp_path / "missing")
    assert taken_at(tmp_path / "kedergi-20261124T060000Z.db") == NOW
    assert taken_at(tmp_path / "kedergi.db") is None


def test_a_list_with_a_strange_line_is_an_error_that_names_the_line(store: Store, home: Path) -> None:
    forget(store, person(store), NOW)
    path = home / suppression.LIST_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text().split()[0] != "100"
    path.write_text(path.read_text() + "half a li")
    with pytest.raises(StoreError, match="line 2: must be 32 hexadecimal digits"):
        erasure.erase_again(store)


def test_the_commands_back_up_and_restore(store: Store, home: Path, tmp_path: Path) -> None:
    chat = person(store)
    write(store, chat, 4, "тірі")
    codings.save_respondent_coding(store, answer_of(store, chat, 4), ["funding"], "1", NOW)
    assert people.respondent_of(store, chat)

    def bot(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment(home), capture_output=True, text=True, check=False)

    made = bot("backup", str(tmp_path / "out"))
    assert made.returncode == 0
    assert "pseudonym.key is not part of it" in made.stderr
    store.close()
    done = bot("restore", made.stdout.strip())
    assert (done.returncode, done.stderr) == (0, "")
    assert texts(home) == ["тірі"]
    with sole_instance(home):
        refused = bot("restore", made.stdout.strip())
    assert refused.returncode == 2
    assert "another Kedergi is running" in refused.stderr

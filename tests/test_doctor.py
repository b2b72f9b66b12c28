"""The doctor: each thing that can be wrong is found, told in three languages with what to do, and no secret is said."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from store_world import NOW, later, person, received, write

from bot.channels.texts import LANGUAGES, texts_for
from bot.operation import checks
from bot.operation.backups import folder_of, make
from bot.operation.checks import local_findings
from bot.operation.doctor import examine
from bot.operation.finding import Finding, Level, report
from bot.operation.law import law_findings, synced_by
from bot.operation.line_check import line_findings
from bot.settings import Settings
from bot.store import delivery
from bot.store.database import FILE, KEY_FILE, Store, open_store
from tests.fake_telegram import TOKEN, FakeTelegram
from tests.running import settings_for
from tests.test_run import ROOT, environment

EN = texts_for("en")
SAID = {"study": "Зерттеу", "approval": "№ 5", "contact": "+7 700", "stored_in": "KZ"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, home=tmp_path / "var", admin_id=42, **SAID)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    one = open_store(settings.home)
    write(one, person(one), 4, "пандус жоқ", now=NOW)
    make(settings.home, folder_of(settings), settings.backup_kept, NOW)
    yield one
    one.close()


def here(settings: Settings, now: datetime = NOW) -> dict[str, Finding]:
    """The local findings by what was looked at."""
    return {one.what: one for one in local_findings(settings, EN, now)}


def levels(findings: dict[str, Finding]) -> set[Level]:
    return {one.level for one in findings.values()}


def test_all_is_well(store: Store, settings: Settings) -> None:
    found = here(settings)
    assert levels(found) == {Level.GOOD}
    assert list(found) == [
        "database", "messages", "answers to be coded", "key of the pseudonyms", "interview guide", "codebook and model",
        "disk", "last backup", "time zone", "alarms",
    ]  # fmt: skip
    assert all(one.level is Level.GOOD for one in law_findings(settings, EN))


def break_file(settings: Settings, _: Store) -> None:
    path = settings.home / FILE
    path.write_bytes(path.read_bytes()[: 3 * 4096] + b"\xff" * 4096 * 9)


def break_header(settings: Settings, _: Store) -> None:
    (settings.home / FILE).write_bytes(b"no database" * 500)


def open_key(settings: Settings, _: Store) -> None:
    (settings.home / KEY_FILE).chmod(0o644)


def lose_key(settings: Settings, _: Store) -> None:
    (settings.home / KEY_FILE).unlink()


@pytest.mark.parametrize(
    ("harm", "what", "advice"),
    [
        (break_file, "database", "python -m bot restore"),
        (break_header, "database", "python -m bot restore"),
        (open_key, "key of the pseudonyms", "chmod 600"),
        (lose_key, "key of the pseudonyms", "put back your copy of pseudonym.key"),
    ],
)
def test_a_harmed_home_is_found(
    harm: Callable[[Settings, Store], None], what: str, advice: str, store: Store, settings: Settings
) -> None:
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    harm(settings, store)
    found = here(settings)[what]
    assert found.level is Level.BAD
    assert advice in found.advice


def test_a_database_of_an_earlier_version_is_no_harm(store: Store, settings: Settings) -> None:
    store.run("DELETE FROM _sqlite_migrations WHERE name = 'm010_operations'")
    store.run("DROP TABLE to_code")
    found = here(settings)
    assert found["database"].level is Level.LOOK
    assert "messages" not in found


def test_what_was_set_aside_and_what_waits_too_long_are_found(store: Store, settings: Settings) -> None:
    received(store, 1)
    delivery.dead_letter(store, 1, "KeyError", NOW)
    found = here(settings, later(hours=1))
    assert (found["messages"].level, found["messages"].found) == (Level.LOOK, "1 set aside")
    assert (found["answers to be coded"].level, found["answers to be coded"].found) == (Level.LOOK, "1 waits")


def test_an_old_backup_a_full_disk_and_old_time_zones_are_found(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert here(settings, later(hours=29))["last backup"].level is Level.GOOD
    assert here(settings, later(hours=31))["last backup"].level is Level.BAD
    off = settings.model_copy(update={"backups": False})
    assert "python -m bot backup" in here(off)["last backup"].advice
    monkeypatch.setattr(checks, "disk_is_low", lambda free, size: free > size)
    assert here(settings)["disk"].level is Level.BAD
    before_2024 = datetime(2024, 2, 1, tzinfo=UTC)
    assert before_2024.astimezone(ZoneInfo("Asia/Almaty")).utcoffset() == timedelta(hours=6)
    assert here(settings, before_2024)["time zone"].level is Level.BAD


def test_a_model_of_another_codebook_is_found(store: Store, settings: Settings) -> None:
    models = settings.home / "models"
    (models / "own").mkdir(parents=True)
    (models / "current").write_text("own")
    codebook = (ROOT / "data" / "codebook.toml").read_text()
    (models / "own" / "codebook.toml").write_text(codebook + "\n# changed\n")
    assert "is not data/codebook.toml's" in here(settings)["codebook and model"].found
    (models / "own" / "codebook.toml").write_text(codebook)
    assert "no weights in" in here(settings)["codebook and model"].found
    (models / "own" / "model.safetensors").touch()
    assert here(settings)["codebook and model"].level is Level.GOOD


def test_a_new_machine_is_told_what_is_still_to_be_done(tmp_path: Path) -> None:
    bare = Settings(_env_file=None, home=tmp_path / "var")
    found = here(bare)
    assert levels(found) == {Level.GOOD, Level.LOOK}
    law = {one.what: one.level for one in law_findings(bare, EN)}
    assert law == {
        "who asks": Level.BAD, "ethical approval": Level.BAD, "whom to ask": Level.BAD,
        "where the data lie": Level.LOOK, "folder of the data": Level.GOOD,
    }  # fmt: skip
    assert not bare.home.exists(), "looking changes nothing"


def test_the_law_is_asked_about_the_place_of_the_data(settings: Settings) -> None:
    abroad = list(law_findings(settings.model_copy(update={"stored_in": "DE"}), EN))
    assert [one.what for one in abroad if one.level is Level.BAD] == ["where the data lie"]
    settings.home.mkdir(mode=0o755)
    settings.home.chmod(0o755)
    assert "chmod 700" in next(one.advice for one in law_findings(settings, EN) if one.level is Level.BAD)
    shared = settings.model_copy(update={"home": settings.home / "Dropbox" / "kedergi"})
    assert "KEDERGI_HOME" in next(one.advice for one in law_findings(shared, EN) if one.level is Level.BAD)


@pytest.mark.parametrize(
    ("folder", "copied"),
    [
        ("/home/a/Dropbox/k", True), ("/home/a/OneDrive - University/k", True), ("/Users/a/Yandex.Disk/k", True),
        ("/Users/a/Library/Mobile Documents/iCloud Drive/k", True), ("/home/a/Google Drive/k", True),
        ("/srv/kedergi", False), ("/home/mega-admin2/kedergi", False), ("/home/omega/k", False),
    ],
)  # fmt: skip
def test_folders_that_are_copied_elsewhere_are_known_by_their_names(folder: str, copied: bool) -> None:
    assert bool(synced_by(Path(folder))) == copied


async def of_line(settings: Settings, now: datetime | None = None) -> dict[str, Finding]:
    """What Telegram says, by what was asked."""
    at = now or datetime.now(UTC)
    return {one.what: one async for one in line_findings(settings, EN, at)}


async def test_telegram_is_asked_about_token_webhook_and_clock(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        server.date = format_datetime(datetime.now(UTC), usegmt=True)
        polling = settings_for(server, tmp_path)
        found = await of_line(polling)
        assert levels(found) == {Level.GOOD}
        assert found["token"].found == "@kedergi_test_bot"
        server.webhook = {"url": "https://bot.example.kz/hook"}
        assert "another address" in (await of_line(polling))["how messages come"].found
        hooked = polling.model_copy(update={"webhook_url": "https://bot.example.kz/hook"})
        assert levels(await of_line(hooked)) == {Level.GOOD}
        server.webhook = False
        assert "no webhook is set" in (await of_line(hooked))["how messages come"].found
        server.date = format_datetime(datetime.now(UTC) - timedelta(minutes=5), usegmt=True)
        assert (await of_line(polling))["clock"].level is Level.BAD
        server.date = ""
        assert (await of_line(polling))["clock"].level is Level.LOOK
        server.faults.plan("getMe", "401")
        assert (await of_line(polling))["token"].level is Level.BAD
        server.faults.plan("getMe", "502")
        assert (await of_line(polling))["connection"].level is Level.BAD
    assert (await of_line(polling))["connection"].level is Level.BAD
    assert (await of_line(Settings(_env_file=None, home=tmp_path)))["token"].level is Level.LOOK


async def test_a_webhook_that_failed_lately_is_found(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        url = "https://bot.example.kz/hook"
        failed = int(NOW.timestamp())
        server.webhook = {"url": url, "last_error_date": failed, "last_error_message": "SSL error"}
        settings = settings_for(server, tmp_path, webhook_url=url)
        assert "SSL error" in (await of_line(settings, later(minutes=59)))["how messages come"].advice
        assert (await of_line(settings, later(minutes=61)))["how messages come"].level is Level.GOOD


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_report_is_in_three_languages_and_holds_no_secret(language: str, tmp_path: Path) -> None:
    secret = "a-secret-that-only-telegram-knows"
    async with FakeTelegram() as server:
        server.faults.plan("getMe", "401")
        settings = settings_for(server, tmp_path / "var", webhook_url="https://bot.example.kz", webhook_secret=secret)
        text = report(await examine(settings, texts_for(language), NOW))
    assert text.count("[!]") == 4
    assert secret not in text and TOKEN not in text and TOKEN.partition(":")[2] not in text
    assert language == "en" or "is" not in text.split()


def test_the_command_says_by_its_status_whether_something_is_wrong(store: Store, settings: Settings) -> None:
    def doctor(**more: str) -> subprocess.CompletedProcess[str]:
        make(settings.home, folder_of(settings), settings.backup_kept, datetime.now(UTC))
        command = [sys.executable, "-m", "bot", "doctor", "--language", "en"]
        env = environment(settings.home) | more
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    said = {f"KEDERGI_{name.upper()}": value for name, value in SAID.items()}
    well = doctor(**said)
    assert (well.returncode, well.stderr) == (0, ""), well.stdout
    assert "[?] token: none" in well.stdout
    assert doctor().returncode == 1

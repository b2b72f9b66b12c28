"""The running service looks after itself: nightly backups, alarms that a person hears, figures on loopback."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
import time_machine
from store_world import NOW, answer_of, later, model_codes, person, received, write

from bot.channels.notices import alarm
from bot.channels.texts import texts_for
from bot.control import carry_out
from bot.delivery.alarms import Alarms
from bot.delivery.clock import Clock
from bot.errors import SettingsError
from bot.operation import health as health_room
from bot.operation.health import Health, alarms_of, look
from bot.operation.metrics import Figures, served
from bot.operation.upkeep import RETRY, Upkeep
from bot.rooms import WRITERS
from bot.settings import Settings
from bot.store import delivery, people
from bot.store.database import Store, opened
from bot.store.operations import Queue, Queues
from tests.fake_telegram import FakeTelegram
from tests.running import running, settings_for
from tests.test_webhook import free_port

NONE = Queue(0, timedelta())
WELL = Health(Queues(NONE, NONE, NONE, 0, 0), timedelta(hours=3), 2**40, 2**20)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "var") as one:
        yield one


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, home=tmp_path / "var")


def backups_in(settings: Settings) -> list[str]:
    """The names of the backups, oldest first."""
    return sorted(path.name for path in (settings.home / "backups").glob("*.db"))


async def test_a_backup_a_night_also_after_nights_that_were_missed(store: Store, settings: Settings) -> None:
    upkeep = Upkeep(settings, store, Alarms(), Clock())
    with time_machine.travel(NOW, tick=False) as clock:
        for hours in (0, 1, 15, 16, 17, 40, 24 * 5, 24 * 15 + 1):
            clock.move_to(later(hours=hours))
            await upkeep.step(datetime.now(UTC))
    # 22:00 UTC is 3 o'clock in Almaty; after two weeks the first are gone.
    assert backups_in(settings) == [
        "kedergi-20261125T220000Z.db",
        "kedergi-20261129T060000Z.db",
        "kedergi-20261209T070000Z.db",
    ]
    await Upkeep(settings, store, Alarms(), Clock()).step(later(hours=24 * 15 + 2))
    assert len(backups_in(settings)) == 3, "a restart makes no second one"


async def test_no_backup_where_none_is_wanted(store: Store, settings: Settings) -> None:
    off = settings.model_copy(update={"backups": False})
    await Upkeep(off, store, Alarms(), Clock()).step(NOW)
    assert backups_in(settings) == []


async def test_a_failed_backup_raises_an_alarm_and_is_tried_again_an_hour_later(
    store: Store, settings: Settings
) -> None:
    told: list[str] = []
    (settings.home / "backups").write_text("a file where the folder belongs")
    upkeep = Upkeep(settings, store, Alarms(told.append), Clock())
    await upkeep.step(NOW)
    assert told == ["backup_failed"]
    assert upkeep.health is not None, "what comes after it is done all the same"
    (settings.home / "backups").unlink()
    await upkeep.step(NOW + RETRY - timedelta(seconds=1))
    assert backups_in(settings) == []
    await upkeep.step(NOW + RETRY)
    assert len(backups_in(settings)) == 1


def test_the_look_counts_what_waits_and_for_how_long(store: Store, settings: Settings) -> None:
    first = look(settings, NOW)
    assert (first.queues, first.backup_age) == (WELL.queues, None)
    assert first.disk_free > 0 and first.database_size > 0
    received(store, 1, 100)
    received(store, 2, 100, now=later(minutes=3))
    chat, blocked = person(store, 100), person(store, 200)
    delivery.queue(store, chat, "u1", 0, "{}", None, later(minutes=4))
    delivery.queue(store, blocked, "u2", 0, "{}", None, NOW)
    people.set_blocked(store, blocked)
    coded, waits = write(store, chat, 4, "пандус жоқ"), write(store, chat, 5, "қаржы жоқ", now=later(minutes=2))
    model_codes(store, coded, ["infrastructure"])
    assert answer_of(store, chat, 5) == waits
    found = look(settings, later(minutes=10)).queues
    assert found == Queues(
        Queue(2, timedelta(minutes=10)), Queue(1, timedelta(minutes=6)), Queue(1, timedelta(minutes=8)), 0, 0
    )
    delivery.dead_letter(store, 1, "KeyError", NOW)
    delivery.dead(store, 1, "BadRequest", NOW)
    delivery.dead(store, 2, "blocked", NOW)
    found = look(settings, later(minutes=10)).queues
    assert (found.dead_updates, found.dead_messages, found.inbox.waiting, found.outbox.waiting) == (1, 1, 1, 0)


def with_queue(name: str, age: timedelta) -> Health:
    """A look at which one queue is old."""
    return replace(WELL, queues=replace(WELL.queues, **{name: Queue(1, age)}))


@pytest.mark.parametrize(
    ("health", "names"),
    [
        (WELL, []),
        (with_queue("inbox", health_room.INBOX_PATIENCE), []),
        (with_queue("inbox", health_room.INBOX_PATIENCE * 1.01), ["inbox_waits"]),
        (with_queue("outbox", health_room.OUTBOX_PATIENCE * 1.01), ["outbox_waits"]),
        (with_queue("coder", health_room.CODER_PATIENCE * 1.01), ["coder_behind"]),
        (Health(WELL.queues, None, 499 * 2**20, 2**20), ["disk_low"]),
        (Health(WELL.queues, None, 2**30, 2**29 + 1), ["disk_low"]),
        (Health(WELL.queues, None, 2**30, 2**29), []),
    ],
)
def test_what_a_person_has_to_hear_about(health: Health, names: list[str], settings: Settings) -> None:
    assert list(alarms_of(health, settings)) == names
    for name in names:
        assert all(alarm(name, texts_for(language)) for language in ("kk", "ru", "en"))


def test_without_a_coder_nothing_waits_for_it(settings: Settings) -> None:
    health = with_queue("coder", timedelta(days=9))
    assert list(alarms_of(health, settings.model_copy(update={"coder": False}))) == []


async def test_a_state_that_lasts_is_told_once_a_day_and_counted_every_time(store: Store, settings: Settings) -> None:
    told: list[str] = []
    alarms = Alarms(told.append)
    received(store, 1)
    upkeep = Upkeep(settings.model_copy(update={"backups": False}), store, alarms, Clock())
    with time_machine.travel(NOW, tick=False) as clock:
        for hours in (0, 1, 3, 24, 26):
            clock.move_to(later(hours=hours))
            await upkeep.step(datetime.now(UTC))
    assert told == ["inbox_waits", "inbox_waits"]
    assert alarms.raised == {"inbox_waits": 4}


@asynccontextmanager
async def answering(date: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that says what time it is."""
    async with FakeTelegram() as server:
        server.date = date
        async with httpx.AsyncClient(base_url=server.url.removesuffix("bot")) as client:
            yield client


@pytest.mark.parametrize(("ahead", "wrong"), [(0, False), (110, False), (130, True), (-130, True), (90_000, True)])
async def test_the_clock_is_compared_with_telegrams(ahead: int, wrong: bool) -> None:
    clock = Clock()
    with time_machine.travel(NOW, tick=False):
        async with answering(format_datetime(NOW - timedelta(seconds=ahead), usegmt=True)) as client:
            await clock.hear(await client.get("/"))
    assert clock.ahead == timedelta(seconds=ahead)
    assert clock.wrong == wrong


@pytest.mark.parametrize("date", ["", "yesterday"])
async def test_a_server_that_tells_no_time_says_nothing_about_the_clock(date: str) -> None:
    clock = Clock()
    async with answering(date) as client:
        await clock.hear(await client.get("/"))
    assert (clock.ahead, clock.wrong) == (None, False)


async def test_the_running_bot_tells_the_administrator_and_gives_figures(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        server.date = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
        settings = settings_for(server, tmp_path / "var", admin_id=42, metrics_port=free_port())
        async with running(settings):
            await server.until(lambda: bool(server.screens[42]))
            async with httpx.AsyncClient() as client:
                figures = (await client.get(f"http://127.0.0.1:{settings.metrics_port}/metrics")).text
        assert server.last(42).text.splitlines() == [alarm("clock_wrong", texts_for(one)) for one in ("kk", "ru")]
    assert 'kedergi_alarms_total{alarm="clock_wrong"} 1.0' in figures
    assert 'kedergi_oldest_seconds{queue="inbox"} 0.0' in figures
    assert re.search(r"kedergi_backup_age_seconds \d", figures)
    assert re.search(r"kedergi_disk_free_bytes \d", figures)
    assert len(backups_in(settings)) == 1
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", settings.metrics_port)


def test_a_port_in_use_is_told_in_one_line() -> None:
    port = free_port()
    nothing = Figures(lambda: None, {"disk_low": 2})
    with (
        served(port, nothing),
        pytest.raises(SettingsError, match=rf"KEDERGI_METRICS_PORT: 127\.0\.0\.1:{port} cannot be listened on"),
        served(port, nothing),
    ):
        pass
    with served(None, nothing):
        pass


async def test_the_bot_stops_while_a_backup_is_made(store: Store, settings: Settings) -> None:
    upkeep = Upkeep(settings, store, Alarms(), Clock())
    task = asyncio.create_task(upkeep.run())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()
    assert not list(settings.home.glob("backups/*.part"))


async def test_what_was_set_aside_is_handled_when_it_is_tried_again(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        settings = settings_for(server, tmp_path / "var")
        with opened(settings.home) as store:
            for number, kept in ((1, True), (2, False)):
                start = {"update_id": number, "message": server.message(number, text="/start")}
                received(store, number, number, json.dumps(start))
                delivery.dead_letter(store, number, "KeyError", datetime.now(UTC))
                if not kept:
                    delivery.finish_inbox(store, number, datetime.now(UTC))
        async with running(settings):
            await server.until(lambda: any(name == "setMyCommands" for name, _ in server.calls))
            assert await asyncio.to_thread(carry_out, settings, WRITERS, "retry", {}) == 1
            await server.until(lambda: bool(server.screens[1]))
        assert carry_out(settings, WRITERS, "retry", {}) == 0
    assert list(server.screens) == [1]

"""The composition root: opens everything, starts the tasks, and stops them gracefully.

Poller, worker, sender and jobs share one event loop and the one writer connection; the coder is a process of its own
that starts beside them. The bot greets before any model is loaded.
"""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from functools import partial

import structlog
from telegram import Bot

from bot.channels.facts import Study
from bot.channels.render import Renderer
from bot.channels.telegram import read
from bot.coding.keeper import Keeper
from bot.coding.model import Succession
from bot.control import Control
from bot.delivery.alarms import Alarms
from bot.delivery.clock import Clock
from bot.delivery.host import Host, Rules
from bot.delivery.intake import Intake
from bot.delivery.jobs import Jobs
from bot.delivery.line import LINK, Teller, greet, offer_commands, open_line
from bot.delivery.lock import sole_instance
from bot.delivery.poller import Poller
from bot.delivery.sender import Sender
from bot.delivery.webhook import Door, Webhook
from bot.delivery.worker import Worker
from bot.digest.delivering import Deliveries
from bot.errors import SettingsError, StoreError
from bot.interview.guide import load_guide
from bot.interview.referrals import Quotas
from bot.log import set_up_logging
from bot.operation.metrics import Figures, served
from bot.operation.upkeep import Upkeep
from bot.rooms import WRITERS, build_desk
from bot.settings import DATA, Settings
from bot.store.database import Store, opened
from classifier.codebook import Codebook, load_codebook
from classifier.errors import ClassifierError

# How long the worker rests after an error of the disk, seconds.
DISK_PAUSE_S = 0.5

log = structlog.get_logger(__name__)


def build_host(settings: Settings, store: Store, link: str) -> tuple[Host, Codebook]:
    """The host of every channel. Raises GuideError or CodebookError when the data is not valid."""
    guide = load_guide(DATA / "guide.toml", DATA / "places.toml")
    codebook = load_codebook(DATA / "codebook.toml")
    renderer = Renderer(guide, codebook, Study(settings.study, settings.approval, settings.contact))
    quotas = Quotas(settings.quotas, settings.school_quota)
    rules = Rules(settings.round, settings.round_end_time, quotas, settings.quota_counts_unfinished, link)
    return Host(store, guide, renderer, codebook, rules), codebook


def build_keeper(
    settings: Settings,
    store: Store,
    codebook: Codebook,
    after: Callable[[], None],
    refused: Callable[[], None] = lambda: None,
) -> Keeper | None:
    """The keeper of codings with a coder process that is not started yet; None where no coder is wanted or usable.

    A model that cannot be used keeps nobody from being interviewed: it is logged, and answers wait for their coding.
    """
    if not settings.coder:
        return None
    succession = Succession(settings.home, codebook, settings.threads)
    try:
        process = succession.process()
    except ClassifierError as error:
        log.error("no coder", reason=str(error))
        return None
    return Keeper(store, process, codebook, after, succession, refused)


async def run_bot(settings: Settings) -> None:
    """Run the Telegram bot until SIGINT or SIGTERM. Raises SettingsError without a token."""
    if settings.telegram_token is None:
        raise SettingsError(
            "KEDERGI_TELEGRAM_TOKEN: must be set to run the Telegram bot; without it: python -m bot chat"
        )
    set_up_logging()
    with sole_instance(settings.home), opened(settings.home) as store:
        clock = Clock()
        await _run(settings, store, open_line(settings, clock), clock)


async def _run(settings: Settings, store: Store, bot: Bot, clock: Clock) -> None:
    """Start all tasks; when told to stop, let the updates and sendings under way end."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    alarms = Alarms(Teller(bot, settings.admin_id).tell)
    inbox = asyncio.Event()
    receiver = _receiver(settings, bot, Intake(bot, store, received=inbox.set), alarms)
    try:
        name = await _unless(stop, greet(bot, receiver.settle))
        if name is None:
            return
        host, codebook = build_host(settings, store, f"{LINK}{name}?start=")
        upkeep = Upkeep(settings, store, alarms, clock)
        with served(settings.metrics_port, Figures(lambda: upkeep.health, alarms.raised)):
            parts = _parts(settings, store, bot, host, codebook, alarms, inbox)
            log.info("running", home=str(settings.home), round=settings.round)
            await _until(stop, [receiver.run(), upkeep.run(), offer_commands(bot), *parts])
    finally:
        await bot.shutdown()


async def _until(stop: asyncio.Event, parts: Sequence[Coroutine[None, None, None]]) -> None:
    """Run all parts until told to stop; each then ends what it is about. One that fails ends them all."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(part) for part in parts]
        await stop.wait()
        log.info("stopping")
        for task in tasks:
            task.cancel()


async def _unless(stop: asyncio.Event, call: Coroutine[None, None, str]) -> str | None:
    """What `call` returns, or None when told to stop before it does."""
    stopped, calling = asyncio.create_task(stop.wait()), asyncio.create_task(call)
    await asyncio.wait({stopped, calling}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if calling.done():
        return calling.result()
    calling.cancel()
    return None


def _receiver(settings: Settings, bot: Bot, intake: Intake, alarms: Alarms) -> Poller | Webhook:
    """How updates come: by webhook where the settings name an address, else by asking for them."""
    if settings.webhook_url is None:
        return Poller(bot, intake, alarms)
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
    return Webhook(
        bot, intake, alarms, Door(settings.webhook_url, settings.webhook_host, settings.webhook_port, secret)
    )


def _parts(
    settings: Settings, store: Store, bot: Bot, host: Host, codebook: Codebook, alarms: Alarms, inbox: asyncio.Event
) -> list[Coroutine[None, None, None]]:
    """Everything that runs beside the receiver until it is cancelled."""
    sender = Sender(bot, store, alarms, settings.send_rate, settled=inbox.set)
    jobs = Jobs(store, host, settings.round, said=sender.wake)
    digests = Deliveries(settings, store, alarms, said=sender.wake)
    desk = build_desk(store, host, settings, digests.wake)
    worker = Worker(store, host, read, alarms, pilot=settings.pilot, desk=desk)
    keeper = build_keeper(
        settings, store, codebook, after=jobs.send_checks, refused=partial(alarms.raise_alarm, "model_refused")
    )

    def worked() -> None:
        sender.wake()
        if keeper:
            keeper.wake()

    def commanded() -> None:
        inbox.set()
        worked()

    control = Control(settings, store, host.rules.link, WRITERS, after=commanded)
    parts = [sender.run(), jobs.run(), digests.run(), control.run(), _work(worker, inbox, worked)]
    if keeper:
        parts.append(keeper.run())
    return parts


async def _work(worker: Worker, inbox: asyncio.Event, worked: Callable[[], None]) -> None:
    """Handle what waits, then sleep until something comes or a sending is settled."""
    while True:
        inbox.clear()
        try:
            while worker.step():
                worked()
                await asyncio.sleep(0)
        except (sqlite3.Error, StoreError) as error:
            log.error("inbox cannot be handled", error=type(error).__name__)
            await asyncio.sleep(DISK_PAUSE_S)
            continue
        await inbox.wait()

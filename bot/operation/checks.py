"""What the doctor looks at on this machine: files, database, data, model, queues, backups, time."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.channels.texts import Texts
from bot.coding.model import check_codebook
from bot.errors import KedergiError
from bot.interview.guide import load_guide
from bot.operation.backups import folder_of, newest
from bot.operation.finding import Finding, Level
from bot.operation.health import BACKUP_PATIENCE, CODER_PATIENCE, disk_is_low
from bot.settings import DATA, Settings
from bot.store.backups import applied_in, migration_names
from bot.store.database import FILE, KEY_FILE, open_reader
from bot.store.operations import Queues, damage, queues
from classifier import model_in_use
from classifier.codebook import load_codebook
from classifier.errors import ClassifierError

ALMATY_OFFSET = timedelta(hours=5)
MEGABYTE = 2**20


def local_findings(settings: Settings, t: Texts, now: datetime) -> Iterator[Finding]:
    """Everything that can be looked at without a network, in the order of the report."""
    yield from _database(settings, t, now)
    yield _key(settings, t)
    yield _guide(t)
    yield _codebook_and_model(settings, t)
    yield _disk(settings, t)
    yield _backup(settings, t, now)
    yield _zone(t, now)
    yield _administrator(settings, t)


def _database(settings: Settings, t: Texts, now: datetime) -> Iterator[Finding]:
    what = t.gettext("database")
    if not (settings.home / FILE).exists():
        none = t.gettext("there is none in {folder}", folder=str(settings.home))
        advice = t.gettext("It is made at the first start. If there should be one, check {setting}.", setting=_HOME)
        yield Finding(Level.LOOK, what, none, advice)
        return
    restore = t.gettext("Stop the bot and put a backup back: {command}", command="python -m bot restore")
    try:
        with closing(open_reader(settings.home)) as reader:
            broken = damage(reader)
            older = migration_names() - applied_in(reader)
            waiting = None if broken or older else queues(reader, now)
    except (KedergiError, sqlite3.Error) as error:
        broken, older, waiting = str(error), set(), None
    if broken:
        yield Finding(Level.BAD, what, broken, restore)
    elif older:
        yield Finding(Level.LOOK, what, t.gettext("of an earlier version"), t.gettext("The next start brings it up."))
    else:
        yield Finding(Level.GOOD, what, t.gettext("whole"))
    if waiting:
        yield from _queues(settings, t, waiting)


def _queues(settings: Settings, t: Texts, waiting: Queues) -> Iterator[Finding]:
    dead = waiting.dead_updates + waiting.dead_messages
    found = t.ngettext("{number} set aside", "{number} set aside", dead, number=dead)
    if dead:
        days = settings.keep_dead_letters_days
        advice = t.gettext(
            "See the log for the reason. When it is gone: {command}. After {days} days the texts are forgotten.",
            command="python -m bot retry",
            days=days,
        )
        yield Finding(Level.LOOK, t.gettext("messages"), found, advice)
    else:
        yield Finding(Level.GOOD, t.gettext("messages"), found)
    what, number = t.gettext("answers to be coded"), waiting.coder.waiting
    count = t.ngettext("{number} waits", "{number} wait", number, number=number)
    if waiting.coder.age > CODER_PATIENCE:
        advice = t.gettext(
            "Is the bot running, and is {setting} on? See the log for the coder.", setting="KEDERGI_CODER"
        )
        yield Finding(Level.LOOK, what, count, advice)
    else:
        yield Finding(Level.GOOD, what, count)


def _key(settings: Settings, t: Texts) -> Finding:
    what, path = t.gettext("key of the pseudonyms"), settings.home / KEY_FILE
    if not path.exists():
        missing = Level.BAD if (settings.home / FILE).exists() else Level.LOOK
        advice = t.gettext("It is made with the database. If it was lost, put back your copy of {file}.", file=KEY_FILE)
        return Finding(missing, what, t.gettext("missing"), advice)
    if path.stat().st_mode & 0o077:
        advice = t.gettext("Others may read it. Run: {command}", command=f"chmod 600 {path}")
        return Finding(Level.BAD, what, t.gettext("not protected"), advice)
    return Finding(Level.GOOD, what, t.gettext("present and protected; keep a copy elsewhere, it is in no backup"))


def _guide(t: Texts) -> Finding:
    what = t.gettext("interview guide")
    try:
        guide = load_guide(DATA / "guide.toml", DATA / "places.toml")
    except KedergiError as error:
        return Finding(Level.BAD, what, str(error), t.gettext("Correct the file."))
    return Finding(Level.GOOD, what, t.gettext("version {version}", version=guide.version))


def _codebook_and_model(settings: Settings, t: Texts) -> Finding:
    what = t.gettext("codebook and model")
    try:
        codebook = load_codebook(DATA / "codebook.toml")
        model = model_in_use(settings.home)
        check_codebook(model, codebook)
    except ClassifierError as error:
        advice = t.gettext("Interviews go on, but nothing is coded. Correct the file or take another model.")
        return Finding(Level.BAD, what, str(error), advice)
    if not any(model.glob("*.safetensors")):
        return Finding(
            Level.BAD, what, t.gettext("no weights in {folder}", folder=str(model)), t.gettext("Get the model again.")
        )
    return Finding(
        Level.GOOD, what, t.gettext("version {version}, model {name}", version=codebook.version, name=model.name)
    )


def _disk(settings: Settings, t: Texts) -> Finding:
    place = next(one for one in (settings.home, *settings.home.resolve().parents) if one.exists())
    free = shutil.disk_usage(place).free
    path = settings.home / FILE
    found = t.gettext("{number} MB free", number=free // MEGABYTE)
    if disk_is_low(free, path.stat().st_size if path.exists() else 0):
        return Finding(Level.BAD, t.gettext("disk"), found, t.gettext("Make room, or messages cannot be stored."))
    return Finding(Level.GOOD, t.gettext("disk"), found)


def _backup(settings: Settings, t: Texts, now: datetime) -> Finding:
    what, last = t.gettext("last backup"), newest(folder_of(settings), now)
    found = t.time(last) if last else t.gettext("none in {folder}", folder=str(folder_of(settings)))
    if not settings.backups:
        advice = t.gettext("Nightly backups are off. Make your own: {command}", command="python -m bot backup DIR")
        return Finding(Level.LOOK, what, found, advice)
    if last is None or now - last > BACKUP_PATIENCE:
        advice = t.gettext("The running bot makes one every night. If it runs, see its log.")
        return Finding(Level.LOOK if last is None else Level.BAD, what, found, advice)
    return Finding(Level.GOOD, what, found)


def _zone(t: Texts, now: datetime) -> Finding:
    what, offset = t.gettext("time zone"), now.astimezone(ZoneInfo("Asia/Almaty")).utcoffset()
    if offset != ALMATY_OFFSET:
        advice = t.gettext("This machine does not know the time of 2024 in Kazakhstan. Update its time zone data.")
        return Finding(Level.BAD, what, t.gettext("Almaty is not at {offset} here", offset="UTC+5"), advice)
    return Finding(Level.GOOD, what, "Asia/Almaty, UTC+5")


def _administrator(settings: Settings, t: Texts) -> Finding:
    what = t.gettext("alarms")
    if settings.admin_id is None:
        advice = t.gettext("Set {setting} to your Telegram number and send the bot a message.", setting=_ADMIN)
        return Finding(Level.LOOK, what, t.gettext("nobody hears of them"), advice)
    return Finding(Level.GOOD, what, t.gettext("go to the administrator's chat"))


_HOME = "KEDERGI_HOME"
_ADMIN = "KEDERGI_ADMIN_ID"

"""When backups are made, how long they live, and what `backup` and `restore` do for the operator.

The files in the folder are the whole record: the name of a backup is the moment it shows, so nothing else has to be
kept in step with them. Respondents are promised that backups lose what they erased within 14 days; files older than
the setting are therefore deleted wherever one is made.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from bot.delivery.lock import sole_instance
from bot.errors import StoreError
from bot.settings import ALMATY, Settings
from bot.store import backups, suppression
from bot.store.database import FILE

# When the nightly backup falls due, Almaty time.
NIGHT = time(3, 0)
# A backup takes as much as the database at most, and the bot must go on writing meanwhile.
SPARE_BYTES = 100 * 2**20

_NAME = re.compile(r"kedergi-(\d{8}T\d{6})Z(\.damaged)?\.(db|part)(-wal)?")
_STAMP = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: how many erasures it repeated, and where what was there before lies now (None: nothing)."""

    erased_again: int
    before: Path | None


def folder_of(settings: Settings) -> Path:
    """Where the nightly backups lie."""
    return settings.home / "backups"


def taken_at(path: Path) -> datetime | None:
    """The moment that a backup shows, from its name; None for any other file."""
    found = _NAME.fullmatch(path.name)
    return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC) if found else None


def newest(folder: Path, now: datetime) -> datetime | None:
    """The moment of the newest whole backup in `folder`; names from the future, of a wrong clock, do not count."""
    files = folder.glob("kedergi-*Z.db") if folder.is_dir() else ()
    moments = [at for path in files if ".damaged" not in path.name and (at := taken_at(path)) and at <= now]
    return max(moments, default=None)


def is_due(last: datetime | None, now: datetime) -> bool:
    """Whether there is no backup since the last night began; a night that was missed is made up for."""
    here = now.astimezone(ALMATY)
    night = datetime.combine(here.date(), NIGHT, ALMATY)
    if here < night:
        night -= timedelta(days=1)
    return last is None or last < night


def make(home: Path, folder: Path, keep: timedelta, now: datetime) -> Path:
    """Back up the database of `home` into `folder`, with the list of the erased; old ones go. Raises StoreError."""
    prune(folder, keep, now)
    return _copy(home, folder, now)


def _copy(home: Path, folder: Path, now: datetime) -> Path:
    target = folder / f"kedergi-{now.astimezone(UTC).strftime(_STAMP)}Z.db"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        size, free = (home / FILE).stat().st_size, shutil.disk_usage(folder).free
        if free < size + SPARE_BYTES:
            raise StoreError(f"{folder}: {free // 2**20} MB free, a backup needs {(size + SPARE_BYTES) // 2**20}")
        backups.take(home, target)
        suppression.add_to_list(folder, suppression.read_list(home))
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written ({error})") from error
    return target


def prune(folder: Path, keep: timedelta, now: datetime) -> int:
    """Delete the backups in `folder` that show a moment longer ago than `keep`, and unfinished ones; how many."""
    gone = 0
    for path in list(folder.iterdir()) if folder.is_dir() else ():
        at = taken_at(path)
        if at and (at < now - keep or path.suffix == ".part"):
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def restore(settings: Settings, file: Path, now: datetime) -> Restored:
    """Put a backup in the place of the database, which is backed up first. Raises AlreadyRunningError or StoreError."""
    with sole_instance(settings.home):
        backups.check(file)
        known = suppression.read_list(settings.home) | suppression.read_list(file.parent)
        before = _put_aside(settings, now)
        backups.put_back(file, settings.home).close()
        return Restored(len(known - backups.erased_in(file)), before)


def _put_aside(settings: Settings, now: datetime) -> Path | None:
    """Keep what is there: as a backup, or, where it is too damaged for one, the files as they are."""
    path = settings.home / FILE
    if not path.exists():
        return None
    try:
        return _copy(settings.home, folder_of(settings), now)
    except StoreError:
        aside = folder_of(settings) / f"kedergi-{now.astimezone(UTC).strftime(_STAMP)}Z.damaged.db"
        try:
            for ending in ("", "-wal"):
                if (beside := path.with_name(f"{FILE}{ending}")).exists():
                    shutil.copy(beside, aside.with_name(f"{aside.name}{ending}"))
        except OSError as error:
            raise StoreError(f"{aside}: the present database cannot be kept ({error}); nothing was changed") from error
        return aside

"""What the doctor asks under Kazakhstan's Law 94-V of 21 May 2013 on personal data; PRIVACY.md explains it.

It can see settings and folders. Whether they say the truth, and whether the consent fits the study, a person has to
judge, best with a lawyer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.channels.texts import Texts
from bot.operation.finding import Finding, Level
from bot.settings import Settings

HERE = "KZ"
# Folders that programs of this kind copy to machines elsewhere.
SYNCED = (
    "dropbox",
    "onedrive",
    "google drive",
    "googledrive",
    "yandex.disk",
    "yandexdisk",
    "icloud",
    "nextcloud",
    "mega",
)


def law_findings(settings: Settings, t: Texts) -> Iterator[Finding]:
    """Content of the consent, storage in the country, and who else can reach the files."""
    yield from _consent(settings, t)
    yield _country(settings, t)
    yield _folder(settings, t)


def _consent(settings: Settings, t: Texts) -> Iterator[Finding]:
    told = (
        ("KEDERGI_STUDY", settings.study, t.gettext("who asks")),
        ("KEDERGI_APPROVAL", settings.approval, t.gettext("ethical approval")),
        ("KEDERGI_CONTACT", settings.contact, t.gettext("whom to ask")),
    )
    for setting, value, what in told:
        if value:
            yield Finding(Level.GOOD, what, value)
        else:
            advice = t.gettext("Set {setting}: people must read it before they consent.", setting=setting)
            yield Finding(Level.BAD, what, t.gettext("not said"), advice)


def _country(settings: Settings, t: Texts) -> Finding:
    what = t.gettext("where the data lie")
    if settings.stored_in == HERE:
        return Finding(Level.GOOD, what, t.gettext("in Kazakhstan, as you say"))
    advice = t.gettext(
        "The law asks that personal data be stored in Kazakhstan. If this machine stands there, set {setting}.",
        setting="KEDERGI_STORED_IN=KZ",
    )
    if not settings.stored_in:
        return Finding(Level.LOOK, what, t.gettext("not said"), advice)
    return Finding(Level.BAD, what, settings.stored_in, advice)


def _folder(settings: Settings, t: Texts) -> Finding:
    what, home = t.gettext("folder of the data"), settings.home.resolve()
    if synced_by(home):
        found = t.gettext("{folder} is copied to other machines", folder=str(home))
        advice = t.gettext("Set {setting} to a folder that no program synchronises.", setting="KEDERGI_HOME")
        return Finding(Level.BAD, what, found, advice)
    if home.exists() and home.stat().st_mode & 0o077:
        advice = t.gettext("Others may read it. Run: {command}", command=f"chmod 700 {home}")
        return Finding(Level.BAD, what, t.gettext("not protected"), advice)
    return Finding(Level.GOOD, what, str(home))


def synced_by(folder: Path) -> str | None:
    """The program that copies this folder to other machines, by its name in the path; None when there is no sign."""
    parts = [part.lower() for part in folder.parts]
    return next((name for name in SYNCED for part in parts if part == name or part.startswith(f"{name} ")), None)

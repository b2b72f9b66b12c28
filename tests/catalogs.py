"""The gettext catalogs against the code. `python -m tests.catalogs` brings the .po files up to it.

New texts are added untranslated (English is its own translation) and texts that the code no longer has are dropped;
the tests then name what a translator still has to write.
"""

from __future__ import annotations

import io
import re
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.channels.texts import LANGUAGES, LOCALES

KEYWORDS = {"gettext": None, "ngettext": (1, 2)}
WIDTH = 110
# Header lines that would change with every run or name a person.
_NOISE = re.compile(
    r'"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Report-Msgid-Bugs-To|Language-Team|Generated-By).*\n'
)

Msgid = str | tuple[str, str]


@cache
def spoken() -> tuple[Msgid, ...]:
    """The texts marked in the code, sorted; a pair where there is a plural."""
    found = extract_from_dir(LOCALES.parent, [("**.py", "python")], keywords=KEYWORDS)
    return tuple(sorted({message for _, _, message, _, _ in found}, key=lambda one: (str(one).lower(), str(one))))


def path_of(language: str) -> Path:
    """The catalog file of `language`."""
    return LOCALES / language / "LC_MESSAGES" / "kedergi.po"


def catalog(language: str) -> Catalog:
    """The catalog of `language` as it is on disk."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def updated(language: str) -> str:
    """The catalog of `language` with exactly the texts of the code, as the text of a .po file."""
    old = catalog(language)
    new = Catalog(
        locale=language, domain="kedergi", project="Kedergi", fuzzy=False, header_comment="# Texts of the Kedergi bot."
    )
    for msgid in spoken():
        kept = old.get(msgid if isinstance(msgid, str) else msgid[0])
        new.add(msgid, msgid if language == "en" else kept.string if kept else "")
    written = io.BytesIO()
    write_po(written, new, width=WIDTH, include_lineno=False)
    return _NOISE.sub("", written.getvalue().decode())


if __name__ == "__main__":
    for one in LANGUAGES:
        path_of(one).write_text(updated(one), encoding="utf-8")

"""The bot's words in one language: gettext catalogs, plurals, dates and numbers, all through Babel.

Message ids are the English texts, marked in the code with `gettext` or `ngettext`. The catalogs in
`bot/locales` are read from their .po files, so there is no compiled file that could be missing or out of date. What a
researcher words (questions, consent) is in the guide and not here.
"""

from __future__ import annotations

import io
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations

LOCALES = Path(__file__).resolve().parent.parent / "locales"
LANGUAGES = ("kk", "ru", "en")
# All respondents live on one clock since March 2024.
ZONE = ZoneInfo("Asia/Almaty")

Value = str | int


class Texts:
    """Texts, dates and numbers of one language. Gaps are filled by name: `gettext("Question {number}", number=3)`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._locale = Locale.parse(language)
        self._translations = _translations(language)

    def gettext(self, msgid: str, **values: Value) -> str:
        """The text for `msgid`. Raises KeyError when a gap has no value."""
        text = str(self._translations.gettext(msgid))
        return text.format_map(self._shown(values)) if values else text

    def ngettext(self, singular: str, plural: str, count: int, **values: Value) -> str:
        """The text in the plural form that `count` asks for."""
        text = str(self._translations.ngettext(singular, plural, count))
        return text.format_map(self._shown(values))

    def number(self, value: int) -> str:
        """A number as people of this language write it."""
        return str(format_decimal(value, locale=self._locale))

    def time(self, moment: datetime) -> str:
        """Day and minute of an aware time in Almaty."""
        here = moment.astimezone(ZONE)
        return f"{format_date(here, 'long', locale=self._locale)}, {format_time(here, 'HH:mm', locale=self._locale)}"

    def _shown(self, values: dict[str, Value]) -> dict[str, str]:
        return {name: self.number(v) if isinstance(v, int) else v for name, v in values.items()}


@cache
def texts_for(language: str) -> Texts:
    """The texts of `language`, one of LANGUAGES, read once."""
    return Texts(language)


def _translations(language: str) -> Translations:
    with (LOCALES / language / "LC_MESSAGES" / "kedergi.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)

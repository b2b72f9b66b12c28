"""The words of the bot: catalogs complete in every language, gaps alike, nothing foreign, polite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from string import Formatter

import pytest

from bot.channels.texts import LANGUAGES, texts_for
from bot.interview.guide import Guide
from classifier.codebook import load_codebook
from tests import catalogs
from tests.conftest import DATA

BOTH = ("kk", "ru")
# Names of files keep Latin letters so that every system can store them.
FILE_NAMES = ("my-data",)
# Commands, settings and files are called the same in every language.
ALLOWED = re.compile(r"/[a-z]+\b|\{\w+\}|Telegram|python -m bot [a-z]+|KEDERGI_[A-Z_]+|[a-z.]+\.(key|db|txt)\b")


def translations(language: str) -> Iterator[tuple[str, str]]:
    """(message id, text) of every text of the catalog, each plural form for itself."""
    for message in catalogs.catalog(language):
        if not message.id:
            continue
        msgid = message.id if isinstance(message.id, str) else message.id[1]
        for form in (message.string,) if isinstance(message.string, str) else message.string:
            yield msgid, form


def guide_texts(guide: Guide, language: str) -> Iterator[str]:
    """Everything that the guide, its places and the codebook's plain words say in `language`."""
    texts: list[Mapping[str, str]] = [guide.information, guide.consent, guide.screening, guide.closing]
    texts += guide.prompts.values()
    texts += [option.label for option in (*guide.permissions, *guide.roles, *guide.localities)]
    texts += [text for question in guide.questions for text in (question.title, question.text, question.probe)]
    texts += [text for place in guide.places.regions for text in (place.name, *(one.label for one in place.districts))]
    yield from (text[language] for text in texts)
    for category in load_codebook(DATA / "codebook.toml").categories:
        yield category.plain.kk if language == "kk" else category.plain.ru


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_code_is_translated_and_no_other(language: str) -> None:
    catalog = catalogs.catalog(language)
    kept = {message.id for message in catalog if message.id}
    assert kept == set(catalogs.spoken()), "run python -m tests.catalogs and translate what is empty"
    assert not [msgid for msgid, text in translations(language) if not text.strip()]
    assert not [message.id for message in catalog if message.id and message.fuzzy]
    assert not catalog.obsolete


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogs_are_as_the_tool_writes_them(language: str) -> None:
    assert catalogs.path_of(language).read_text(encoding="utf-8") == catalogs.updated(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_the_gaps_and_line_breaks_of_the_original(language: str) -> None:
    for msgid, text in translations(language):
        assert gaps(text) == gaps(msgid), msgid
        assert text.count("\n") == msgid.count("\n"), msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_name_the_commands_of_the_original(language: str) -> None:
    for msgid, text in translations(language):
        assert re.findall(r"(?<!\w)/[a-z]+", text) == re.findall(r"(?<!\w)/[a-z]+", msgid), msgid


@pytest.mark.parametrize("language", BOTH)
def test_no_latin_letter_in_a_text(guide: Guide, language: str) -> None:
    texts = [text for msgid, text in translations(language) if msgid not in FILE_NAMES]
    found = [text for text in (*texts, *guide_texts(guide, language)) if re.search("[A-Za-z]", ALLOWED.sub("", text))]
    assert not found


@pytest.mark.parametrize("language", BOTH)
def test_no_letter_of_the_other_language(language: str) -> None:
    """A Kazakh letter in a Russian text is a translation in the wrong place; ы and э tell nothing."""
    if language == "ru":
        assert not [text for _, text in translations("ru") if re.search("[әіңғүұқөһӘІҢҒҮҰҚӨҺ]", text)]
    else:
        russian = dict(translations("ru"))
        same = [msgid for msgid, text in translations("kk") if len(text) > 12 and text == russian[msgid]]
        assert not same


@pytest.mark.parametrize(
    ("language", "rude"),
    [("ru", r"\b(вы|вас|вам|вами|ваш\w*|ты|тебя|твой|твои)\b"), ("kk", r"\b(сіз\w*|сен|сенің|саған)\b")],
)
def test_respondents_are_addressed_politely(guide: Guide, language: str, rude: str) -> None:
    texts = [*(text for _, text in translations(language)), *guide_texts(guide, language)]
    assert not [text for text in texts if re.search(rude, text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_hints_name_the_buttons_as_they_are_labelled(language: str) -> None:
    by_id = dict(translations(language))
    for msgid, text in by_id.items():
        for label in re.findall("“([^”]+)”", msgid):
            assert by_id[label] in text, msgid


@pytest.mark.parametrize(
    ("language", "minutes", "expected"),
    [
        ("ru", 1, "осталась примерно 1 минута"),
        ("ru", 2, "осталось примерно 2 минуты"),
        ("ru", 11, "осталось примерно 11 минут"),
        ("ru", 21, "осталась примерно 21 минута"),
        ("kk", 1, "шамамен 1 минут қалды"),
        ("kk", 18, "шамамен 18 минут қалды"),
        ("en", 1, "about 1 minute left"),
        ("en", 2, "about 2 minutes left"),
    ],
)
def test_plurals(language: str, minutes: int, expected: str) -> None:
    singular, plural = "about {number} minute left", "about {number} minutes left"
    assert texts_for(language).ngettext(singular, plural, minutes, number=minutes) == expected


def test_numbers_and_dates_follow_the_language() -> None:
    late = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
    times = [texts_for(one).time(late).replace("\N{NARROW NO-BREAK SPACE}", " ") for one in BOTH]
    assert times == ["2026 ж. 25 қараша, 01:30", "25 ноября 2026 г., 01:30"]
    assert [texts_for(one).number(12345) for one in LANGUAGES] == ["12\N{NO-BREAK SPACE}345"] * 2 + ["12,345"]


def test_what_fills_a_gap_is_never_read_as_a_gap() -> None:
    assert texts_for("ru").gettext("As typed: {name}", name="{number} {0} {") == "Как написано: {number} {0} {"


def test_a_missing_value_is_an_error_and_not_a_text() -> None:
    with pytest.raises(KeyError):
        texts_for("kk").gettext("As typed: {name}", other=1)

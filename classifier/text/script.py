"""Language and script of a text, word by word: Kazakh letters, then known words and endings, then a language model.

An answer of three words is too short for a statistical identifier, and Kazakh in Russian or Latin letters is foreign to
all of them. Words tell more: a Kazakh letter, a word or an ending that only one language has. What is left goes to
py3langid, restricted to the two languages.

Left out: any third language; it is only recognised as such. Arabic-written Kazakh counts as a third language.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

from classifier.text.fold import fold, resolve_lookalikes
from classifier.text.lexicon import KAZAKH_ENDINGS, KAZAKH_WORDS, RUSSIAN_ENDINGS, RUSSIAN_WORDS, listed

Lang = Literal["kk", "ru"]
Script = Literal["kaz", "rus_letters", "rus", "latin", "mixed"]

_WORD = re.compile(r"[^\W\d_]+")
_KAZAKH_LETTER = re.compile("[әқңғүұөһі]")
# Kazakh has these sounds in borrowed words only, so they tip the balance but prove nothing.
_RUSSIAN_SOUND = re.compile("[вфцчщъьэ]")
# Ukrainian, Belarusian, Serbian and Macedonian have these; Ukrainian shares і with Kazakh.
_OWN_LETTER = re.compile("[әқңғүұө]")
_FOREIGN_LETTER = re.compile("[їєґђћџљњѓќѝў]")
_LATIN_WORD = re.compile(r"[a-z\u00df-\u024f\u0259\u0275]+")
_CYRILLIC_WORD = re.compile(r"[\u0400-\u052f]+")
# Known to everybody in both languages, or a word of each: these do not make a text a mixed one.
_SHARED = frozenset(
    listed("у от да ничего рахмет апай агай наурыз отчет диплом зарплата школа стол тенге орден стакан берем езды")
)
_SHORTEST_WITH_ENDING = 4
# Language is a matter of the whole text; after this many characters it does not change any more.
_ENOUGH_CHARACTERS = 4000
# Of five Latin words in Kazakh or Russian at least one is known; in another language hardly any.
_ENOUGH_WORDS = 5
_RARELY_KNOWN = 5
_ENGLISH = frozenset(
    listed(
        "the a an and or of to in is are was were be it we you they he she not no for with this that have "
        "has had do does "
        "my our your their children child school teacher teachers support need needs from at on as by but "
        "there i hello hi "
        "yes thanks nothing good"
    )
)


@dataclass(frozen=True, slots=True)
class Language:
    """`lang` of most words and `script`; both None where the text is in neither language or has no words."""

    lang: Lang | None
    script: Script | None


NEITHER = Language(None, None)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """How many words of a text speak for which language and stand in which letters."""

    words: int
    kazakh: int
    russian: int
    mixing: frozenset[Lang]
    russian_sounds: int
    latin: int
    english: int
    other_letters: int
    foreign_letters: bool
    kazakh_letters: bool


def detect(text: str, expected: Lang | None = None) -> Language:
    """Language and script of `text`; Language(None, None) if it is neither or has no words.

    `expected` decides where the words themselves do not.
    """
    original = [resolve_lookalikes(word).lower() for word in _WORD.findall(_nfc(text[:_ENOUGH_CHARACTERS]))]
    seen = _evidence(original, fold(text[:_ENOUGH_CHARACTERS]))
    if seen.words == 0 or _is_foreign(seen):
        return NEITHER
    lang = _language(seen, " ".join(original), expected)
    return Language(lang, _script(seen, lang))


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _evidence(original: list[str], folded: str) -> _Evidence:
    spoken = _WORD.findall(folded)
    judged = [word_language(word) for word in spoken]
    marked = [bool(_KAZAKH_LETTER.search(word)) for word in original]
    if len(judged) == len(original):
        judged = ["kk" if mark else one for mark, one in zip(marked, judged, strict=True)]
    return _Evidence(
        words=len(original),
        kazakh=judged.count("kk"),
        russian=judged.count("ru"),
        mixing=frozenset(one for one, word in zip(judged, spoken, strict=False) if one and word not in _SHARED),
        russian_sounds=sum(
            one is None and bool(_RUSSIAN_SOUND.search(w)) for one, w in zip(judged, spoken, strict=False)
        ),
        latin=sum(bool(_LATIN_WORD.fullmatch(word)) for word in original),
        english=sum(word in _ENGLISH for word in original),
        other_letters=sum(not _LATIN_WORD.fullmatch(w) and not _CYRILLIC_WORD.search(w) for w in original),
        foreign_letters=any(map(_FOREIGN_LETTER.search, original)) and not any(map(_OWN_LETTER.search, original)),
        kazakh_letters=any(marked),
    )


@lru_cache(maxsize=65536)
def word_language(word: str) -> Lang | None:
    """The only language that has the folded `word`, or None if both or neither may."""
    if word in KAZAKH_WORDS:
        return "kk"
    if word in RUSSIAN_WORDS:
        return "ru"
    if len(word) >= _SHORTEST_WITH_ENDING:
        if word.endswith(RUSSIAN_ENDINGS):
            return "ru"
        if word.endswith(KAZAKH_ENDINGS):
            return "kk"
    return None


def _is_foreign(seen: _Evidence) -> bool:
    if 2 * seen.other_letters >= seen.words or seen.foreign_letters:
        return True
    if seen.latin < seen.words:
        return False
    known = max(seen.kazakh, seen.russian)
    return seen.english > known or (seen.words >= _ENOUGH_WORDS and _RARELY_KNOWN * known < seen.words)


def _language(seen: _Evidence, words: str, expected: Lang | None) -> Lang:
    russian = seen.russian + (seen.russian_sounds if seen.kazakh and seen.russian else 0)
    if seen.kazakh != russian:
        return "kk" if seen.kazakh > russian else "ru"
    if seen.kazakh_letters:
        return "kk"
    if expected or seen.latin == seen.words:
        return expected or "kk"
    return _identify(words)


def _script(seen: _Evidence, lang: Lang) -> Script:
    if 2 * seen.latin > seen.words:
        return "latin"
    if seen.mixing == {"kk", "ru"}:
        return "mixed"
    if lang == "ru":
        return "rus"
    return "kaz" if seen.kazakh_letters else "rus_letters"


def _identify(words: str) -> Lang:
    lang: Lang = _identifier().classify(words)[0]
    return lang


@cache
def _identifier() -> Any:
    # py3langid reads its model (4.5 MB) on import of the identifier; most answers are decided without it.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(["kk", "ru"])
    return identifier

"""One skeleton for the three ways Kazakh is typed: `мүғалім`, `мугалим` and `mugalim` become one word.

Teachers type Kazakh in Kazakh letters, in Russian letters only, and in any of five Latin alphabets, often with Latin
look-alikes inside Cyrillic words. Rules and n-grams that see only the skeleton need each word once. The skeleton is
lower-case plain Russian letters; digits, punctuation and emoji stay.

Left out: spelling correction, stemming, and an exact transliteration of Russian (soft signs are lost in Latin letters).
Offsets are not kept; anything that reports offsets works on the original text.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from functools import lru_cache

KAZAKH_TO_PLAIN = str.maketrans("әқңғүұөіһё", "акнгууоихе")
# Latin letters that look like Cyrillic ones, as they turn up inside Cyrillic words. `B`, `H`, `T`, `M`, `K` resemble
# only as capitals; `h` and `i` are Kazakh letters that Russian keyboards lack.
_LOOKALIKES = str.maketrans("AaBCcEeHhIiKkMOoPpTXxYyƏəɵƟ", "АаВСсЕеНһІіКкМОоРрТХхУуӘәөӨ")
_LOOKALIKE_LETTERS = frozenset(map(chr, _LOOKALIKES))
_ALSO_CYRILLIC = str.maketrans({"ə": "ә", "Ə": "Ә", "ɵ": "ө", "Ɵ": "Ө", "ŋ": "ң", "Ŋ": "Ң"})
_INVISIBLE = re.compile("[\u00ad\u200b\ufeff]")
_WORD = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f]+[^\W\d_]*)*(?:['’`ʼ´][^\W\d_]+)*['’`ʼ´]?")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u0250-\u02af]")

_VOWELS = "аеёиоуыэюя"
# The 2017 alphabet marks a letter with an apostrophe; `l'`, `t'`, `d'` are the Russian soft sign.
_APOSTROPHE = {"a'": "a", "o'": "o", "u'": "u", "g'": "g", "n'": "n", "i'": "i", "s'": "sh", "c'": "ch", "y'": "у"}
_MARKED = {"ş": "sh", "š": "sh", "ç": "ch", "č": "ch", "ž": "zh", "ý": "у", "ı": "i"}
_SEQUENCES = {
    "shch": "щ",
    "sch": "щ",
    "tsi": "ци",
    "iia": "ия",
    "iya": "ия",
    "sh": "ш",
    "ch": "ч",
    "zh": "ж",
    "kh": "х",
    "gh": "г",
    "uw": "у",
    "ya": "я",
    "yu": "ю",
    "iu": "ю",
    "yo": "е",
}
_RUSSIAN_SEQUENCES = {
    **_SEQUENCES,
    "tsya": "тся",
    "ts": "ц",
    "ye": "ые",
    "ie": "ие",
    "ii": "ий",
    "yy": "ый",
    "yi": "ый",
    "iy": "ий",
}
_LONGEST_SEQUENCE = 4
_SINGLE = dict(zip("abdefghjklmnopqrstuvxz", "абдефгхжклмнопкрстувхз", strict=True))
# The word of the whole survey, which most spell without the soft vowel.
_SPELLINGS = (
    (re.compile("инклу[зс]"), "инклюз"),
    (re.compile("йа"), "я"),  # кояды, from `qoiady`
    (re.compile("иа(?![лгнтц])"), "ия"),  # технология, but материал
)
_Y_AS_VOWEL = re.compile(r"[bdgjklmnpqrstvz]y(?![aeiou])")
# Last syllables in which и can only be ы; ә, ө and ү hide behind а, о and у, hence the exceptions.
_BACK_ENDING = re.compile(r"(?<=[аоуы])([бгдзйклмнпрстхшж]{1,3})и(?=$)")
_FRONT_WORDS = frozenset({"бари", "ози", "куни", "ари", "али", "сози", "кози", "туби", "уни", "тури", "кори"})

_RUSSIAN_LATIN = re.compile(
    r"\b(?:chto|eto|net|est|kak|dlya|dlia|ne|na|nas|nam|mne|ya|my|i|v|s|u|no|vse|vsyo|deti|detei|detey|detyam|uzhe|tolko|"
    r"ochen|ochen'|problem\w*|spasibo|shkol[aey]|uchitel\w*|rabot\w+|horosh\w+|nado|nuzh\w+|net|tozhe|kogda|esli|ili)\b"
    r"|\b\w+(?:ogo|ego|yh|ymi|imi|aya|yye|skii|skiy|nyi|nyy|tsya|yat|ayut|aet|aem)\b"
)
_KAZAKH_LATIN = re.compile(
    r"[qğǵñńŋıäáúóöüşûý]|[agnou]'|\b\w*(?:lar|ler|dar|der|tar|ter|dyn|din|tyn|tin|nyn|nin|ga|ge|gha|men|pen|ymyz|imiz|"
    r"aidy|aydy|eidi|eydi|maidy|meidi|dy|di|ty|ti|yp|ip|gan|gen|ken|myn|min|myn|miz|myz)\b|\b(?:zh?oq|jok|zhok|bar|"
    r"bala\w*|mektep\w*|kerek|bir|eki|jaqs[yi]|joq|deg?en|men|biz\w*|ote|osy|bul|ol|eshkim|bilmeimin|bilmeymin)\b"
)


class Spelling(Enum):
    """How the Latin letters of a text are to be read."""

    RUSSIAN = "ru"
    KAZAKH = "kk"
    KAZAKH_WITHOUT_Y = "kk_i"  # `i` stands for both и and ы


def fold(text: str) -> str:
    """`text` as its skeleton: NFC, look-alikes resolved, lower case, Latin in Cyrillic, Kazakh letters plain."""
    composed = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    if _LATIN.search(composed):
        spelling = latin_spelling(composed)
        composed = _WORD.sub(lambda found: _fold_word(found.group(), spelling), composed)
    return composed.lower().translate(KAZAKH_TO_PLAIN)


def latin_spelling(text: str) -> Spelling:
    """How to read the Latin letters of `text`: Russian and Kazakh use `y`, `ts` and `i` differently."""
    lowered = text.lower()
    if len(_RUSSIAN_LATIN.findall(lowered)) > len(_KAZAKH_LATIN.findall(lowered)):
        return Spelling.RUSSIAN
    return Spelling.KAZAKH if _Y_AS_VOWEL.search(lowered) else Spelling.KAZAKH_WITHOUT_Y


def resolve_lookalikes(word: str) -> str:
    """`word` with its Latin look-alikes as Cyrillic letters, where the rest of the word is Cyrillic; same length."""
    word = word.translate(_ALSO_CYRILLIC)
    if not _CYRILLIC.search(word) or not set(_LATIN.findall(word)) <= _LOOKALIKE_LETTERS:
        return word
    return word.translate(_LOOKALIKES)


@lru_cache(maxsize=65536)
def _fold_word(word: str, spelling: Spelling) -> str:
    if not _LATIN.search(word):
        return word
    resolved = resolve_lookalikes(word)
    return transliterate(resolved, spelling) if _LATIN.search(resolved) else resolved


def transliterate(word: str, spelling: Spelling) -> str:
    """A word in any Latin spelling as plain Cyrillic, lower case; Cyrillic letters in it stay."""
    russian = spelling is Spelling.RUSSIAN
    letters = _plain_latin(re.sub("[’`ʼ´]", "'", word.lower()))
    written = _spell(letters, _RUSSIAN_SEQUENCES if russian else _SEQUENCES)
    for spelt, right in _SPELLINGS:
        written = spelt.sub(right, written)
    if russian:
        return re.sub(r"^ет(?=(?:о|а|и|от|ом|ого|у|ой|их|им)$)", "эт", written)
    if spelling is Spelling.KAZAKH_WITHOUT_Y and written not in _FRONT_WORDS:
        return _BACK_ENDING.sub(r"\1ы", written)
    return written


def _plain_latin(word: str) -> str:
    for marked, plain in _APOSTROPHE.items():
        word = word.replace(marked, plain)
    word = "".join(_MARKED.get(letter, letter) for letter in unicodedata.normalize("NFC", word))
    return "".join(_bare(letter) for letter in word)


def _bare(letter: str) -> str:
    return letter if "\u0400" <= letter <= "\u052f" else unicodedata.normalize("NFD", letter)[0]


def _spell(word: str, sequences: dict[str, str]) -> str:
    done = ""
    at = 0
    while at < len(word):
        size = next((n for n in range(_LONGEST_SEQUENCE, 1, -1) if word[at : at + n] in sequences), 1)
        piece = word[at : at + size]
        done += sequences[piece] if size > 1 else _letter(piece, done, word[at + 1 : at + 2])
        at += size
    return done


def _letter(letter: str, before: str, after: str) -> str:
    """The Cyrillic for one Latin letter, by what is written `before` it and the Latin letter `after` it."""
    # After a vowel, у is a consonant, and what follows it is a vowel again: ауыл, біреуі.
    follows_vowel = before[-1:] in tuple(_VOWELS) and not (before[-1:] == "у" and before[-2:-1] in tuple(_VOWELS))
    if letter in "iy":
        return _i_or_y(letter, before, after, follows_vowel)
    if letter == "w":
        return "у" if follows_vowel else "ш"
    if letter == "c":
        return "ц" if after in ("e", "i", "y") else "к"
    if letter == "'":
        return "ь" if before[-1:] in tuple("лтдрсвзбп") else "'"
    return _SINGLE.get(letter, letter)


def _i_or_y(letter: str, before: str, after: str, follows_vowel: bool) -> str:
    if letter == "y" and before[-1:] == "и":
        return "ы" if after else "й"
    if follows_vowel and not (letter == "i" and after == "" and before[-1:] == "у" and len(before) > 2):
        return "й"
    return "ы" if letter == "y" else "и"

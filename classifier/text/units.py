"""Meaning units: where one statement of an answer ends and the next begins, in offsets of the original text.

Chat answers come without full stops, so sentence marks are not enough: a contrast (`а`, `но`, `бірақ`), a comma between
two statements, a numbered list and a line break divide as well. A list of single words keeps its common predicate
(`логопед, дефектолог керек` is one unit), and a comma before `что` or after a Kazakh converb divides nothing.
Offsets are Unicode code points, end exclusive, and never fall inside a grapheme.

Left out: syntax. Units are for showing and coding parts of an answer; the coding of the whole answer does not rest on
them. Texts in letters other than Cyrillic and Latin have no units.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from classifier.text.fold import fold
from classifier.text.lexicon import listed

Span = tuple[int, int]

LONGEST_UNIT_WORDS = 60
_LONG_UNIT_WORDS = 30
_STATEMENT_WORDS = 2
_CONTRAST_WORDS = 2
_OPENING_WORDS = 6
_LAST_SIMPLE = "\u052f"  # end of the Cyrillic block

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
# The lookbehinds keep a row of thousands of dots linear.
_SENTENCE_END = re.compile(
    r"(?:(?<![.!?…])[.!?…]++[\"'»”)\]]*+(?=\s)|(?<![!?…])[!?…]++(?=[^\W\d_])|[;\n\r\u2028\u2029])"
)
_NUMBERED = re.compile(r"(?<=\s)(?=\d{1,2}[.)]\s)")
_SMILE = re.compile(
    r"(?:(?<!\))\){2,}|[\u2600-\u27bf\U0001f300-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*)(?=\s+[A-ZА-ЯЁӘҒҚҢӨҰҮІҺ])"
)
_COMMA = re.compile(r"(?<!\d),|,(?!\d)|\s[–—-](?=\s)|:(?=\s)")
_SPACE = re.compile(r"\s+")
_ABBREVIATION = re.compile(
    r"(?:^|[^\w])(?:т|е|д|п|б|с|г|ж|кл|см|др|пр|ул|руб|тг|тыс|мың|млн|мин|каб|обл|стр|им|ср|напр|мыс|[А-ЯӘҒҚҢӨҰҮІҺA-Z]|\d{1,2})\.$"
)

_CONTRASTS = frozenset(listed("а но однако зато бирак алайда дегенмен ал"))
_CONNECTORS = frozenset(
    listed("и потом поэтому еще также кроме плюс сосын содан сондыктан тагы жане кейин биз у бизде мен я менде")
)
_SUBORDINATE = frozenset(
    listed(
        "что чтобы чтоб который которая которое которые которых которому которой когда если где куда потому "
        "так как хотя "
        "пока кто чем будто ли то или либо и деп деген дейди егер себеби ойткени"
    )
)
_INTRODUCTION = frozenset(
    listed(
        "думаю конечно наверное наверно например честно говоря кажется по моему мнению во первых вторых третьих знаете "
        "ну вот мысалы арине меним ойымша биринши екинши ушинши бириншиден екиншиден ушиншиден рас шынымды "
        "айтсам негизи"
    )
)
# Converbs, conditionals and time clauses of Kazakh end before a comma, their statement does not.
_OPEN_ENDING = re.compile(r"(?:[аеыиуйо]п|с[ае]|с[ае][мнк]|[гк][ае]нд[ае]|[гк][ае]н сон|деп|деген|ушин)$")


def words(text: str) -> int:
    """How many words `text` has; `ата-ана` is one."""
    return sum(1 for _ in _WORD.finditer(text))


def meaning_units(text: str) -> list[Span]:
    """The units of `text` as ordered, disjoint (start, end); empty where it holds no word."""
    sentences = _pieces(text, (0, len(text)), _sentence_cuts(text))
    clauses = [clause for sentence in sentences for clause in _clauses(text, sentence)]
    short = [part for clause in clauses for part in _shortened(text, clause)]
    return [unit for unit in (_trimmed(text, span) for span in short) if unit]


def _pieces(text: str, span: Span, cuts: Iterable[int]) -> list[Span]:
    """`span` divided at `cuts`; a piece without a word joins the one before it."""
    edges = [span[0], *sorted({cut for cut in cuts if span[0] < cut < span[1]}), span[1]]
    pieces: list[Span] = []
    for start, end in pairwise(edges):
        if pieces and not _WORD.search(text, start, end):
            pieces[-1] = (pieces[-1][0], end)
        else:
            pieces.append((start, end))
    return pieces


def _sentence_cuts(text: str) -> Iterator[int]:
    for found in _SENTENCE_END.finditer(text):
        if not (found.group() == "." and _is_abbreviation(text, found.end())):
            yield found.end()
    for pattern in (_NUMBERED, _SMILE):
        yield from (found.end() for found in pattern.finditer(text))


def _is_abbreviation(text: str, end: int) -> bool:
    following = text[end : end + 3].lstrip()[:1]
    before = text[max(0, end - 8) : end]
    if not _ABBREVIATION.search(before):
        return False
    return not following.isupper() or before[-2:-1].isupper() or before[-2:-1].isdigit()


def _clauses(text: str, sentence: Span) -> list[Span]:
    """A sentence divided at commas between statements and before contrasts."""
    spoken = [(found.start(), _skeleton(found.group())) for found in _WORD.finditer(text, *sentence)]
    starts = [start for start, _ in spoken]
    commas = [found.end() for found in _COMMA.finditer(text, *sentence)]
    contrasts = [start for start, word in spoken if word in _CONTRASTS and text[start - 1 : start].isspace()]
    # Of a comma and the contrast behind it, the comma counts; both stand before the same word.
    places = {bisect_left(starts, cut): cut for cut in (*contrasts, *commas)}
    cuts: list[int] = []
    first = 0
    for here, cut in sorted(places.items()):
        ends = bisect_left(starts, _following(commas, cut, sentence[1]))
        if _divides(_Side(spoken, first, here), _Side(spoken, here, ends), text[cut - 1]):
            cuts.append(cut)
        first = here
    return _pieces(text, sentence, cuts)


@lru_cache(maxsize=65536)
def _skeleton(word: str) -> str:
    return fold(word)


def _following(commas: Sequence[int], cut: int, end: int) -> int:
    after = bisect_right(commas, cut)
    return commas[after] if after < len(commas) else end


class _Side:
    """The words on one side of a possible cut, as far as they matter: how many, the first few and the last two."""

    def __init__(self, spoken: Sequence[tuple[int, str]], first: int, end: int) -> None:
        self.count = end - first
        self.opening = [word for _, word in spoken[first : min(end, first + _OPENING_WORDS)]]
        self.closing = [word for _, word in spoken[max(first, end - 2) : end]]


def _divides(left: _Side, right: _Side, mark: str) -> bool:
    """Whether a statement ends at this mark: both sides say something, and neither needs the other to be complete."""
    if not left.count or not right.count or left.closing[-1] in _CONTRASTS:
        return False
    if right.opening[0] in _CONTRASTS:
        return left.count >= _CONTRAST_WORDS and right.count > _CONTRAST_WORDS
    if mark in (":", "–", "—", "-") and left.count < 2 * _STATEMENT_WORDS:
        return False
    if min(left.count, right.count) < _STATEMENT_WORDS or right.opening[0] in _SUBORDINATE:
        return False
    if left.opening[0] in _SUBORDINATE - {"и"} or _OPEN_ENDING.search(" ".join(left.closing)):
        return False
    return left.count > _OPENING_WORDS or not set(left.opening) <= _INTRODUCTION


def _shortened(text: str, clause: Span) -> list[Span]:
    """A clause that runs on for too long, divided before connecting words, and at last anywhere between words."""
    if words(text[slice(*clause)]) <= _LONG_UNIT_WORDS:
        return [clause]
    parts = _pieces(text, clause, _connector_cuts(text, clause))
    return [piece for part in parts for piece in _pieces(text, part, _every(text, part, LONGEST_UNIT_WORDS))]


def _connector_cuts(text: str, clause: Span) -> Iterator[int]:
    since = 0
    for found in _WORD.finditer(text, *clause):
        since += 1
        spaced = text[found.start() - 1 : found.start()].isspace()
        if spaced and since > _LONG_UNIT_WORDS // 3 and _skeleton(found.group()) in _CONNECTORS:
            yield found.start()
            since = 0


def _every(text: str, part: Span, count: int) -> Iterator[int]:
    since = 0
    for found in _SPACE.finditer(text, *part):
        since += 1
        if since == count:
            yield found.end()
            since = 0


def _trimmed(text: str, span: Span) -> Span | None:
    """`span` without spaces, commas and dashes around it; None if no word that can begin a unit is left."""
    start, end = span
    while end > start and (text[end - 1].isspace() or text[end - 1] in ",;:–—-"):
        end -= 1
    while start < end and not _can_begin(text[start]):
        start += 1
    return (start, end) if _WORD.search(text, start, end) else None


def _can_begin(character: str) -> bool:
    """Letters, digits, opening quotes and symbols; never a combining mark, so that no grapheme is cut."""
    if character <= _LAST_SIMPLE:
        return character.isalnum() or character in "\"'«([+№"
    return unicodedata.category(character) in {"So", "Ps", "Pi"}

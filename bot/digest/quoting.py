"""Choose one quote for a category: the most typical of those that may be quoted, with everything masked that could
point to a person. Pure.

Typical is what lies nearest the mean of the model's scores over the candidates; the shorter one at a tie. Masked are
telephone numbers, e-mail addresses, individual identification numbers, @names, links, names of people and diagnoses.
What is left is cut to the length that a phone shows at a glance.

Left out: names that no list knows, written without a capital letter or at the beginning of a sentence.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from math import dist

import phonenumbers

from bot.digest.names import NAMES
from bot.store.quotes import Quote

MASK = "…"
# Characters of a quote.
LONGEST = 240
_CONTACTS = re.compile(
    r"(?:https?://|t\.me/|www\.)\S+"
    r"|[\w.+-]+@[\w-]+\.[\w.]+"
    r"|(?<!\w)@\w{3,}"
    r"|(?<!\d)(?:\+?[78][\s(-]*)?\(?\d{3}\)?[\s-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\d)"
    r"|(?<!\d)\d{12}(?!\d)"
)
# Stems in plain letters; an ending may follow.
_DIAGNOSES = re.compile(
    r"\b(?:аут[иы](?:зм|ст)\w*|рас\b|дцп\w*|зпр\w*|зрр\w*|онр\w*|тнр\w*|сдвг\w*|даун\w*|эпилепси\w*|олигофрен\w*|"
    r"умственн\w+ отстал\w+|ақыл-?ой\w* кеміс\w*|слабослыш\w*|слабовид\w*|глух\w*|слеп(?:ой|ая|ого|ым|ую)\b|саңырау\w*|"
    r"зағип\w*|шизофрен\w*|гидроцефал\w*|микроцефал\w*|тугоухост\w*|алали\w*|дизартри\w*|заика\w*|кекеш\w*|диабет\w*|"
    r"autiz\w*|autist\w*|dcp\w*|zpr\w*)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?…:;»\n]\s*[«\"(–—-]*\s*$")


def typical(candidates: Sequence[Quote]) -> str | None:
    """The masked text of the most typical candidate; None where there is none. Candidates that differ in what they are
    scored on are compared by length alone."""
    if not candidates:
        return None
    names = sorted({name for quote in candidates for name in quote.scores})
    vectors = [[quote.scores.get(name, 0.0) for name in names] for quote in candidates]
    mean = [sum(column) / len(vectors) for column in zip(*vectors, strict=True)]
    ranked = sorted(
        zip(candidates, vectors, strict=True),
        key=lambda one: (round(dist(one[1], mean), 6), len(one[0].text), one[0].text),
    )
    return cut(masked(ranked[0][0].text.strip()))


def cut(text: str) -> str:
    """`text` on one line, ended after a word where it is longer than a reader takes in."""
    return textwrap.shorten(text, LONGEST, placeholder=MASK)


def masked(text: str) -> str:
    """`text` without contacts, diagnoses and names."""
    without = NAMES.sub(MASK, _DIAGNOSES.sub(MASK, _CONTACTS.sub(MASK, _without_phones(text))))
    return re.sub(rf"{MASK}(?:\s*{MASK})+", MASK, _WORD.sub(_mask_name, without))


def _without_phones(text: str) -> str:
    """What the library takes for a telephone number of Kazakhstan, or of any country where the code is written."""
    found = list(phonenumbers.PhoneNumberMatcher(text, "KZ"))
    for match in reversed(found):
        text = text[: match.start] + MASK + text[match.end :]
    return text


def _mask_name(found: re.Match[str]) -> str:
    """A capitalised word inside a sentence is taken for a name; words all in capitals are abbreviations."""
    word, before = found.group(), found.string[: found.start()]
    inside = bool(before.strip()) and not _SENTENCE_END.search(before)
    return MASK if inside and word[0].isupper() and not word.isupper() else word

"""Whether a text speaks of violence, abuse or danger to a child, or of its writer's despair. Pure rules, no model.

A first, careful version: each rule needs a violent or despairing word together with a person it falls on, so that
figures of speech ("бьюсь как рыба об лёд", "бумаги убивают") stay silent. Texts are folded first, so Kazakh is found in
its own, in Russian and in Latin letters. What is missed is missed silently: this is a help to people, not a guarantee.
"""

from __future__ import annotations

import re

from classifier.text import fold

_CHILD = r"(?:ребен|дете|детей|детям|мальчик|девочк|учени|школьник|сын|доч|бала|окушы|кыз|ул\b|улы)\w*"
_ADULT = (
    r"(?:отец|отчим|мат[ьи]|мам[аы]|пап[аы]|учител|педагог|завуч|директор|воспитател|аке|шеше|ана|мугалим|апай|агай)\w*"
)
_NEAR = r"(?:\W+\w+){0,5}?\W+"
_BEATS = r"(?:бьет|бьют|избил|избива|побои|синяк|ударил|лупит|урады|урып|урган|сабады|сабап|таякта|согып|согады)\w*"
_ABUSES = r"(?:насил|изнасил|домога|растл|зорлы|зорлап|кысым корсет|издева|истяза)\w*"
_SELF_HARM = r"(?:суицид|самоубий|покончить с собой|порезал\w* вены|режет себя|озине кол жумса|озин олтир|асылып)\w*"
_DESPAIR = (
    r"(?:не хочу (?:больше )?жить|жить не хоч|нет сил жить|лучше (?:бы )?умереть|повеситься|омир сургим келмей|"
    r"олгим кел|олип калгым|жашагым келмей)\w*"
)
_RULES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_CHILD}{_NEAR}{_BEATS}",
        rf"{_BEATS}{_NEAR}{_CHILD}",
        rf"{_ADULT}{_NEAR}{_BEATS}{_NEAR}{_CHILD}",
        rf"{_ABUSES}{_NEAR}{_CHILD}",
        rf"{_CHILD}{_NEAR}{_ABUSES}",
        rf"\b{_SELF_HARM}",
        rf"\b{_DESPAIR}",
    )
)
# Figures of speech that the rules would take at their word; they are blanked out first.
_FIGURES = re.compile(
    r"бьет(?:ся|есь)|бьют(?:ся)|бьюсь|как рыба об лед|бьет по (?:карману|нервам|бюджету)|бьют (?:рекорды|тревогу)|"
    r"бьет (?:тревогу|рекорд)|ключом|жерди урады|кон[ия]л урып"
)


def is_urgent(text: str) -> bool:
    """Whether a person should look at this text at once."""
    plain = _FIGURES.sub(" ", fold(text))
    return any(rule.search(plain) for rule in _RULES)

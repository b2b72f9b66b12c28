"""When an answer deserves a gentle follow-up: short, not a refusal, and not followed up before.

The wording of a probe stands in the guide. Refusals are recognised only where the whole text is one, so that "не знаю,
как оформить документы" counts as an answer; one that is missed costs the respondent a single friendly question.
"""

from __future__ import annotations

import re

from bot.interview.guide import Question
from bot.interview.state import AnswerState

_WORD = re.compile(r"[^\W_]+(?:[-'’ʼ][^\W_]+)*")
_KAZAKH = str.maketrans("әғқңөұүһіё", "агкноуухие")

# Folded as by _fold: Kazakh letters as people type them on a Russian keyboard.
_FILLERS = frozenset(
    {
        "а", "в", "вам", "да", "для", "же", "и", "извините", "к", "кешириниз", "мен", "меня", "мне", "на", "об",
        "ой", "осы", "осыган", "пока", "по", "просто", "про", "простите", "сожалению", "сейчас", "сиз", "сурак",
        "суракка", "суракты", "сурагына", "точно", "тут", "честно", "что", "этом", "это", "этот", "вопрос", "вопросу",
        "говоря", "ну", "уж", "я", "азирге", "бул", "туралы", "шынымды", "айтсам", "айтканда",
    }
)  # fmt: skip
_REFUSALS = frozenset(
    {
        "не знаю", "незнаю", "не хочу", "не хочу отвечать", "не буду", "не буду отвечать", "не могу ответить",
        "не могу сказать", "затрудняюсь", "затрудняюсь ответить", "отказываюсь", "отказываюсь отвечать", "без ответа",
        "нет ответа", "нет мнения", "воздержусь", "без комментариев", "пропустить", "пропускаю", "пропустим", "пропуск",
        "дальше", "следующий", "нечего сказать", "нечего добавить", "больше нечего добавить", "хз",
        "билмеймин", "билмедим", "биле алмадым", "жауап бергим келмейди", "жауап бермеймин", "жауап бере алмаймын",
        "жауабым жок", "жауап жок", "айта алмаймын", "айткым келмейди", "айтатыным жок", "косарым жок", "пикирим жок",
        "откизип жиберейин", "откизип жиберемин", "откизу", "келеси", "отказ", "бас тартамын",
    }
)  # fmt: skip


def count_words(text: str) -> int:
    """Number of words; digits count, punctuation and emoji do not."""
    return sum(1 for _ in _WORD.finditer(text))


def is_refusal(text: str) -> bool:
    """Whether the whole text says, in Kazakh or Russian, that the person cannot or will not answer."""
    words = _WORD.findall(_fold(text))
    if len(words) > 8:
        return False
    told = " ".join(words)
    kept = " ".join(word for word in words if word not in _FILLERS)
    return told in _REFUSALS or kept in _REFUSALS


def needs_probe(question: Question, answer: AnswerState) -> bool:
    """Whether `answer`, which is about to be finished, gets the probe of `question`."""
    refused = all(part.refusal for part in answer.parts)
    return answer.words < question.probe_below and not refused and not answer.probed and answer.status == "open"


def _fold(text: str) -> str:
    return text.lower().translate(_KAZAKH)

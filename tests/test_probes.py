"""When an answer is probed: short, no refusal, and not probed before. Refusals as tired people type them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.interview.guide import Guide
from bot.interview.probes import count_words, is_refusal, needs_probe
from bot.interview.state import AnswerState, Part

REFUSALS = (
    "Не знаю", "не знаю.", "НЕ ЗНАЮ!!!", "На этот вопрос не знаю", "Затрудняюсь ответить", "Извините, не могу ответить",
    "без комментариев", "Пропустим этот вопрос", "дальше", "хз", "Білмеймін", "билмеймин", "Білмеймін 🙂",
    "Жауап бергім келмейді", "жауап бергим келмейди", "Бұл сұраққа жауап бере алмаймын", "Пікірім жоқ",
    "Өткізіп жіберейін", "Айтатыным жоқ",
)  # fmt: skip
ANSWERS = (
    "", "🙂", "Знаю", "Не знаю, как оформить документы", "Мұғалімдер не істерін білмеймін дейді", "Нет", "Жоқ",
    "Иә, бар", "Не хватает знаний", "Дальше будет хуже без ассистента", "Родители не хотят", "Жауап беретін маман жоқ",
)  # fmt: skip


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_is_recognised(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_that_only_begins_like_a_refusal_is_an_answer(text: str) -> None:
    assert not is_refusal(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("🙂 ... !!", 0),
        ("Пандус жоқ", 2),
        ("мұғалім-дефектолог 2 адам", 3),
        ("бір,екі;үш", 3),
        ("көмек   керек\n\nбізге", 3),
    ],
)
def test_words_are_counted(text: str, words: int) -> None:
    assert count_words(text) == words


def _written(*texts: str) -> AnswerState:
    parts = tuple(Part(number, count_words(text), is_refusal(text)) for number, text in enumerate(texts))
    return AnswerState(1, parts)


def test_below_the_limit_of_the_question_an_answer_is_probed(guide: Guide) -> None:
    question = guide.question(1)
    assert question.probe_below == 6
    assert needs_probe(question, _written("бір екі үш төрт бес"))
    assert not needs_probe(question, _written("бір екі үш төрт бес алты"))
    assert not needs_probe(replace(question, probe_below=0), _written("иә"))


def test_an_answer_is_probed_while_it_is_open_and_once(guide: Guide) -> None:
    short = _written("иә")
    assert needs_probe(guide.question(1), short)
    for settled in (replace(short, probed=True), replace(short, status="finished"), replace(short, status="skipped")):
        assert not needs_probe(guide.question(1), settled)


def test_only_an_answer_that_is_nothing_but_refusals_is_left_in_peace(guide: Guide) -> None:
    assert not needs_probe(guide.question(1), _written("не знаю", "дальше"))
    assert needs_probe(guide.question(1), _written("не знаю", "пандуса нет"))


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    assert 0 <= count_words(text) <= len(text)
    assert not (is_refusal(text) and count_words(text) == 0)


@given(st.sampled_from(REFUSALS), st.sampled_from(["", ".", "...", "!", " 🙂", "\n"]))
def test_case_and_punctuation_do_not_hide_a_refusal(text: str, end: str) -> None:
    assert is_refusal(text.upper() + end)
    assert is_refusal(f"  {text.lower()}{end}")

"""When to ask for a little more: once per question, when the answer is short and no refusal. Never leading."""

from __future__ import annotations

from bot.interview.guide import Question
from bot.interview.state import AnswerState


def wants_probe(answer: AnswerState, question: Question) -> bool:
    """Whether the answer is shorter than the guide asks for, was not probed yet, and is no refusal to answer."""
    refused = all(part.refusal for part in answer.parts)
    return answer.words < question.probe_below and not answer.probed and not refused

"""The seven questions: collecting the messages of an answer, probing, finishing, going on."""

from __future__ import annotations

from dataclasses import replace

from bot.interview.actions import (
    Action,
    Ask,
    FinishAnswer,
    FinishInterview,
    KeepUnplaced,
    PlaceMessage,
    Probe,
    ReviseMessage,
    SaveClarity,
    SaveMessage,
    Say,
    SendInvitation,
    ShowSummary,
    SkipAnswer,
)
from bot.interview.events import Answered, Edited, Unplaced
from bot.interview.flow import Outcome, aside, come_back, end, go, stay
from bot.interview.guide import Guide
from bot.interview.probes import count_words, is_refusal, needs_probe
from bot.interview.state import QUESTIONS, Doubt, Part, State, question_of_step


def answered(_: Guide, state: State, event: Answered) -> Outcome:
    """Add a message to the answer it belongs to. It is acknowledged by nothing: the prompt is still there."""
    if not state.opened or any(part.message_id == event.message_id for part in state.answer(event.question).parts):
        return stay(state)
    part = _part(event.message_id, event.text)
    added, done = _add(replace(state, paused=False), event.question, part)
    return stay(added, SaveMessage(event.question, event.message_id, event.text), *done)


def edited(_: Guide, state: State, event: Edited) -> Outcome:
    """A message was corrected: the answer reads as it does now."""
    answer = state.answer(event.question)
    revision = ReviseMessage(event.question, event.message_id, event.text)
    if all(known.message_id != event.message_id for known in answer.parts):
        # It belongs to an interview of an earlier round, which this conversation no longer holds.
        return stay(state, revision, Say("edited"))
    part = _part(event.message_id, event.text)
    parts = tuple(part if known.message_id == event.message_id else known for known in answer.parts)
    revised = state.with_answer(replace(answer, parts=parts))
    told = () if state.question == event.question and not state.finished else (Say("edited"),)
    return stay(revised, revision, *told)


def next_pressed(guide: Guide, state: State) -> Outcome:
    """That is all: probe once if it is short, else finish the answer and go on."""
    question = _open_question(state)
    answer = state.answer(question)
    if not answer.parts:
        return stay(state, Say("empty_answer"))
    if needs_probe(guide.question(question), answer):
        return stay(state.with_answer(replace(answer, probed=True)), Probe(question))
    finished, done = _finish(state, question)
    return go(finished, f"clear{question}", *done) if state.pilot else go_on(finished, question, *done)


def skip_pressed(_: Guide, state: State) -> Outcome:
    """Pass over the question; what was written to it all the same is kept."""
    question = _open_question(state)
    if state.answer(question).parts:
        finished, done = _finish(state, question)
        return go_on(finished, question, *done)
    skipped = state.with_answer(replace(state.answer(question), status="skipped"))
    return go_on(skipped, question, SkipAnswer(question))


def back_pressed(_: Guide, state: State) -> Outcome:
    """To the question before; what was written to this one is finished, so that nothing hangs."""
    question = _open_question(state)
    earlier = f"q{question - 1}" if question > 1 else "locality"
    finished, done = _finish(state, question) if state.answer(question).parts else (state, ())
    return go(finished, earlier, *done)


def answered_clarity(_: Guide, state: State, option: str) -> Outcome:
    """Pilot rounds: was the question clear?"""
    question = int(state.line.removeprefix("clear"))
    kept = () if option == "skip" else (SaveClarity(question, option == "yes"),)
    return go_on(state, question, *kept)


def go_on(state: State, question: int, *before: Action) -> Outcome:
    """The next question that is neither finished nor skipped, those after `question` first; else the end."""
    order = [*range(question + 1, len(QUESTIONS) + 1), *range(1, question + 1)]
    left = next((number for number in order if state.answer(number).status == "open"), None)
    if left is not None:
        return go(state, f"q{left}", *before)
    closing = (FinishInterview(), ShowSummary(), SendInvitation())
    return end(replace(state, finished=True, paused=False), "done", *before, *closing)


def unplaced(_: Guide, state: State, event: Unplaced) -> Outcome:
    """Keep a message of which ids cannot tell the question, and ask, one such message after the other."""
    if not state.opened:
        return stay(state, Say("not_kept"), Ask(state.step))
    part = _part(event.message_id, event.text)
    doubt = Doubt(part.message_id, part.words, part.refusal, event.earlier, event.later)
    waiting = replace(state, doubts=(*state.doubts, doubt))
    kept = KeepUnplaced(event.message_id, event.text)
    return stay(waiting, kept) if state.step == "doubt" else aside(waiting, "doubt", kept)


def settled_doubt(_: Guide, state: State, option: str) -> Outcome:
    """The respondent has said which question a message belongs to."""
    doubt, *others = state.doubts
    question = question_of_step(doubt.earlier if option.startswith("earlier") else doubt.later)
    rest = replace(state, doubts=tuple(others))
    done: tuple[Action, ...] = (Say("not_kept"),)
    if question is not None:
        rest, finish = _add(rest, question, Part(doubt.message_id, doubt.words, doubt.refusal))
        done = (PlaceMessage(question, doubt.message_id), *finish, Say("placed", {"question": question}))
    return come_back(rest, *done)


def _add(state: State, question: int, part: Part) -> tuple[State, tuple[Action, ...]]:
    """Put a message in its place. An answer that is not the open one is finished at once."""
    answer = state.answer(question)
    parts = tuple(sorted((*answer.parts, part), key=lambda one: one.message_id))
    added = state.with_answer(replace(answer, parts=parts))
    if answer.status == "finished":
        return added, ()
    if question == state.question and not state.finished:
        return state.with_answer(replace(answer, parts=parts, status="open")), ()
    return _finish(added, question)


def _finish(state: State, question: int) -> tuple[State, tuple[Action, ...]]:
    answer = replace(state.answer(question), status="finished")
    return state.with_answer(answer), (FinishAnswer(question),)


def _part(message_id: int, text: str) -> Part:
    return Part(message_id, count_words(text), is_refusal(text))


def _open_question(state: State) -> int:
    question = state.question
    assert question is not None, state.step
    return question


def status_values(guide: Guide, state: State) -> dict[str, str | int]:
    """Where the interview stands: question (0 before the first), total, answered, minutes left."""
    open_questions = [number for number in QUESTIONS if state.answer(number).status == "open"]
    return {
        "question": state.question or 0,
        "total": len(QUESTIONS),
        "answered": sum(1 for answer in state.answers if answer.parts),
        "minutes": sum(guide.question(number).minutes for number in open_questions),
    }

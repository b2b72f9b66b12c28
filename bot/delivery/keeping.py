"""The to-keep actions of the engine, one store function each."""

from __future__ import annotations

from datetime import datetime

from bot.interview import actions as act
from bot.interview.guide import Guide
from bot.interview.state import State
from bot.store import codings, interviews
from bot.store.database import Store


class Keeping:
    """Carries out the actions that keep something."""

    def __init__(self, store: Store, guide: Guide, round_: str, codebook_version: str) -> None:
        self._store = store
        self._guide = guide
        self._round = round_
        self._codebook_version = codebook_version

    def keep(self, action: act.Action, chat_key: int, state: State, now: datetime) -> bool:
        """Carry out `action` if it keeps something; False if it does not."""
        return self._keep_answer(action, chat_key, now) or self._keep_other(action, chat_key, state, now)

    def _keep_answer(self, action: act.Action, chat_key: int, now: datetime) -> bool:
        store = self._store
        match action:
            case act.SaveMessage(question, message_id, text):
                interviews.save_message(store, chat_key, question, message_id, text, now)
            case act.ReviseMessage(_, message_id, text):
                interviews.revise_message(store, chat_key, message_id, text, now)
            case act.KeepUnplaced(message_id, text):
                interviews.keep_unplaced(store, chat_key, message_id, text)
            case act.PlaceMessage(question, message_id):
                interviews.place_message(store, chat_key, message_id, question, now)
            case act.FinishAnswer(question):
                interviews.finish_answer(store, chat_key, question, now)
            case act.SkipAnswer(question):
                interviews.skip_answer(store, chat_key, question)
            case act.SaveClarity(question, clear):
                interviews.save_clarity(store, chat_key, question, clear)
            case act.SaveCheck(question, categories):
                self._save_check(chat_key, question, categories, now)
            case _:
                return False
        return True

    def _keep_other(self, action: act.Action, chat_key: int, state: State, now: datetime) -> bool:
        store = self._store
        match action:
            case act.OpenInterview(version, language):
                opening = interviews.Opening(
                    self._round, state.pilot, state.language, version, language, self._guide.version
                )
                interviews.open_interview(store, chat_key, opening, now)
            case act.SaveProfile(name, value):
                interviews.save_profile(store, chat_key, name, value)
            case act.AddSchool(district, name):
                interviews.save_profile(store, chat_key, "school_key", interviews.add_school(store, district, name))
            case act.SavePermission(name, granted):
                interviews.save_permission(store, chat_key, name, granted)
            case act.FinishInterview():
                interviews.finish_interview(store, chat_key, now)
            case _:
                return False
        return True

    def _save_check(self, chat_key: int, question: int, categories: tuple[str, ...], now: datetime) -> None:
        interview = interviews.interview_of(self._store, chat_key)
        assert interview is not None
        for answer in interviews.answers_of(self._store, chat_key):
            if answer["question"] == question:
                codings.save_respondent_coding(
                    self._store, answer["answer_id"], categories, self._codebook_version, now
                )
        codings.mark_checked(self._store, interview["interview_id"], now)

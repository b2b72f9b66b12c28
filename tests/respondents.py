"""Invented respondents who answer a whole interview on the screen of the fake server, and remember what they wrote.

They act as people do: they see what is on the screen (also what the bot does not know has arrived), answer the
newest question in one to three messages, sometimes quickly, sometimes slowly, press or type "that is all", and say
which question a message was meant for when they are asked.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fake_telegram import FakeTelegram, Shown

# Longest pause of a respondent, seconds.
PAUSE_S = 0.05
# How often something is added to an answer that has just been closed, before the next question is on the screen.
ADDED = 0.3
CHOICES = {
    "language": "ru",
    "consent": "yes",
    "screening": "yes",
    "permissions": "done",
    "role": "teacher",
    "job_title": "skip",
    "region": "skip",
    "school": "skip",
    "locality": "village",
}


@dataclass(slots=True)
class Respondent:
    """One person. `written`: message id -> (question that was on the screen, text)."""

    server: FakeTelegram
    chat_id: int
    chance: random.Random
    written: dict[int, tuple[int, str]] = field(default_factory=dict)
    asked: int = 0
    _plans: defaultdict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    _planned: set[int] = field(default_factory=set)
    _added: set[int] = field(default_factory=set)
    _due: int = 0
    _leaving: bool = False
    _heard: bool = False

    def begin(self) -> None:
        """Send /start."""
        self.server.say(self.chat_id, "/start")

    @property
    def finished(self) -> bool:
        """Whether the interview is at its end, everything said since has been answered, and nothing more will be."""
        return self._heard and not self._due

    def sees(self, shown: Shown) -> None:
        """Something new is on the screen."""
        if shown.method == "sendPhoto":
            self._later(self._take_leave)
        elif shown.step:
            self._heard = False
            self._later(self._react, shown)
        elif "/mydata" in shown.text:
            # A chat is answered in order: with this reply, whatever came before it has been handled and shown.
            self._heard = True

    def _later(self, act: Callable[..., None], *what: Shown) -> None:
        def do() -> None:
            self._due -= 1
            act(*what)

        self._due += 1
        asyncio.get_running_loop().call_later(self.chance.random() * PAUSE_S, do)

    def _take_leave(self) -> None:
        self._leaving = True
        self.server.say(self.chat_id, "/help")

    def _react(self, shown: Shown) -> None:
        if shown.step == "doubt":
            self._settle(shown)
        elif shown.step in CHOICES:
            self.server.press(self.chat_id, shown.message_id, shown.button(CHOICES[shown.step]))
        elif shown.step[0] == "q" and self._newest_question() == shown:
            self._answer(shown)
        if self._leaving:
            self._take_leave()

    def _newest_question(self) -> Shown:
        return next(one for one in reversed(self.server.screens[self.chat_id]) if one.step[:1] == "q")

    def _answer(self, shown: Shown) -> None:
        """Write the next message of the answer, or close it."""
        question = int(shown.step[1:])
        if question not in self._planned:
            self._planned.add(question)
            self._plans[question] = self._texts(question)
        if self._plans[question]:
            self._write(question, self._plans[question].pop(0))
            self._later(self._react, shown)
        elif self.chance.random() < 0.8:
            self.server.press(self.chat_id, shown.message_id, shown.button("next"))
        else:
            self.server.say(self.chat_id, "/next")
        if not self._plans[question] and question not in self._added and self.chance.random() < ADDED:
            self._added.add(question)
            self._write(question, f"чат {self.chat_id} вопрос {question} вдогонку: и ещё не хватает учебников")

    def _write(self, question: int, text: str) -> None:
        self.written[self.server.say(self.chat_id, text)] = (question, text)

    def _texts(self, question: int) -> list[str]:
        parts = range(1, self.chance.randint(1, 3) + 1)
        return [f"чат {self.chat_id} вопрос {question} часть {part}: не хватает кабинетов и пандусов" for part in parts]

    def _settle(self, shown: Shown) -> None:
        """Say which question the message was meant for."""
        self.asked += 1
        assert shown.reply_to is not None
        question, _ = self.written[shown.reply_to]
        data = next((data for label, data in shown.buttons if str(question) in label), None)
        assert data is not None, (question, shown.buttons)
        self.server.press(self.chat_id, shown.message_id, data)

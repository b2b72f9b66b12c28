"""Invented respondents who answer a whole interview on the screen of the fake server, and remember what they wrote.

They act as people do: they see what is on the screen (also what the bot does not know has arrived), answer the newest
question in one to three messages, press or type "that is all", sometimes add something to an answer that has just been
closed, and say which question a message was meant for when they are asked. Every message has a text of its own, so
that what is kept can be compared with what was meant, message by message.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.fake_telegram import FakeTelegram, Shown

# Longest pause of a respondent who takes their time, seconds.
PAUSE_S = 0.05
# How often something is added to an answer that has just been closed, before the next question is on the screen.
ADDED = 0.3
PRESSED = {
    "consent": "yes",
    "screening": "yes",
    "permissions": "done",
    "role": "teacher",
    "locality": "village",
    "check": "right",
    "forget": "no",
}
# Who answers in Russian skips what can be skipped, who answers in Kazakh fills it in.
SKIPPED = dict.fromkeys(("job_title", "region", "school"), "skip")
FILLED = {"region": "almaty_region", "district": "karasai", "school_confirm": "new"}
TYPED = {"job_title": "бастауыш сынып мұғалімі", "school": "№{chat} орта мектеп"}
TEXTS = {
    "kk": "{chat} чаты, {question}-сұрақ, {part}: кабинет пен пандус жетіспейді",
    "ru": "чат {chat}, вопрос {question}, {part}: не хватает кабинетов и пандусов",
}


@dataclass(slots=True)
class Respondent:
    """One person. `written`: message id -> (question that was on the screen, text). No pause: reacts at first sight."""

    server: FakeTelegram
    chat_id: int
    chance: random.Random
    language: str = "ru"
    pause_s: float = PAUSE_S
    written: dict[int, tuple[int, str]] = field(default_factory=dict)
    asked: int = 0
    finished: bool = False
    due: int = 0
    _plans: dict[int, list[str]] = field(init=False)
    _added: dict[int, str] = field(init=False)
    _typed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Know what to say: the same chance means the same texts, whatever happens on the way."""
        questions = range(1, 8)
        parts = {question: range(1, self.chance.randint(1, 3) + 1) for question in questions}
        self._plans = {number: [self._text(number, str(part)) for part in parts[number]] for number in questions}
        added = [question for question in questions if self.chance.random() < ADDED]
        self._added = {question: self._text(question, "вдогонку") for question in added}

    def begin(self) -> None:
        """Send /start."""
        self.server.say(self.chat_id, "/start")

    def sees(self, shown: Shown) -> None:
        """Something new is on the screen."""
        if shown.method == "sendPhoto":
            self.finished = True
        elif shown.step:
            self._later(self._react, shown)

    def answers(self) -> dict[int, str]:
        """Question -> answer, as it was meant."""
        meant: defaultdict[int, list[str]] = defaultdict(list)
        for _, (question, text) in sorted(self.written.items()):
            meant[question].append(text)
        return {question: "\n".join(texts) for question, texts in meant.items()}

    def _later(self, act: Callable[[Shown], None], shown: Shown) -> None:
        if not self.pause_s:
            act(shown)
            return

        def do() -> None:
            self.due -= 1
            act(shown)

        self.due += 1
        asyncio.get_running_loop().call_later(self.chance.random() * self.pause_s, do)

    def _react(self, shown: Shown) -> None:
        choices = {"language": self.language, **PRESSED, **(SKIPPED if self.language == "ru" else FILLED)}
        if shown.step == "doubt":
            self._settle(shown)
        elif shown.step in choices:
            self.server.press(self.chat_id, shown.message_id, shown.button(choices[shown.step]))
        elif shown.step in TYPED:
            self._type(shown.step)
        elif shown.step[0] == "q" and self._newest_question() == shown:
            self._answer(shown)

    def _newest_question(self) -> Shown:
        return next(one for one in reversed(self.server.screens[self.chat_id]) if one.step[:1] == "q")

    def _type(self, step: str) -> None:
        if step not in self._typed:
            self._typed.add(step)
            self.server.say(self.chat_id, TYPED[step].format(chat=self.chat_id))

    def _answer(self, shown: Shown) -> None:
        """Write the next message of the answer, or close it."""
        question = int(shown.step[1:])
        if self._plans[question]:
            self._write(question, self._plans[question].pop(0))
            self._later(self._react, shown)
            return
        if self.chance.random() < 0.8:
            self.server.press(self.chat_id, shown.message_id, shown.button("next"))
        else:
            self.server.say(self.chat_id, "/next")
        if question in self._added:
            self._write(question, self._added.pop(question))

    def _write(self, question: int, text: str) -> None:
        self.written[self.server.say(self.chat_id, text)] = (question, text)

    def _text(self, question: int, part: str) -> str:
        return TEXTS[self.language].format(chat=self.chat_id, question=question, part=part)

    def _settle(self, shown: Shown) -> None:
        """Say which question the message was meant for."""
        self.asked += 1
        assert shown.reply_to is not None
        question, _ = self.written[shown.reply_to]
        data = next((data for label, data in shown.buttons if str(question) in label), None)
        assert data is not None, (question, shown.buttons)
        self.server.press(self.chat_id, shown.message_id, data)


class Crowd:
    """Many respondents at one server, half of them in each language."""

    def __init__(
        self, server: FakeTelegram, chats: Iterable[int], *, seed: int = 0, pause_s: float = 0, copies: float = 0
    ) -> None:
        """`copies`: how often an update comes a second and a third time, under new ids, as double taps do."""
        self.people = {
            chat: Respondent(server, chat, random.Random(seed * 1000 + chat), ("kk", "ru")[chat % 2], pause_s)
            for chat in chats
        }
        chance = random.Random(seed)
        server.copies = lambda: 1 + (chance.random() < copies) + (chance.random() < copies)
        server.on_shown = self._see

    def begin(self) -> None:
        """Everybody presses start."""
        for person in self.people.values():
            person.begin()

    @property
    def finished(self) -> int:
        """How many have come to the end."""
        return sum(person.finished for person in self.people.values())

    @property
    def still(self) -> bool:
        """Whether all have come to the end and nobody is about to do anything."""
        return all(person.finished and not person.due for person in self.people.values())

    def _see(self, shown: Shown) -> None:
        if shown.chat_id in self.people:
            self.people[shown.chat_id].sees(shown)

    @property
    def asked(self) -> int:
        """How often somebody was asked which question a message was meant for."""
        return sum(person.asked for person in self.people.values())

"""Teachers on a phone: they answer whatever the bot shows them, through the fake Bot API server.

Each knows what they mean to say to every question and remembers which message was meant for which one, so that what
the bot stored can be compared with what was meant, message by message.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.fake_telegram import FakeTelegram, Shown

CHOICES = {
    "consent": "yes",
    "screening": "yes",
    "permissions": "done",
    "role": "teacher",
    "region": "almaty_region",
    "district": "karasai",
    "school_confirm": "new",
    "locality": "village",
    "check": "right",
    "forget": "no",
}
TYPED = {"job_title": "бастауыш сынып мұғалімі", "school": "№{chat} орта мектеп"}


def step_of(shown: Shown) -> str:
    """The step of a prompt, from the data of its buttons; empty for a message without buttons."""
    return shown.buttons[0][1].partition(":")[0] if shown.buttons else ""


@dataclass
class Teacher:
    """One respondent. `parts` is the number of messages of each answer."""

    server: FakeTelegram
    chat_id: int
    language: str = "kk"
    parts: int = 2
    answers: dict[int, list[str]] = field(default_factory=dict)
    finished: bool = False
    asked_again: int = 0
    doubts: int = 0
    _typed: set[str] = field(default_factory=set)
    _open: int = 0

    def start(self) -> None:
        """Press start."""
        self.server.say(self.chat_id, "/start")

    def see(self, shown: Shown) -> None:
        """React to a message on the screen."""
        step = step_of(shown)
        if step == "language":
            self._press(shown, self.language)
        elif step in CHOICES:
            self._press(shown, CHOICES[step])
        elif step in TYPED:
            self._type(step)
        elif step == "doubt":
            self._settle(shown)
        elif step[:1] == "q":
            self._answer(shown, int(step[1:]))
        elif shown.method == "sendPhoto":
            self.finished = True

    def _press(self, shown: Shown, option: str) -> None:
        self.server.press(self.chat_id, shown.message_id, shown.button(option))

    def _type(self, step: str) -> None:
        if step not in self._typed:
            self._typed.add(step)
            self.server.say(self.chat_id, TYPED[step].format(chat=self.chat_id))

    def _answer(self, shown: Shown, question: int) -> None:
        """Say everything at the first sight of the question; a repeated prompt is only confirmed."""
        if question in self.answers:
            self.asked_again += 1
        else:
            self._open = question
            self.answers[question] = [
                f"{self.chat_id} {question}-сұраққа жауабым, {part} бөлігі осындай болды"
                for part in range(1, self.parts + 1)
            ]
            for text in self.answers[question]:
                self.server.say(self.chat_id, text)
        self._press(shown, "next")

    def _settle(self, shown: Shown) -> None:
        """Say which question the message in doubt was meant for: the one that was open when it was written."""
        self.doubts += 1
        numbers = {data.rpartition(":")[2]: label for label, data in shown.buttons}
        meant = next((option for option, label in numbers.items() if str(self._open) in label), "later")
        self._press(shown, meant)


class Class:
    """Many teachers at one server; they see what the server shows at once."""

    def __init__(self, server: FakeTelegram, size: int, first_chat: int = 5001) -> None:
        self.teachers = {
            chat: Teacher(server, chat, ("kk", "ru")[chat % 2], 1 + chat % 3)
            for chat in range(first_chat, first_chat + size)
        }
        server.on_shown = self._see

    def start(self) -> None:
        """Everybody presses start."""
        for teacher in self.teachers.values():
            teacher.start()

    @property
    def finished(self) -> int:
        """How many have come to the end."""
        return sum(teacher.finished for teacher in self.teachers.values())

    def _see(self, shown: Shown) -> None:
        if shown.chat_id in self.teachers:
            self.teachers[shown.chat_id].see(shown)

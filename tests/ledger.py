"""What was written against what is kept, message by message: the figures of every proof of delivery."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path

from tests.respondents import Respondent

MESSAGES = (
    "SELECT chat_id, message_id, question, text FROM messages JOIN chats USING (chat_key) "
    "LEFT JOIN answers USING (answer_id)"
)
VERSIONS = (
    "SELECT chat_id, question, answer_versions.text FROM answers JOIN answer_versions "
    "ON answer_versions.answer_id = answers.answer_id AND version = current_version "
    "JOIN interviews USING (interview_id) JOIN respondents USING (respondent_id) JOIN chats USING (chat_key)"
)
WAITING = (
    "SELECT (SELECT count(*) FROM inbox WHERE done_at IS NULL) + (SELECT count(*) FROM outbox WHERE done_at IS NULL)"
)

Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of the messages of answers. `asked`: how often a person was asked which question one belongs to."""

    messages: int = 0
    lost: int = 0
    doubled: int = 0
    moved: int = 0
    asked: int = 0

    def __str__(self) -> str:
        return ", ".join(f"{field.name} {getattr(self, field.name)}" for field in fields(self))

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    @property
    def whole(self) -> bool:
        """Whether every message is kept, once, where it belongs."""
        return self.lost == self.doubled == self.moved == 0


def audit(home: Path, people: Iterable[Respondent]) -> Figures:
    """Compare what was written with what is kept. A message counts as kept when its answer's newest version has it.

    Raises AssertionError when something is kept that nobody wrote.
    """
    kept, answers = _kept(home / "kedergi.db")
    total = Figures()
    for person in people:
        for message_id, (question, text) in person.written.items():
            place = kept.pop((person.chat_id, message_id), (None, None))
            copies = Counter({number: answers.get((person.chat_id, number), []).count(text) for number in range(1, 8)})
            gone = place[0] is None or place[1] != text or not copies.total()
            if gone:
                print(f"lost: chat {person.chat_id}, message {message_id}, question {question}, kept as {place}")
            moved = place[0] not in (None, question)
            total += Figures(1, gone, copies.total() > 1, moved)
        total += Figures(asked=person.asked)
    assert not kept, f"kept, but written by nobody: {sorted(kept)}"
    return total


def idle(home: Path) -> bool:
    """Whether nothing waits in the inbox and the outbox. Can be asked while the bot runs."""
    try:
        with closing(sqlite3.connect(f"{(home / 'kedergi.db').as_uri()}?mode=ro", uri=True)) as reader:
            return bool(reader.execute(WAITING).fetchone() == (0,))
    except sqlite3.OperationalError:
        return False  # Not made yet, or its process was killed a moment ago.


def _kept(
    database: Path,
) -> tuple[dict[tuple[int, int], tuple[int | None, str | None]], dict[tuple[int, int], list[str]]]:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as reader:
        found = reader.execute(MESSAGES).fetchall()
        versions = reader.execute(VERSIONS).fetchall()
    kept = {(chat, message): (question, text) for chat, message, question, text in found}
    return kept, {(chat, question): text.split("\n") for chat, question, text in versions}

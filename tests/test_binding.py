"""The binding rule: by message ids a text finds its question, whatever was lost, repeated or asked in which order."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.binding import Between, step_of_button, step_of_message
from bot.store.delivery import Mark


def test_a_message_belongs_to_the_greatest_mark_below_it() -> None:
    marks = [Mark(10, "q1"), Mark(14, "q2")]
    assert step_of_message(marks, 12, 1) == "q1"
    assert step_of_message(marks, 15, 1) == "q2"


def test_before_the_first_mark_a_message_belongs_to_nothing() -> None:
    assert step_of_message([], 5, 1) is None
    assert step_of_message([Mark(10, "q1")], 9, 1) is None
    assert step_of_message([Mark(10, "q1", doubt_from=0)], 9, 1) is None


def test_after_back_the_newest_mark_counts_and_not_the_number_of_the_question() -> None:
    marks = [Mark(10, "q1"), Mark(12, "q2"), Mark(14, "q1")]
    assert step_of_message(marks, 15, 1) == "q1"
    assert step_of_message(marks, 13, 1) == "q2"


def test_delivered_answer_lost_resent_the_message_between_is_nobodys_guess() -> None:
    """q2 reached the screen as 12, nobody told us; 13 was written; q2 came again as 14."""
    marks = [Mark(10, "q1"), Mark(14, "q2", doubt_from=7)]
    assert step_of_message(marks, 13, received=8) == Between("q1", "q2")
    assert step_of_message(marks, 15, received=9) == "q2"


def test_what_was_received_before_the_first_try_is_certain() -> None:
    marks = [Mark(10, "q1"), Mark(14, "q2", doubt_from=7)]
    assert step_of_message(marks, 11, received=7) == "q1"


def test_a_prompt_shown_again_leaves_no_doubt() -> None:
    marks = [Mark(10, "q1"), Mark(14, "q1", doubt_from=7)]
    assert step_of_message(marks, 13, received=8) == "q1"


def test_a_button_belongs_to_the_message_that_it_hangs_on() -> None:
    marks = [Mark(10, "q1"), Mark(14, "q2")]
    assert step_of_button(marks, 10, "q1", 1) == "q1"
    assert step_of_button(marks, 10, "q2", 1) is None
    assert step_of_button(marks, 11, "q1", 1) is None
    assert step_of_button(marks, None, "q1", 1) is None
    assert step_of_button([], 3, "q1", 1) is None


def test_a_button_on_the_lost_first_copy_counts() -> None:
    marks = [Mark(10, "q1"), Mark(14, "q2", doubt_from=7)]
    assert step_of_button(marks, 12, "q2", received=8) == "q2"
    assert step_of_button(marks, 12, "q1", received=8) is None
    assert step_of_button(marks, 12, "q2", received=7) is None


@dataclass(frozen=True)
class Written:
    """A message of the respondent in a simulated chat, with the question that stood above it."""

    message_id: int
    received: int
    truth: str


class Chat:
    """A screen and what the bot learns of it. A try of a prompt may be shown or not, and be confirmed or not."""

    def __init__(self) -> None:
        self.next_id = 1
        self.received = 0
        self.on_screen = ""
        self.marks: list[Mark] = []
        self.written: list[Written] = []

    def write(self) -> None:
        """The respondent writes under what is on the screen; the bot receives it."""
        self.received += 1
        self.written.append(Written(self.next_id, self.received, self.on_screen))
        self.next_id += 1

    def show(self, step: str, lost_tries: list[tuple[bool, int]]) -> None:
        """A prompt with `lost_tries` (reached the screen?, messages written after it), then a confirmed one."""
        doubt = self.received if lost_tries else None
        for reached, messages in lost_tries:
            if reached:
                self.on_screen = step
                self.next_id += 1
            for _ in range(messages):
                self.write()
        self.on_screen = step
        self.marks.append(Mark(self.next_id, step, doubt))
        self.next_id += 1


_TRIES = st.lists(st.tuples(st.booleans(), st.integers(0, 2)), max_size=3)
_PROMPTS = st.lists(st.tuples(st.sampled_from(["q1", "q2", "q3"]), _TRIES, st.integers(0, 3)), min_size=1, max_size=6)


@given(_PROMPTS)
def test_no_message_is_filed_under_a_wrong_question(prompts: list[tuple[str, list[tuple[bool, int]], int]]) -> None:
    """Every chat of up to six prompts with lost tries: placed rightly, or asked about with the truth among the two."""
    chat = Chat()
    for step, lost_tries, messages in prompts:
        chat.show(step, lost_tries)
        for _ in range(messages):
            chat.write()
    first = chat.marks[0].message_id
    for written in chat.written:
        found = step_of_message(chat.marks, written.message_id, written.received)
        if written.message_id < first:
            assert found is None
        elif isinstance(found, Between):
            assert written.truth in (found.earlier, found.later)
        else:
            assert found == written.truth


@given(_PROMPTS)
def test_without_lost_tries_nobody_is_asked(prompts: list[tuple[str, list[tuple[bool, int]], int]]) -> None:
    chat = Chat()
    for step, _, messages in prompts:
        chat.show(step, [])
        for _ in range(messages):
            chat.write()
    for written in chat.written:
        assert step_of_message(chat.marks, written.message_id, written.received) == written.truth

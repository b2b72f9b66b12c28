"""The binding rule: which step a message or a button belongs to. Pure; message ids are the only clock it trusts.

In a private chat message ids grow in the order in which things appear on the screen, both sides counted. Every
confirmed sending of a prompt is a mark; a message belongs to the greatest mark below its id, whatever that mark's
question is, so the rule holds after /back and /skip too.

A sending whose first try had an unknown outcome may have reached the screen under an id that nobody told us. Its mark
carries `doubt_from`, the newest inbox row at the time of that first try: a message that was received later and has an
id below the mark cannot be placed by ids. It is nobody's guess; the respondent is asked.

    mark q1 (10)   [first try of q2, answer lost: 12?]   message 13   mark q2 (14, doubt_from)   message 15
                                                         q1 or q2?                               q2
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Mark(Protocol):
    """A confirmed sending of a prompt."""

    @property
    def message_id(self) -> int:
        """Id of the message on the screen."""

    @property
    def step(self) -> str:
        """The step whose prompt it is."""

    @property
    def doubt_from(self) -> int | None:
        """Newest inbox row at the first try; None when every earlier try is known to have failed."""


@dataclass(frozen=True, slots=True)
class Between:
    """The message belongs to one of two steps, and ids cannot tell to which."""

    earlier: str
    later: str


def step_of_message(marks: Sequence[Mark], message_id: int, received: int) -> str | Between | None:
    """The step that a message belongs to; None before the first mark.

    `received` is the message's inbox row. Marks in any order.
    """
    below = max((m for m in marks if m.message_id < message_id), key=lambda m: m.message_id, default=None)
    above = min((m for m in marks if m.message_id > message_id), key=lambda m: m.message_id, default=None)
    if below is None:
        return None
    if above is None or above.doubt_from is None or received <= above.doubt_from or above.step == below.step:
        return below.step
    return Between(below.step, above.step)


def step_of_button(marks: Sequence[Mark], message_id: int | None, step: str, received: int) -> str | None:
    """`step`, if the message that the button hangs on is a prompt of it; else None.

    A message of unknown id counts as the lost first copy of a prompt of this step when it lies where such a copy can
    lie: between the mark before and the confirmed copy, pressed after the first try.
    """
    if message_id is None:
        return None
    if any(m.message_id == message_id for m in marks):
        return step if any(m.message_id == message_id and m.step == step for m in marks) else None
    above = min((m for m in marks if m.message_id > message_id), key=lambda m: m.message_id, default=None)
    lost_copy = above is not None and above.doubt_from is not None and received > above.doubt_from
    return step if lost_copy and above is not None and above.step == step else None

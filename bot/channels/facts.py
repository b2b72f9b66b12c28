"""What a text needs to know beside the state: rows of the store and addresses of the channel, fetched by the host.

The state holds no answer text, so whatever quotes an answer gets it from here. Every field may stay empty; only the
actions that need a field make the host fill it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Study:
    """What respondents read about the study; empty texts leave their line out."""

    name: str = ""
    approval: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts for one rendering.

    summary: (question, own answer or None) in question order, for the summary and the member check.
    copy: everything kept about the respondent (`people.copy_of`); None when nothing is kept.
    link: the personal invitation. target: message id that Refresh redraws. callback_id: button press that Toast
    answers.
    """

    summary: tuple[tuple[int, str | None], ...] = ()
    copy: Mapping[str, Any] | None = None
    link: str | None = None
    target: int | None = None
    callback_id: str | None = None

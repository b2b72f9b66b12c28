"""What no log may hold: the token, and what people wrote. Everything that a test lets out is searched for it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.desk import ANSWER
from tests.fake_telegram import TOKEN

SECRET = TOKEN.partition(":")[2]
# Answers of the invented respondents, a distinctive piece of each.
PLANTED = (
    ANSWER,
    "кабинет пен пандус жетіспейді",
    "не хватает кабинетов и пандусов",
    "жасырын-жауап-4711",
    "құпия сөз",
)
# A line of structlog, for people or as JSON; anything else on stdout is what the test itself prints.
_LOGGED = re.compile(r'\[(debug|info|warning|error|critical) *\]|"level": "|^(DEBUG|INFO|WARNING|ERROR|CRITICAL) ')


def leaks(sections: Iterable[tuple[str, str]]) -> list[str]:
    """The lines of captured output (name of the section, text) that hold what they must not."""
    return [
        f"{name}: {line}"
        for name, text in sections
        for line in text.splitlines()
        if SECRET in line or (_logged(name, line) and any(planted in line for planted in PLANTED))
    ]


def _logged(section: str, line: str) -> bool:
    return "stdout" not in section or bool(_LOGGED.search(line))

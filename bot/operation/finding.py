"""What the doctor says: one finding a check, how serious it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How a finding counts; its value is the sign in the report. Only BAD makes the doctor's exit status 1."""

    GOOD = "+"
    LOOK = "?"
    BAD = "!"


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` was looked at, what was `found`, and the `advice`, empty where all is well. No secret stands in any."""

    level: Level
    what: str
    found: str
    advice: str = ""


def report(findings: Iterable[Finding]) -> str:
    """The findings as text, a line each, the advice below it."""
    lines = []
    for one in findings:
        lines.append(f"[{one.level.value}] {one.what}: {one.found}")
        if one.advice:
            lines.append(f"    -> {one.advice}")
    return "\n".join(lines)

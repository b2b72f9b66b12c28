"""`python -m bot doctor`: looks at everything once, changes nothing, and says for each what to do."""

from __future__ import annotations

from datetime import datetime

from bot.channels.texts import Texts
from bot.log import set_up_logging
from bot.operation.checks import local_findings
from bot.operation.finding import Finding
from bot.operation.law import law_findings
from bot.operation.line_check import line_findings
from bot.settings import Settings


async def examine(settings: Settings, t: Texts, now: datetime) -> list[Finding]:
    """All findings, in the order of the report: this machine, Telegram, the law."""
    set_up_logging()
    here = list(local_findings(settings, t, now))
    there = [finding async for finding in line_findings(settings, t, now)]
    return [*here, *there, *law_findings(settings, t)]

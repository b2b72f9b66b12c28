"""`python -m bot retry`: what was set aside is handled once more, after the reason for it is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.control import Context
from bot.store import delivery


def retry(context: Context, _: Mapping[str, Any]) -> int:
    """Put the updates that were set aside back into the inbox, in their old places; how many."""
    return delivery.revive(context.store)

"""Which rooms have a desk for staff: each registers its commands and buttons here, in the order of /help."""

from __future__ import annotations

from bot.delivery.host import Host
from bot.staff.desk import Desk
from bot.staff.reception import Reception
from bot.store.database import Store
from bot.triage.desk import Triage


def build_desk(store: Store, host: Host) -> Desk:
    """The desk of the Telegram bot with all its rooms."""
    desk = Desk(store)
    desk.add(Reception(host.guide.places, desk).entries())
    desk.add(Triage(host.guide).entries())
    return desk

"""Which rooms have a desk for staff: each registers its commands and buttons here, in the order of /help. And which
writing commands of the command line there are, which a running bot carries out for them (`bot.control`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.coding.recode import recode
from bot.control import Writer
from bot.delivery.host import Host
from bot.digest.desk import Digests
from bot.operation.retry import retry
from bot.review.coding import Coders
from bot.review.settling import Settlers
from bot.settings import Settings
from bot.sheets.reading import import_codings
from bot.staff import inviting
from bot.staff.acting import Acting
from bot.staff.desk import Desk
from bot.staff.inviting import Inviting
from bot.staff.publishing import Publishing
from bot.staff.reception import Reception
from bot.staff.team import Team
from bot.store.database import Store
from bot.triage.desk import Triage

WRITERS: Mapping[str, Writer] = {
    "invite": inviting.invite,
    "recode": recode,
    "retry": retry,
    "import-codings": import_codings,
}


def build_desk(store: Store, host: Host, settings: Settings, wake: Callable[[], None]) -> Desk:
    """The desk of the Telegram bot with all its rooms. `wake` is called when a digest was asked for."""
    desk = Desk(store)
    desk.add(Reception(host.guide.places, desk).entries())
    desk.add(Triage(host.guide).entries())
    desk.add(Coders(host.guide, host.codebook, settings.double_share).entries())
    desk.add(Settlers(host.guide, host.codebook).entries())
    desk.add(Digests(host.guide.places, settings.least_shown, wake).entries())
    desk.add(Acting(host.guide.places, host.codebook).entries())
    desk.add(Publishing(host.rules.round, settings.least_shown).entries())
    desk.add(Inviting(host.guide.places, host.rules).entries())
    desk.add(Team(host.guide.places).entries())
    return desk

"""Who gets the digest when, and what has been composed for whom.

The key (job, week, member) is the promise that a week is composed once for a subscriber, however often the process
starts: the row and its messages are one commit. What fell due while the bot was down is due when it is up again, up to
MISSED weeks back. Who has blocked the bot is waited for. Every function works inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store import members
from bot.store.database import Store, moment, timestamp
from bot.store.members import Member
from bot.store.weeks import ALMATY, last_complete_week

WEEKLY = "weekly"
# Digests that are sent late after a longer break; older weeks can be asked for.
MISSED = 4


@dataclass(frozen=True, slots=True)
class Order:
    """A digest to compose. `job`: WEEKLY, or the cause that asked for it."""

    job: str
    week: str
    member: Member
    scope: str
    lens: str

    @property
    def cause(self) -> str:
        """What its messages are queued under."""
        return f"digest:{self.job}:{self.week}:{self.member.member_id}"


def subscribe(store: Store, member_id: int, weekday: int, hour: int, now: datetime) -> None:
    """From the next `weekday` (ISO, 1 Monday) at `hour` (Almaty) on, each week."""
    store.run(
        "INSERT INTO subscriptions (member_id, weekday, hour, since) VALUES (?, ?, ?, ?) ON CONFLICT (member_id) "
        "DO UPDATE SET weekday = excluded.weekday, hour = excluded.hour, since = excluded.since",
        member_id, weekday, hour, timestamp(now),
    )  # fmt: skip


def unsubscribe(store: Store, member_id: int) -> bool:
    """No digest is sent any more unless it is asked for; False where none was."""
    return bool(store.run("DELETE FROM subscriptions WHERE member_id = ?", member_id))


def subscription_of(store: Store, member_id: int) -> tuple[int, int] | None:
    """(ISO weekday, hour) at which the member gets the digest, or None."""
    found = store.row("SELECT weekday, hour FROM subscriptions WHERE member_id = ?", member_id)
    return (found["weekday"], found["hour"]) if found else None


def want(store: Store, order: Order, now: datetime) -> None:
    """Keep that a member has asked for a digest, until it is composed."""
    store.run(
        "INSERT INTO deliveries (job, week, member_id, wanted_at, scope, lens) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (job, week, member_id) DO NOTHING",
        order.job, order.week, order.member.member_id, timestamp(now), order.scope, order.lens,
    )  # fmt: skip


def due(store: Store, now: datetime) -> list[Order]:
    """What is to be composed at `now`: first what was asked for, then the subscriptions, oldest week first."""
    return [*_asked(store), *_subscribed(store, now)]


def claim(store: Store, order: Order, now: datetime) -> bool:
    """Note that this digest is queued, in one transaction with its messages; False where it is already, or where its
    reader has lost the right meanwhile."""
    if members.member(store, order.member.member_id) is None:
        return False
    return bool(
        store.run(
            "INSERT INTO deliveries (job, week, member_id, wanted_at, scope, lens, queued_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job, week, member_id) "
            "DO UPDATE SET queued_at = excluded.queued_at WHERE deliveries.queued_at IS NULL",
            order.job, order.week, order.member.member_id, timestamp(now), order.scope, order.lens,
            timestamp(now),
        )
    )  # fmt: skip


def _asked(store: Store) -> list[Order]:
    found = store.rows(
        "SELECT job, week, member_id, scope, lens FROM deliveries WHERE queued_at IS NULL ORDER BY delivery_id"
    )
    readers = {row["member_id"]: members.member(store, row["member_id"]) for row in found}
    return [
        Order(row["job"], row["week"], reader, row["scope"], row["lens"])
        for row in found
        if (reader := readers[row["member_id"]]) is not None
    ]


def _subscribed(store: Store, now: datetime) -> list[Order]:
    orders = []
    for row in store.rows("SELECT member_id, weekday, hour, since FROM subscriptions ORDER BY member_id"):
        reader = members.member(store, row["member_id"])
        if reader is None or reader.blocked:
            continue
        weeks = [last_complete_week(at) for at in _times(row["weekday"], row["hour"], moment(row["since"]), now)]
        known = {one["week"] for one in store.rows(
            "SELECT week FROM deliveries WHERE job = ? AND member_id = ?", WEEKLY, reader.member_id
        )}  # fmt: skip
        orders += [Order(WEEKLY, week, reader, reader.scope, "barriers") for week in weeks if week not in known]
    return orders


def _times(weekday: int, hour: int, since: datetime, now: datetime) -> list[datetime]:
    """The last MISSED times of a subscription until `now`, oldest first, none before it was made."""
    here = now.astimezone(ALMATY)
    newest = here.replace(hour=hour, minute=0, second=0, microsecond=0)
    newest -= timedelta(days=(here.isoweekday() - weekday) % 7)
    if newest > here:
        newest -= timedelta(weeks=1)
    times = [newest - timedelta(weeks=back) for back in reversed(range(MISSED))]
    return [at for at in times if at >= since]

"""What is kept, where and how long: the table of PRIVACY.md, from the schema's own table names and the settings.

A test holds every table of the schema to a row here, so that nothing is kept that is not said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.channels.texts import Texts
from bot.settings import Settings
from bot.store.database import FILE, KEY_FILE
from bot.store.delivery import KEEP
from bot.store.suppression import LIST_FILE

# Tables that say nothing about a person.
TECHNICAL = frozenset({"coder_changes", "recodings", "tallies_stale", "to_code"})


@dataclass(frozen=True, slots=True)
class Kept:
    """One row: what is kept, in which tables of the database or in which file, and until when."""

    what: str
    tables: tuple[str, ...]
    until: str
    file: str = FILE


def kept(t: Texts, settings: Settings) -> Iterator[Kept]:
    """Everything that is kept, nearest to the person last."""
    study = t.gettext("until the study ends, or until you send /forget")
    yield Kept(
        t.gettext("answers with their corrections"),
        ("answers", "answer_versions", "messages"),
        study,
    )
    yield Kept(
        t.gettext("what your answers are about, as the program, researchers and you see it"),
        ("units", "codings", "coding_codes", "draws", "reviews", "reasons", "tallies"),
        study,
    )
    yield Kept(t.gettext("answers that need a quick look, with a note"), ("urgent_cases",), study)
    yield Kept(
        t.gettext("role, job title, school and its place; what you agreed to and when; when you were reminded"),
        ("respondents", "interviews", "schools", "reminders"),
        study,
    )
    yield Kept(
        t.gettext("invitations, only as checksums"),
        ("referrals", "member_links", "role_invitations", "failed_invitations"),
        t.gettext("until the study ends"),
    )
    yield Kept(
        t.gettext("number of your Telegram chat and the step of the conversation"),
        ("chats", "marks"),
        t.gettext(
            "until {link} days after the round, longer if you allow us to ask again; without any answer until "
            "{unanswered} days of silence; or until /forget",
            link=settings.keep_link_days, unanswered=settings.keep_unanswered_days,
        ),
    )  # fmt: skip
    hours = int(KEEP.total_seconds()) // 3600
    yield Kept(
        t.gettext("messages on their way"),
        ("inbox", "outbox"),
        t.gettext(
            "until they are handled or sent, their numbers {hours} hours more; what could not be, {dead} days",
            hours=hours, dead=settings.keep_dead_letters_days,
        ),
    )  # fmt: skip
    yield Kept(
        t.gettext("coordinators, researchers and coders: their chat, role and district"),
        ("members", "subscriptions"),
        t.gettext("until the right is withdrawn; then only a code"),
    )
    yield Kept(
        t.gettext("which digests went out, what was done about a barrier, what respondents were told of it"),
        ("deliveries", "actions", "publications"),
        t.gettext("until the study ends"),
    )
    yield Kept(t.gettext("copies of answers to train the program, only if you allow it"), (), study, "snapshots/")
    yield Kept(
        t.gettext("who has been erased, only as a checksum of the chat"),
        ("suppressed",),
        t.gettext("as long as the database, so that no backup brings anybody back"),
        f"{FILE}, {LIST_FILE}",
    )
    yield Kept(
        t.gettext("backups of the database"), (), t.gettext("{days} days", days=settings.backup_days), "backups/"
    )
    yield Kept(
        t.gettext("the key that codes are computed with"),
        (),
        t.gettext("as long as the database; in no backup"),
        KEY_FILE,
    )


def kept_table(t: Texts, settings: Settings) -> str:
    """The rows as a Markdown table."""
    header = (t.gettext("what is kept"), t.gettext("where"), t.gettext("how long"))
    rows = [header, ("---",) * 3]
    for one in kept(t, settings):
        where = f"`{one.file}`" + (f": {', '.join(one.tables)}" if one.tables else "")
        rows.append((one.what, where, one.until))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)

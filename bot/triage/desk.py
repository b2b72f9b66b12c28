"""Urgent answers at the desk: told at once to the coordinators whose scope covers them, closed by one with a note.

Only coordinators read them, in full and character for character, with the school, because help needs a place. Whoever
closes a case first has closed it for all. Left out: the rules (`classifier.urgent`) and answering the respondent, whose
name nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.channels.message import Button, Message
from bot.channels.texts import Texts, texts_for
from bot.delivery.saying import say
from bot.interview.guide import Guide
from bot.staff.desk import Entry, Request
from bot.staff.words import scope_name
from bot.store import members, triage
from bot.store.database import Store, moment

READERS = frozenset({"coordinator"})
# Cases in one reply to /urgent; the others come when these are closed.
SHOWN = 10


class Triage:
    """The room of urgent answers."""

    def __init__(self, guide: Guide) -> None:
        self._guide = guide

    def entries(self) -> Mapping[str, Entry]:
        """The handlers by name."""
        return {
            "urgent": Entry(READERS, self._urgent, lambda t: t.gettext("answers that cannot wait")),
            "close": Entry(READERS, self._close),
        }

    def announce(self, store: Store, case_id: int, at: datetime) -> bool:
        """Queue a case for all who may read it, once each, however often called; False where nobody may."""
        case = triage.open_case(store, case_id, members.EVERYWHERE)
        if case is None:
            return True
        readers = members.covering(store, READERS, case.district)
        for reader in readers:
            cause = f"urgent:{case_id}:{reader.member_id}"
            say(store, reader.chat_key, [self._shown(case, texts_for(reader.language))], cause, at)
        return bool(readers)

    def _urgent(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        cases = triage.open_cases(store, request.member.scope)
        if not cases:
            return [Message("text", t.gettext("No urgent answer is open."))]
        number = len(cases)
        count = t.ngettext(
            "{number} urgent answer is open.", "{number} urgent answers are open.", number, number=number
        )
        return [Message("text", count), *(self._shown(case, t) for case in cases[:SHOWN])]

    def _close(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        member, number = request.member, request.argument
        case = triage.open_case(store, int(number), member.scope) if number.isdecimal() else None
        if case is None:
            return [Message("text", t.gettext("This case is closed already."))]
        if request.text is None:
            members.expect(store, member, "close", number, request.at)
            asked = t.gettext("What was done? Write it in a sentence or two, without names. /cancel – leave it open.")
            return [Message("text", asked)]
        triage.close(store, case.case_id, member.member_key, request.text.strip(), request.at)
        return [Message("text", t.gettext("The case is closed with your note. Thank you."))]

    def _shown(self, case: triage.Case, t: Texts) -> Message:
        lines = [t.gettext("❗ An answer that cannot wait"), self._place(case, t), "", case.text, ""]
        lines.append(t.gettext("Danger right now: 112. Child and family line: 111."))
        button = Button(t.gettext("Close with a note"), f"close:{case.case_id}")
        return Message("text", "\n".join(lines), ((button,),))

    def _place(self, case: triage.Case, t: Texts) -> str:
        roles = {one.id: one.label for one in self._guide.roles}
        role = roles.get(case.role or "", {}).get(t.language)
        district = scope_name(case.district, self._guide.places, t) if case.district else None
        question = t.gettext("Question {number}", number=case.question) if case.question else None
        known = (district, case.school, role, question, t.time(moment(case.opened_at)))
        return " · ".join(part for part in known if part)

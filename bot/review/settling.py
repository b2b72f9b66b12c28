"""/adjudicate: an answer on which people differ, all their codings beside it, and one that counts from then on.

Taking over one of the codings is one tap, then the reason is chosen or written. The reason is kept with the coding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.channels.message import Message
from bot.channels.notices import notice
from bot.channels.texts import Texts
from bot.interview.guide import Guide
from bot.review.coding import Press, pressed, reviewer
from bot.review.draft import Draft, draft_of, from_json, pairs_of, press, to_json
from bot.review.words import Rows, Words
from bot.staff.desk import Entry, Request
from bot.store import disputes, members, reviews
from bot.store.codings import Coding
from bot.store.database import Store
from bot.store.disputes import Side
from bot.store.reviews import Review, State
from classifier.codebook import Codebook

NAME = "adjudicate"
ROLES = frozenset({"coordinator", "researcher"})
# Characters of a reason that are kept.
LONGEST_REASON = 1000


class Settlers:
    """The desk of those who settle differences."""

    def __init__(self, guide: Guide, codebook: Codebook) -> None:
        self._guide = guide
        self._codebook = codebook

    def entries(self) -> Mapping[str, Entry]:
        """The handlers by name."""
        return {NAME: Entry(ROLES, self.take, lambda t: t.gettext("settle where codings differ"))}

    def take(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        """The command, one of its buttons, or the reason that was asked for."""
        desk = _Turn(self._guide, self._codebook, store, request, t)
        said = pressed(request)
        return desk.start() if said is None else desk.press(said)


class _Turn:
    """One request of one person who settles."""

    def __init__(self, guide: Guide, codebook: Codebook, store: Store, request: Request, t: Texts) -> None:
        self._words = Words(guide, codebook, t, NAME)
        self._codebook = codebook
        self._store = store
        self._request = request
        self._who = reviewer(request)
        self._now = request.at
        self._t = t

    def start(self) -> list[Message]:
        """What is open, or the next difference."""
        review = reviews.open_review(self._store, self._who.chat_key, settling=True)
        if review is None:
            return self._next()
        if lost := self._lost(review):
            return lost
        return self._shown(review, from_json(review.draft))

    def press(self, said: Press) -> list[Message]:
        """What a button does, or a written reason."""
        review = reviews.review_of(self._store, self._who.chat_key, said.review_id)
        if review is None and reviews.open_review(self._store, self._who.chat_key, settling=True) is None:
            return [*self._words.gone(self._request.message_id), *self._next()]
        if review is None or review.state != "open" or review.turn != said.turn:
            return [Message("toast", notice("stale", {}, self._t))]
        if lost := self._lost(review):
            return lost
        draft = from_json(review.draft)
        if self._request.text is not None:
            return self._reasoned(review, draft, said.option, self._request.text)
        return self._chosen(review, draft, said.option)

    def _chosen(self, review: Review, draft: Draft, option: str) -> list[Message]:
        sides = disputes.sides(self._store, review.unit_id)
        reasons = _reasons(self._t)
        match option[:4], option[4:]:
            case "take", number if number.isdecimal() and int(number) < len(sides):
                taken = draft_of(sides[int(number)].codes, self._codebook)
                return self._redrawn(review, replace(taken, page="reason"))
            case "save", "" if draft.categories:
                return self._redrawn(review, replace(draft, page="reason"))
            case "none", "":
                return self._redrawn(review, Draft(page="reason"))
            case "skip", "":
                said = self._t.gettext("passed over")
                return self._closed(review, "skipped", said, self._request.message_id)
            case "why:", name if name in reasons and draft.page == "reason":
                return self._settled(review, draft, reasons[name], self._request.message_id)
        turned = press(draft, option, self._codebook)
        return [Message("toast", notice("stale", {}, self._t))] if turned is None else self._redrawn(review, turned)

    def _reasoned(self, review: Review, draft: Draft, target: str, text: str) -> list[Message]:
        """A written reason. `target`: the message in which it was asked for."""
        reason = text.strip()[:LONGEST_REASON]
        if not reason or draft.page != "reason":
            return self._shown(review, draft)
        return self._settled(review, draft, reason, int(target) if target.isdecimal() else None)

    def _settled(self, review: Review, draft: Draft, reason: str, target: int | None) -> list[Message]:
        # Not the name of their own codings: renewing one of those must not take the place of this one.
        coder = self._who.coder.replace("person:", "adjudicator:", 1)
        coding = Coding(coder, "adjudicated", self._codebook.version)
        pairs = pairs_of(draft, self._codebook)
        disputes.settle(self._store, review.unit_id, coding, pairs, reason, self._now)
        return self._closed(review, "saved", f"✓ {self._words.coding(pairs)}. {reason}", target)

    def _closed(self, review: Review, state: State, said: str, target: int | None) -> list[Message]:
        reviews.close(self._store, review.review_id, state, self._now)
        return [*self._words.decided(review, said, target), *self._next()]

    def _lost(self, review: Review) -> list[Message]:
        if not review.current:
            said = self._t.gettext("This answer has been changed by its author meanwhile.")
        elif review.unit_id not in disputes.disputed(self._store, self._who, self._codebook.version, self._now):
            said = self._t.gettext("This difference has been settled meanwhile.")
        else:
            return []
        return self._closed(review, "gone", said, self._request.message_id)

    def _next(self) -> list[Message]:
        waiting = disputes.disputed(self._store, self._who, self._codebook.version, self._now)
        if not waiting:
            return [Message("text", self._t.gettext("No differences wait to be settled."))]
        review = reviews.claim(
            self._store,
            self._who.chat_key,
            waiting[0],
            to_json(Draft()),
            self._request.cause,
            self._now,
            settling=True,
        )
        left = len(waiting) - 1
        more = [self._t.ngettext("{number} more waits.", "{number} more wait.", left, number=left)] if left else []
        return self._shown(review, Draft(), more)

    def _shown(self, review: Review, draft: Draft, more: Sequence[str] = ()) -> list[Message]:
        self._keep(review, draft)
        sides = disputes.sides(self._store, review.unit_id)
        notes = [*self._notes(sides, draft), *more]
        return self._words.shown(review, notes, self._buttons(review, draft, sides))

    def _redrawn(self, review: Review, draft: Draft) -> list[Message]:
        self._keep(review, draft)
        sides = disputes.sides(self._store, review.unit_id)
        panel = self._words.panel(review, self._notes(sides, draft), self._buttons(review, draft, sides))
        target = self._request.message_id
        return [panel if target is None else Message("redraw", panel.text, panel.buttons, target=target)]

    def _keep(self, review: Review, draft: Draft) -> None:
        """Keep what is chosen; where the reason is what is missing, the next text is taken for it."""
        reviews.keep_draft(self._store, review.review_id, to_json(draft), self._request.cause, self._now)
        if draft.page == "reason":
            data = f"{review.review_id}.{review.turn}:{self._request.message_id}"
            members.expect(self._store, self._request.member, NAME, data, self._now)

    def _notes(self, sides: Sequence[Side], draft: Draft) -> list[str]:
        lines = [f"{number}. {self._side(side)}" for number, side in enumerate(sides, 1)]
        if len(sides) < 2:
            lines.append(self._t.gettext("Somebody was unsure of this answer."))
        notes = ["\n".join(lines)]
        if draft.page == "reason":
            chosen = self._words.coding(pairs_of(draft, self._codebook))
            notes.append(self._t.gettext("To count from now on: {coding}", coding=chosen))
            notes.append(self._t.gettext("Why? Choose a reason or write it."))
        return notes

    def _side(self, side: Side) -> str:
        marks = []
        if side.kind == "adjudicated":
            marks.append(self._t.gettext("settled earlier"))
        if side.coder == self._who.coder:
            marks.append(self._t.gettext("Yours"))
        if side.codebook_version != self._codebook.version:
            marks.append(self._t.gettext("by an earlier codebook"))
        said = self._words.coding(side.codes)
        return f"{said} ({', '.join(marks)})" if marks else said

    def _buttons(self, review: Review, draft: Draft, sides: Sequence[Side]) -> Rows:
        words = self._words
        if draft.page == "reason":
            rows = tuple((words.button(review, text, f"why:{name}"),) for name, text in _reasons(self._t).items())
            return (*rows, (words.button(review, self._t.gettext("Back"), "categories"),))
        chosen = words.choosing(review, draft, None)
        if draft.page == "codes":
            return chosen
        takes = tuple(
            (words.button(review, f"✓ {number}. {words.coding(side.codes)}", f"take{number - 1}"),)
            for number, side in enumerate(sides, 1)
        )
        return (*takes, *chosen, (words.button(review, self._t.gettext("Skip"), "skip"),))


def _reasons(t: Texts) -> dict[str, str]:
    """What differences mostly come from."""
    return {
        "overlooked": t.gettext("Overlooked in the text"),
        "not_said": t.gettext("Not said in the text"),
        "rule": t.gettext("The codebook says otherwise"),
    }

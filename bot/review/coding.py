"""/review: one answer at a time. What is proposed is saved with one tap, and the next answer comes at once.

Buttons carry the review and its turn: what is pressed a second time, or hangs on an earlier turn, no longer counts. An
answer that was edited, erased or coded by others meanwhile is said to be so, and the next one comes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.channels.message import Message
from bot.channels.notices import notice
from bot.channels.texts import Texts
from bot.interview.guide import Guide
from bot.review.draft import Draft, from_json, pairs_of, press, to_json
from bot.review.queue import Queue
from bot.review.words import Rows, Words
from bot.staff.desk import EVERYBODY, Entry, Request
from bot.store import codings, reviews
from bot.store.codings import Coding
from bot.store.database import Store
from bot.store.reviews import Review, Reviewer, State
from classifier.codebook import Codebook

NAME = "review"
_PRESSED = re.compile(r"(\d{1,18})\.(\d{1,9}):(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button, or an asked text: the review, its turn, and what is wanted."""

    review_id: int
    turn: int
    option: str


def pressed(request: Request) -> Press | None:
    """What a button's data say; None for the command itself."""
    found = _PRESSED.fullmatch(request.argument)
    return Press(int(found[1]), int(found[2]), found[3]) if found else None


def reviewer(request: Request) -> Reviewer:
    """The member as the store knows reviewers."""
    return Reviewer(request.member.chat_key, request.member.scope, f"person:{request.member.member_key}")


class Coders:
    """The desk of those who code."""

    def __init__(self, guide: Guide, codebook: Codebook, share: float) -> None:
        self._guide = guide
        self._codebook = codebook
        self._queue = Queue(codebook, share)

    def entries(self) -> Mapping[str, Entry]:
        """The handlers by name."""
        return {NAME: Entry(EVERYBODY, self.take, lambda t: t.gettext("code answers, one after the other"))}

    def take(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        """The command, or one of its buttons."""
        desk = _Turn(self._guide, self._codebook, self._queue, store, request, t)
        said = pressed(request)
        return desk.start() if said is None else desk.press(said)


class _Turn:
    """One request of one reviewer."""

    def __init__(
        self, guide: Guide, codebook: Codebook, queue: Queue, store: Store, request: Request, t: Texts
    ) -> None:
        self._words = Words(guide, codebook, t, NAME)
        self._codebook = codebook
        self._queue = queue
        self._store = store
        self._request = request
        self._who = reviewer(request)
        self._now = request.at
        self._t = t

    def start(self) -> list[Message]:
        """What is open, or the next answer."""
        review = reviews.open_review(self._store, self._who.chat_key)
        if review is None:
            return self._next()
        if lost := self._lost(review):
            return lost
        return self._shown(review, from_json(review.draft), None)

    def press(self, said: Press) -> list[Message]:
        """What a button does."""
        review = reviews.review_of(self._store, self._who.chat_key, said.review_id)
        if review is None and reviews.open_review(self._store, self._who.chat_key) is None:
            return [*self._words.gone(self._request.message_id), *self._next()]
        if review is None or review.state != "open" or review.turn != said.turn:
            return [Message("toast", notice("stale", {}, self._t))]
        if lost := self._lost(review):
            return lost
        return self._decided(review, said.option)

    def _decided(self, review: Review, option: str) -> list[Message]:
        draft = from_json(review.draft)
        match option:
            case "save" if draft.categories:
                return self._save(review, draft)
            case "none":
                return self._save(review, Draft())
            case "leave" if draft.saved:
                return self._closed(review, "saved", self._t.gettext("left as it was"))
            case "skip" if not draft.saved:
                return self._closed(review, "skipped", self._t.gettext("passed over"))
            case "unsure" if not draft.saved:
                return self._closed(review, "unsure", self._t.gettext("unsure, others will decide"))
            case "undo" if not draft.saved:
                return self._undo(review)
        turned = press(draft, option, self._codebook)
        if turned is None:
            return [Message("toast", notice("stale", {}, self._t))]
        return self._redrawn(review, turned)

    def _save(self, review: Review, draft: Draft) -> list[Message]:
        coding = Coding(self._who.coder, "human", self._codebook.version)
        pairs = pairs_of(draft, self._codebook)
        codings.code_unit(self._store, review.unit_id, coding, [(*pair, None) for pair in pairs], self._now)
        return self._closed(review, "saved", "✓ " + self._words.coding(pairs))

    def _closed(self, review: Review, state: State, said: str) -> list[Message]:
        reviews.close(self._store, review.review_id, state, self._now)
        return [*self._words.decided(review, said, self._request.message_id), *self._next()]

    def _lost(self, review: Review) -> list[Message]:
        """What is said where the answer is no longer this person's to code, and the next one; nothing where it is."""
        if not review.current:
            said = self._t.gettext("This answer has been changed by its author meanwhile.")
        elif reviews.taken(self._store, review, self._who, self._now):
            said = self._t.gettext("Another person has taken this answer meanwhile.")
        else:
            return []
        return self._closed(review, "gone", said)

    def _undo(self, review: Review) -> list[Message]:
        """Give this answer back and open the one before again."""
        last = reviews.last_closed(self._store, self._who.chat_key)
        if last is None or reviews.taken(self._store, last, self._who, self._now):
            return [Message("toast", self._t.gettext("There is nothing to take back."))]
        reviews.close(self._store, review.review_id, "gone", self._now)
        fresh = self._queue.fresh(self._store, last.unit_id, self._who, doubled=last.doubled)
        draft = replace(fresh, saved=last.state == "saved")
        again = reviews.claim(
            self._store, self._who.chat_key, last.unit_id, to_json(draft), self._request.cause, self._now
        )
        put_back = self._words.decided(review, self._t.gettext("comes back later"), self._request.message_id)
        return [*put_back, *self._shown(again, draft, None)]

    def _next(self) -> list[Message]:
        found = self._queue.next(self._store, self._who, self._request.cause, self._now)
        if found is None:
            return [Message("text", self._t.gettext("Nothing waits to be coded. Thank you!"))]
        return self._shown(found.review, from_json(found.review.draft), found.left)

    def _shown(self, review: Review, draft: Draft, left: int | None) -> list[Message]:
        reviews.keep_draft(self._store, review.review_id, to_json(draft), self._request.cause, self._now)
        notes = self._notes(review, draft)
        if left:
            notes.append(self._t.ngettext("{number} more waits.", "{number} more wait.", left, number=left))
        return self._words.shown(review, notes, self._buttons(review, draft))

    def _redrawn(self, review: Review, draft: Draft) -> list[Message]:
        reviews.keep_draft(self._store, review.review_id, to_json(draft), self._request.cause, self._now)
        panel = self._words.panel(review, self._notes(review, draft), self._buttons(review, draft))
        target = self._request.message_id
        return [panel if target is None else Message("redraw", panel.text, panel.buttons, target=target)]

    def _notes(self, review: Review, draft: Draft) -> list[str]:
        """What is known of the answer besides its text."""
        own = reviews.coding_of(self._store, review.unit_id, self._who.coder)
        if own is not None:
            said = self._words.coding(own)
            if draft.saved:
                return [self._t.gettext("Saved: {coding}. It counts until you save another coding.", coding=said)]
            return [self._t.gettext("You coded this by an earlier codebook: {coding}", coding=said)]
        if review.doubled:
            return [self._t.gettext("Two people code this answer apart, so nothing is proposed.")]
        proposal = reviews.coding_of(self._store, review.unit_id)
        return [] if proposal is None else [self._t.gettext("Model: {coding}", coding=self._words.coding(proposal))]

    def _buttons(self, review: Review, draft: Draft) -> Rows:
        proposal = self._queue.proposal(self._store, review.unit_id, self._who, doubled=review.doubled)
        rows = self._words.choosing(review, draft, proposal)
        if draft.page == "codes":
            return rows
        if draft.saved:
            return (*rows, (self._words.button(review, self._t.gettext("Leave as it is"), "leave"),))
        beside = [(self._t.gettext("Unsure"), "unsure"), (self._t.gettext("Skip"), "skip")]
        rows = (*rows, tuple(self._words.button(review, label, option) for label, option in beside))
        if reviews.last_closed(self._store, self._who.chat_key):
            rows = (*rows, (self._words.button(review, self._t.gettext("Undo the last one"), "undo"),))
        return rows

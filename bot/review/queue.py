"""The next answer for a reviewer, and the claim on it.

First what a second person is to code, so that pairs get complete; then the answers that nobody has coded, the most
useful first (`classifier.priority`); last what this person coded by an earlier codebook.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.review.draft import Draft, Pairs, draft_of, drawn, to_json
from bot.store import reviews
from bot.store.database import Store
from bot.store.reviews import Review, Reviewer, Waiting
from classifier.codebook import Codebook
from classifier.priority import Candidate, order


@dataclass(frozen=True, slots=True)
class Next:
    """An answer that has just been claimed, and how many wait after it."""

    review: Review
    left: int


@dataclass(frozen=True, slots=True)
class Queue:
    """Chooses and claims. `share`: the part of the answers that two people code."""

    codebook: Codebook
    share: float

    def next(self, store: Store, who: Reviewer, cause: str, now: datetime) -> Next | None:
        """Claim the next answer for this person; None where nothing waits for them."""
        waiting = reviews.waiting(store, who, self.codebook.version, now)
        if not waiting:
            return None
        one = _first(store, waiting)
        doubled = reviews.draw(store, one.unit_id, drawn(one.answer_id, one.version, self.share), now)
        draft = self.fresh(store, one.unit_id, who, doubled=doubled)
        return Next(reviews.claim(store, who.chat_key, one.unit_id, to_json(draft), cause, now), len(waiting) - 1)

    def fresh(self, store: Store, unit_id: int, who: Reviewer, *, doubled: bool) -> Draft:
        """What is chosen before anything is pressed: what is proposed, or nothing."""
        return draft_of(self.proposal(store, unit_id, who, doubled=doubled), self.codebook)

    def proposal(self, store: Store, unit_id: int, who: Reviewer, *, doubled: bool) -> Pairs | None:
        """Their own earlier coding, else what the model says; nothing where two people code without seeing either."""
        own = reviews.coding_of(store, unit_id, who.coder)
        return own if own is not None else None if doubled else reviews.coding_of(store, unit_id)


def _first(store: Store, waiting: list[Waiting]) -> Waiting:
    """The one to take: by stage, and of those that nobody has coded the most useful."""
    by_stage = {stage: [one for one in waiting if one.stage == stage] for stage in ("second", "first", "recode")}
    if by_stage["second"] or not by_stage["first"]:
        return next(one for stage in by_stage.values() for one in stage)
    candidates = [
        Candidate(str(one.unit_id), one.scores, one.lang, one.question, one.confirmed) for one in by_stage["first"]
    ]
    (best,) = order(candidates, reviews.coded_so_far(store), 1)
    return next(one for one in by_stage["first"] if str(one.unit_id) == best.key)

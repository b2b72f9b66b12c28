"""What people should code next, in the order of the review, with the reason in words.

The current model reads the answers anew, because the views hold its verdict and not its doubts. Only answers that may
be trained on, in the version that stands, and that no person has coded.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from classifier.codebook import Codebook
from classifier.coding import Scorer
from classifier.priority import Candidate, Coded, Pick, order
from training.views import PEOPLE, WEAKER, Answer, answers, coded_answers


@dataclass(frozen=True, slots=True)
class Next:
    """An answer to code and why."""

    answer: Answer
    why: str


def upnext(home: Path, coder: Scorer, count: int) -> list[Next]:
    """The `count` most useful answers, most useful first. Raises SnapshotError without a database."""
    coded = coded_answers(home)
    settled = [one for one in coded if one.source in PEOPLE]
    done = {one.answer_id for one in settled}
    confirmed = {one.answer_id for one in coded if one.source == WEAKER}
    waiting = {str(one.answer_id): one for one in answers(home) if one.answer_id not in done}
    scores = coder.score([one.text for one in waiting.values()], [one.question for one in waiting.values()])
    ids = coder.codebook.category_ids
    candidates = [
        Candidate(key, dict(zip(ids, row.tolist(), strict=True)), one.lang, one.question, one.answer_id in confirmed)
        for (key, one), row in zip(waiting.items(), scores.categories, strict=True)
    ]
    so_far = Coded(
        len(settled),
        Counter(category for one in settled for category in one.categories),
        Counter(one.lang for one in settled if one.lang),
    )
    known = {one.key: one.scores for one in candidates}
    picks = order(candidates, so_far, count)
    return [Next(waiting[pick.key], _why(pick, known[pick.key].get(pick.category or "", 0.0), coder)) for pick in picks]


def _why(pick: Pick, probability: float, coder: Scorer) -> str:
    category = _name(pick.category, coder.codebook)
    if pick.why == "rare":
        return f"probably an example of {category} ({probability:.2f}), of which there are few"
    return f"the model is unsure of {category} ({probability:.2f})"


def _name(category: str | None, codebook: Codebook) -> str:
    return codebook.category(category).name.en if category else "everything"

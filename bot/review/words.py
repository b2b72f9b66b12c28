"""An answer on a reviewer's screen: its question, the text as it was written, what was made of it, and the buttons.

The text of an answer comes back character for character. Where it does not fit into one message with the rest, it goes
before it in messages of its own, whole. Once decided, the message shrinks to one line and its buttons go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.channels.keyboards import CHOSEN, LONGEST, OPEN
from bot.channels.message import TEXT_LIMIT, Button, Message, units
from bot.channels.texts import Texts
from bot.interview.guide import Guide
from bot.review.draft import Draft, Pairs, complete, draft_of, offered_codes
from bot.store.reviews import Review
from classifier.codebook import Codebook

# UTF-16 units kept free for what is said about an answer below it.
NOTES_ROOM = 1500

Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """How answers are shown in one language. `name`: what stands before ":" in the data of their buttons."""

    guide: Guide
    codebook: Codebook
    t: Texts
    name: str

    def shown(self, review: Review, notes: Sequence[str], buttons: Rows) -> list[Message]:
        """The messages of an answer that comes onto the screen; the last one has the buttons."""
        panel = self.panel(review, notes, buttons)
        if self._fits(review):
            return [panel]
        return [Message("text", self.heading(review)), Message("text", review.text), panel]

    def panel(self, review: Review, notes: Sequence[str], buttons: Rows) -> Message:
        """The message with the buttons: with the answer in it where there is room."""
        above = (
            [self.heading(review), review.text] if self._fits(review) else [self.t.gettext("The answer stands above.")]
        )
        return Message("text", "\n\n".join([*above, *notes]), buttons)

    def _fits(self, review: Review) -> bool:
        return units(self.heading(review)) + units(review.text) <= TEXT_LIMIT - NOTES_ROOM

    def heading(self, review: Review) -> str:
        """Number and wording of the question."""
        language = self.t.language if self.t.language in ("kk", "ru") else review.lang or "kk"
        return f"{review.question}. {self.guide.question(review.question).text[language]}"

    def decided(self, review: Review, said: str, target: int | None) -> list[Message]:
        """What is left of a message once its answer is decided: one line, no buttons."""
        line = self.t.gettext("Question {number}", number=review.question)
        return [] if target is None else [Message("redraw", f"{line}: {said}", target=target)]

    def gone(self, target: int | None) -> list[Message]:
        """In place of an answer whose author has taken it back."""
        said = self.t.gettext("This answer is no longer there: its author has taken it back.")
        return [Message("text", said) if target is None else Message("redraw", said, target=target)]

    def coding(self, pairs: Pairs) -> str:
        """A coding in words: each category with its descriptive codes."""
        if not pairs:
            return self.t.gettext("no barrier")
        parts = []
        for category in dict.fromkeys(category for category, _ in pairs):
            codes = [self.code(code) for own, code in pairs if own == category and code]
            parts.append(self.category(category) + (f" ({', '.join(codes)})" if codes else ""))
        return "; ".join(parts)

    def category(self, name: str) -> str:
        """The name of a category; the id where the codebook does not have it."""
        known = name in self.codebook.category_ids
        return self.codebook.category(name).name.of(self.t.language) if known else name

    def code(self, name: str) -> str:
        """The name of a descriptive code; the id where the codebook does not have it."""
        return self.codebook.code(name).name.of(self.t.language) if name in self.codebook.code_ids else name

    def button(self, review: Review, label: str, option: str) -> Button:
        """A button of this turn of the review."""
        short = label if len(label) <= LONGEST else label[: LONGEST - 1] + "…"
        return Button(short, f"{self.name}:{review.review_id}.{review.turn}:{option}")

    def choosing(self, review: Review, draft: Draft, proposal: Pairs | None) -> Rows:
        """The buttons by which categories or codes are chosen. `proposal`: what one tap takes over, if untouched."""
        return self._codes(review, draft) if draft.page == "codes" else self._categories(review, draft, proposal)

    def _categories(self, review: Review, draft: Draft, proposal: Pairs | None) -> Rows:
        """First what most people will press, then the categories, then no barrier."""
        chosen = ", ".join(self.category(one) for one in draft.categories)
        save = self.button(review, "✓ " + chosen, "save")
        codes = self.button(review, self.t.gettext("Choose the codes"), "codes")
        proposed = draft_of(proposal, self.codebook)
        untouched = proposal is not None and (draft.categories, draft.codes) == (proposed.categories, proposed.codes)
        first = [(save,), (codes,)] if untouched or complete(draft, self.codebook) else [(codes,)]
        names = [
            (self.turning(review, self.category(one), one, one in draft.categories),)
            for one in self.codebook.category_ids
        ]
        none = self.button(review, ("" if draft.categories else "✓ ") + self.t.gettext("No barrier"), "none")
        if draft.categories:
            return (*first, *names, (none,))
        return ((none,), *names) if proposal is not None else (*names, (none,))

    def _codes(self, review: Review, draft: Draft) -> Rows:
        names = [
            (self.turning(review, self.code(one), one, one in draft.codes),)
            for one in offered_codes(draft, self.codebook)
        ]
        save = self.button(review, "✓ " + self.t.gettext("Save"), "save")
        return (*names, (save,), (self.button(review, self.t.gettext("Back"), "categories"),))

    def turning(self, review: Review, label: str, name: str, chosen: bool) -> Button:
        """A button that chooses what is not chosen, or takes it out; its data say which."""
        return self.button(review, (CHOSEN if chosen else OPEN) + label, ("-" if chosen else "+") + name)

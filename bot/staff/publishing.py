"""`/publish`: tell the respondents who agreed to be contacted what their answers led to.

Written in Kazakh and Russian, shown as they will read it, and sent only after a second tap. The note that it is
published and all its messages are one commit, each under its own cause: nobody gets it twice, whoever taps how often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.channels.message import Button, Message
from bot.channels.texts import Texts, texts_for
from bot.delivery.saying import say
from bot.staff.desk import Entry, Request
from bot.store import feedback, members
from bot.store.database import Store
from bot.store.feedback import Draft

PUBLISHERS = frozenset({"coordinator"})
# With its frame it stays one message.
LONGEST = 3000
# Sent instead of a Russian text.
NONE = frozenset({"-", "–", "—"})


class Publishing:
    """The room of publications. `least`: the smallest number of people that is told."""

    def __init__(self, round_: str, least: int) -> None:
        self._round = round_
        self._least = least

    def entries(self) -> Mapping[str, Entry]:
        """The handlers by name."""
        return {
            "publish": Entry(
                PUBLISHERS, self._publish, lambda t: t.gettext("tell respondents what their answers led to")
            )
        }

    def _publish(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        step, _, number = request.argument.partition(":")
        if step == "kk" and request.text is not None:
            return self._written(store, request, request.text, t)
        draft = feedback.draft_of(store, int(number), request.member) if number.isdecimal() else None
        if step in ("ru", "send", "drop") and draft is None:
            return [Message("text", t.gettext("This draft is sent or dropped already. /publish – a new one."))]
        if draft is None:
            return self._begin(store, request, t)
        match step:
            case "ru" if request.text is not None:
                return self._completed(store, request, draft, request.text, t)
            case "send":
                return self._send(store, request, draft, t)
            case "drop":
                feedback.drop(store, draft.publication_id)
                return [Message("text", t.gettext("Dropped. Nobody has received anything."))]
        return self._begin(store, request, t)

    def _begin(self, store: Store, request: Request, t: Texts) -> Sequence[Message]:
        if not feedback.recipients(store, request.member.scope, self._round):
            return [Message("text", t.gettext("No respondent of your scope has agreed to be contacted yet."))]
        members.expect(store, request.member, "publish", "kk", request.at)
        return [Message("text", t.gettext("Write in Kazakh what the answers have led to. /cancel – leave it."))]

    def _written(self, store: Store, request: Request, said: str, t: Texts) -> Sequence[Message]:
        if refused := _too_long(said, t):
            members.expect(store, request.member, "publish", "kk", request.at)
            return refused
        number = feedback.draft(store, request.member, self._round, said.strip(), request.at)
        members.expect(store, request.member, "publish", f"ru:{number}", request.at)
        return [
            Message("text", t.gettext("Now the same in Russian. Send – (a dash) if all shall read the Kazakh text."))
        ]

    def _completed(self, store: Store, request: Request, draft: Draft, said: str, t: Texts) -> Sequence[Message]:
        if refused := _too_long(said, t):
            members.expect(store, request.member, "publish", f"ru:{draft.publication_id}", request.at)
            return refused
        feedback.complete(store, draft.publication_id, None if said.strip() in NONE else said.strip())
        ready = feedback.draft_of(store, draft.publication_id, request.member)
        assert ready is not None
        shown = [Message("text", words_for(ready, language)) for language in ("kk", "ru")]
        number = len(feedback.recipients(store, ready.scope, ready.round))
        people = t.number(number) if number >= self._least else t.gettext("fewer than {number}", number=self._least)
        buttons = (
            (Button(t.gettext("Send it"), f"publish:send:{ready.publication_id}"),),
            (Button(t.gettext("Do not send"), f"publish:drop:{ready.publication_id}"),),
        )
        return [
            *shown,
            Message("text", t.gettext("This is how they will read it. People: {people}.", people=people), buttons),
        ]

    def _send(self, store: Store, request: Request, draft: Draft, t: Texts) -> Sequence[Message]:
        feedback.publish(store, draft.publication_id, request.at)
        for one in feedback.recipients(store, draft.scope, draft.round):
            cause = f"publication:{draft.publication_id}:{one.interview_id}"
            say(store, one.chat_key, [Message("text", words_for(draft, one.language))], cause, request.at)
        return [Message("text", t.gettext("It is on its way. Thank you for telling them."))]


def words_for(draft: Draft, language: str) -> str:
    """What a respondent reads."""
    t = texts_for(language)
    before = t.gettext(
        "Hello! You took part in the interviews about inclusive education. Your answers have led to this:"
    )
    after = t.gettext("You get this message because you agreed to be contacted again. To delete everything: /forget")
    return f"{before}\n\n{draft.words(language)}\n\n{after}"


def _too_long(said: str, t: Texts) -> list[Message]:
    if len(said.encode("utf-16-le")) // 2 <= LONGEST and said.strip():
        return []
    return [Message("text", t.gettext("Write at most {number} characters, please.", number=LONGEST))]

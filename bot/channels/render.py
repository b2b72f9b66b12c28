"""Action -> messages: what the engine wants shown, in the respondent's language, the same for every channel.

The engine's state says where the conversation stands; what else a message needs (own answers, a link, counts) comes
in `Facts`, which the host fills. Texts are plain; what is too long for one message goes on in the next.
"""

from __future__ import annotations

from bot.channels.copy import copy_text
from bot.channels.facts import Facts, Study
from bot.channels.keyboards import CHOSEN, OPEN, Keyboards
from bot.channels.message import Message
from bot.channels.notices import minutes_left, notice
from bot.channels.texts import Texts, texts_for
from bot.interview.actions import (
    Action,
    Ask,
    Probe,
    Refresh,
    Say,
    SendCopy,
    SendInvitation,
    ShowSummary,
    Toast,
)
from bot.interview.answering import status_values
from bot.interview.guide import Guide
from bot.interview.state import State, question_of_step
from classifier.codebook import Codebook

# Characters of an own answer shown again beside its categories.
LONGEST_QUOTE = 300
HINTED = (1, 2)


class Renderer:
    """Turns actions to show into messages."""

    def __init__(self, guide: Guide, codebook: Codebook, study: Study) -> None:
        self.keyboards = Keyboards(guide, codebook)
        self._guide = guide
        self._codebook = codebook
        self._study = study

    def render(self, action: Action, state: State, facts: Facts) -> tuple[Message, ...]:
        """The messages of one action. Raises TypeError for an action that shows nothing."""
        t = texts_for(state.language)
        match action:
            case Ask(step):
                return self._prompt(step, state, facts, t)
            case Refresh(step):
                return self._redrawn(step, state, facts, t)
            case Probe(question):
                return (
                    self._with_buttons(self._guide.question(question).probe[state.language], f"q{question}", state),
                )
            case Say(name, values):
                return (Message("text", notice(name, values, t)),)
            case Toast(name):
                return (Message("toast", notice(name, {}, t) if name else "", callback_id=facts.callback_id),)
            case ShowSummary():
                return self._summary(state, facts, t)
            case SendCopy():
                return self._copy(facts, t)
            case SendInvitation():
                return _invitation(facts, t)
        raise TypeError(f"{type(action).__name__} is nothing to show")

    def _prompt(self, step: str, state: State, facts: Facts, t: Texts) -> tuple[Message, ...]:
        message = self._with_buttons(self._prompt_text(step, state, facts, t), step, state)
        if step == "doubt":
            return (Message(message.kind, message.text, message.buttons, step, reply_to=state.doubts[0].message_id),)
        return (message,)

    def _redrawn(self, step: str, state: State, facts: Facts, t: Texts) -> tuple[Message, ...]:
        (prompt,) = self._prompt(step, state, facts, t)
        if facts.target is None:
            return (prompt,)
        return (Message("redraw", prompt.text, prompt.buttons, target=facts.target),)

    def _with_buttons(self, text: str, step: str, state: State) -> Message:
        return Message("text", text, self.keyboards.rows(step, state, texts_for(state.language)), step)

    def _prompt_text(self, step: str, state: State, facts: Facts, t: Texts) -> str:
        language = state.language
        if question := question_of_step(step):
            return self._question(question, state, t)
        if step == "consent":
            study = self._study
            information = self._guide.information_text(
                language, study=study.name, approval=study.approval, contact=study.contact
            )
            return f"{information.strip()}\n\n{self._guide.consent[language]}"
        if step == "permissions":
            return f"{self._guide.prompts[step][language]}\n\n{self._permissions(state)}"
        if step == "screening":
            return self._guide.screening[language]
        if step == "check":
            return f"{self._guide.prompts['check'][language]}\n\n{self._understood(state, t)}"
        if step.startswith("check"):
            return f"{self._own_answer(int(step[-1]), state, facts)}\n\n{self._guide.prompts['check_one'][language]}"
        return self._guide.prompts["clear" if step.startswith("clear") else step][language]

    def _permissions(self, state: State) -> str:
        """The whole sentence of each permission: what is agreed to must not be cut off as on a button."""
        return "\n".join(
            (CHOSEN if one.id in state.permissions else OPEN) + one.label[state.language]
            for one in self._guide.permissions
        )

    def _question(self, number: int, state: State, t: Texts) -> str:
        values = status_values(self._guide, state)
        progress = t.gettext("Question {number} of {total}", number=number, total=values["total"])
        lines = [
            f"{progress} · {minutes_left(t, int(values['minutes']))}",
            "",
            self._guide.question(number).text[state.language],
        ]
        if state.answer(number).parts:
            lines += ["", t.gettext("Your answer is kept. What you write now is added to it.")]
        elif number in HINTED:
            lines += ["", t.gettext("You can write several messages. When you have finished, press “That is all”.")]
        return "\n".join(lines)

    def _own_answer(self, number: int, state: State, facts: Facts) -> str:
        """The title of a question and the beginning of one's own answer to it."""
        answer = dict(facts.summary).get(number) or ""
        return f"{number}. {self._guide.question(number).title[state.language]}\n«{_shortened(answer)}»"

    def _understood(self, state: State, t: Texts) -> str:
        """Question by question, the categories in plain words."""
        lines = []
        for number, categories in state.check:
            plain = [self._codebook.category(one).plain.of(state.language) for one in categories]
            said = "; ".join(plain) if plain else t.gettext("no barrier named")
            lines.append(f"{number}. {self._guide.question(number).title[state.language]}: {said}")
        return "\n".join(lines)

    def _summary(self, state: State, facts: Facts, t: Texts) -> tuple[Message, ...]:
        answers = dict(facts.summary)
        parts = [t.gettext("Your answers:")]
        for question in self._guide.questions:
            text = answers.get(question.number) or t.gettext("(skipped)")
            parts.append(f"{question.number}. {question.title[state.language]}\n{text}")
        parts.append(self._guide.closing[state.language])
        return (Message("text", "\n\n".join(parts), step="done"),)

    def _copy(self, facts: Facts, t: Texts) -> tuple[Message, ...]:
        if facts.copy is None:
            return (Message("text", notice("no_data", {}, t)),)
        text = copy_text(facts.copy, self._guide, self._codebook, t)
        return (Message("document", text, file_name=t.gettext("my-data") + ".txt"),)


def _invitation(facts: Facts, t: Texts) -> tuple[Message, ...]:
    text = t.gettext(
        "You can invite colleagues from schools with pupils with special educational needs. "
        "This is your personal link. Colleagues do not see your answers."
    )
    return (Message("photo", f"{text}\n{facts.link}", link=facts.link),)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1].rstrip() + "…"

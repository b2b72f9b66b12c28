"""Actions become messages: buttons that the engine takes, texts in the respondent's language, own words untouched."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bot.interview
from bot.channels.facts import Facts, Study
from bot.channels.keyboards import numbered, option_typed
from bot.channels.message import Button, Message, split, units
from bot.channels.notices import _NOTICES, notice
from bot.channels.render import Renderer
from bot.channels.texts import texts_for
from bot.interview.actions import (
    Action,
    Ask,
    Probe,
    Refresh,
    Say,
    SendCopy,
    SendInvitation,
    ShowSummary,
    SkipAnswer,
    Toast,
)
from bot.interview.flow import options
from bot.interview.guide import Guide
from bot.interview.state import AnswerState, Candidate, Doubt, Part, State
from classifier.codebook import Codebook, load_codebook
from tests.conftest import DATA

BOTH = ("kk", "ru")
BOOK: Codebook = load_codebook(DATA / "codebook.toml")
HOSTILE = "<b>&amp; _*[x](y) {number} {} %s \N{RIGHT-TO-LEFT MARK}\N{GRINNING FACE} > /skip\n\n  =1+1  "
BEFORE_END = (
    "language", "consent", "screening", "permissions", "role", "job_title", "region", "district", "school",
    "school_confirm", "locality", "forget", "doubt", *(f"q{n}" for n in range(1, 8)),
    *(f"clear{n}" for n in range(1, 8)),
)  # fmt: skip
CHECKS = ("check", *(f"check{n}" for n in range(1, 8)))
CHECKED = tuple((n, BOOK.category_ids[: n % 4]) for n in range(1, 8))


@pytest.fixture(scope="module")
def renderer(guide: Guide) -> Renderer:
    return Renderer(guide, BOOK, Study())


def state_in(language: str, **more: Any) -> State:
    """A state in which every step can be shown."""
    values: dict[str, Any] = {
        "language": language,
        "region": "almaty_region",
        "school_text": "5 {мектеп}",
        "candidates": (Candidate("a", "№5 орта мектеп"), Candidate("b", "№15 гимназия")),
        "doubts": (Doubt(9, 3, False, "q2", "q3"),),
        "check": CHECKED,
        "categories": BOOK.category_ids,
        **more,
    }
    return State(**values)


def shown(renderer: Renderer, action: Action, state: State, facts: Facts = Facts()) -> Message:  # noqa: B008 - frozen
    (message,) = renderer.render(action, state, facts)
    return message


def labels(message: Message) -> list[str]:
    return [button.label for row in message.buttons for button in row]


# --- prompts and buttons ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", BOTH)
@pytest.mark.parametrize("step", [*BEFORE_END, *CHECKS])
def test_a_prompt_has_exactly_the_buttons_that_the_engine_takes(
    renderer: Renderer, guide: Guide, step: str, language: str
) -> None:
    state = state_in(language)
    message = shown(renderer, Ask(step), state)
    data = [button.data for row in message.buttons for button in row]
    assert message.step == step
    assert message.text.strip()
    assert sorted(data) == sorted(f"{step}:{option}" for option in options(guide, state, step))
    assert all(0 < len(one.encode()) <= 64 for one in data)
    assert len(set(labels(message))) == len(data)
    assert all(0 < len(label) <= 75 for label in labels(message))


def test_the_first_prompt_speaks_both_languages(renderer: Renderer) -> None:
    message = shown(renderer, Ask("language"), State())
    assert "Сәлеметсіз бе" in message.text and "Здравствуйте" in message.text
    assert labels(message) == ["Қазақша", "Русский"]


def test_the_information_names_the_study_and_leaves_out_what_is_not_known(guide: Guide) -> None:
    study = Study("Инклюзия 2026", "", "Асель, +7 701 000 00 00")
    text = shown(Renderer(guide, BOOK, study), Ask("consent"), state_in("ru")).text
    assert "Исследование: Инклюзия 2026\n" in text and "Контакт: Асель, +7 701 000 00 00\n" in text
    assert "Этическое" not in text and "{" not in text and "\n\n\n" not in text
    assert "примерно 40 минут" in text
    assert text.endswith(guide.consent["ru"])


def test_the_longest_settings_still_fit_one_message(guide: Guide) -> None:
    message = shown(Renderer(guide, BOOK, Study("и" * 300, "и" * 300, "и" * 300)), Ask("consent"), state_in("kk"))
    assert split(message) == (message,)


def test_permissions_stand_in_full_in_the_message_and_are_ticked_there_too(renderer: Renderer, guide: Guide) -> None:
    message = shown(renderer, Ask("permissions"), state_in("ru", permissions=("training",)))
    ticks = {"quote": "☐", "training": "☑", "contact": "☐"}
    for number, one in enumerate(guide.permissions):
        assert f"{ticks[one.id]} {one.label['ru']}" in message.text.split("\n")
        assert labels(message)[number].startswith(f"{ticks[one.id]} ")
    assert all(len(label) < 32 for label in labels(message))


def test_no_permission_is_ticked_before_somebody_ticks_it(renderer: Renderer) -> None:
    assert "☑" not in str(shown(renderer, Ask("permissions"), state_in("kk")))


@pytest.mark.parametrize(
    ("language", "first_line"),
    [("ru", "Вопрос 3 из 7 · осталось примерно 26 минут"), ("kk", "3-сұрақ (барлығы 7) · шамамен 26 минут қалды")],
)
def test_a_question_tells_how_far_it_is(renderer: Renderer, guide: Guide, language: str, first_line: str) -> None:
    done = tuple(AnswerState(n, (Part(n, 9, False),), "finished") for n in (1, 2))
    message = shown(renderer, Ask("q3"), state_in(language, step="q3", answers=done))
    assert message.text.split("\n") == [first_line, "", guide.question(3).text[language]]


def test_time_left_is_never_nothing(renderer: Renderer) -> None:
    answers = tuple(AnswerState(n, (Part(n, 9, False),), "finished") for n in range(1, 8))
    assert "осталась примерно 1 минута" in shown(renderer, Ask("q7"), state_in("ru", step="q7", answers=answers)).text


@pytest.mark.parametrize(("number", "hinted"), [(1, True), (2, True), (3, False), (7, False)])
def test_only_the_first_questions_say_how_to_finish(renderer: Renderer, number: int, hinted: bool) -> None:
    assert ("«Это всё»" in shown(renderer, Ask(f"q{number}"), state_in("ru")).text) is hinted


def test_a_question_come_back_to_says_that_its_answer_is_kept(renderer: Renderer) -> None:
    answers = (AnswerState(3, (Part(7, 5, False),)),)
    assert "Ваш ответ сохранён" in shown(renderer, Ask("q3"), state_in("ru", answers=answers)).text


def test_a_probe_hangs_on_its_question(renderer: Renderer, guide: Guide) -> None:
    message = shown(renderer, Probe(4), state_in("kk"))
    assert (message.text, message.step) == (guide.question(4).probe["kk"], "q4")
    assert [button.data for row in message.buttons for button in row] == ["q4:next", "q4:back", "q4:skip"]


def test_a_doubt_names_both_questions_and_answers_the_message(renderer: Renderer) -> None:
    message = shown(renderer, Ask("doubt"), state_in("kk"))
    assert labels(message) == ["2-сұрақ", "3-сұрақ"]
    assert message.reply_to == 9


def test_typed_names_are_shown_as_they_were_typed(renderer: Renderer) -> None:
    assert "Жазғанымдай: 5 {мектеп}" in labels(shown(renderer, Ask("school_confirm"), state_in("kk")))


def test_refresh_redraws_the_pressed_message_or_shows_the_prompt_anew(renderer: Renderer) -> None:
    state = state_in("ru", permissions=("quote",))
    prompt = shown(renderer, Ask("permissions"), state)
    redrawn = shown(renderer, Refresh("permissions"), state, Facts(target=55))
    assert redrawn == Message("redraw", prompt.text, prompt.buttons, target=55)
    assert shown(renderer, Refresh("permissions"), state) == prompt


def test_an_action_that_shows_nothing_is_an_error(renderer: Renderer) -> None:
    with pytest.raises(TypeError, match="SkipAnswer"):
        renderer.render(SkipAnswer(1), State(), Facts())


# --- what is typed instead of pressed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", BOTH)
@pytest.mark.parametrize("step", [*BEFORE_END, *CHECKS])
def test_every_button_can_be_typed_by_number_and_by_label(renderer: Renderer, step: str, language: str) -> None:
    rows = shown(renderer, Ask(step), state_in(language)).buttons
    numbers = numbered(rows)
    assert sorted(numbers.values(), key=str) == sorted((button for row in rows for button in row), key=str)
    for number, button in numbers.items():
        option = button.data.partition(":")[2]
        assert option_typed(number, rows, numbers=True) == option
        assert option_typed(f" {button.label.upper()}. ", rows, numbers=False) == option


def test_the_questions_of_the_check_keep_their_numbers_when_one_was_skipped(renderer: Renderer) -> None:
    rows = shown(renderer, Ask("check"), state_in("ru", check=(CHECKED[0], CHECKED[3], CHECKED[6]))).buttons
    typed = {number: option_typed(number, rows, numbers=True) for number in ("1", "2", "3", "4", "7", "8", "9")}
    assert typed == {"1": "1", "2": None, "3": None, "4": "4", "7": "7", "8": "right", "9": None}


@pytest.mark.parametrize("text", ["0", "3", "-1", "²", "1e0", "9" * 5000, "", " ", "."])
def test_what_is_no_number_of_a_button_presses_none(text: str) -> None:
    rows = ((Button("Да", "screening:yes"), Button("Нет", "screening:no")),)
    assert option_typed(text, rows, numbers=True) is None


def test_a_number_is_no_button_where_it_may_be_an_answer(renderer: Renderer) -> None:
    assert option_typed("1", shown(renderer, Ask("q1"), state_in("ru")).buttons, numbers=False) is None


# --- the end: summary, check, copy, invitation ------------------------------------------------------------------------


@pytest.mark.parametrize("language", BOTH)
def test_the_summary_gives_every_answer_back_character_for_character(
    renderer: Renderer, guide: Guide, language: str
) -> None:
    facts = Facts(summary=((1, HOSTILE), (2, "<" * 4096), (3, None)))
    message = shown(renderer, ShowSummary(), state_in(language), facts)
    assert HOSTILE in message.text and "<" * 4096 in message.text
    assert message.text.endswith(guide.closing[language])
    assert message.text.count(texts_for(language).gettext("(skipped)")) == 5
    assert all(question.title[language] in message.text for question in guide.questions)


def test_a_long_summary_goes_on_in_the_next_message_and_nothing_is_lost(renderer: Renderer) -> None:
    facts = Facts(summary=tuple((n, f"{n} \N{GRINNING FACE}" * 1500) for n in range(1, 8)))
    message = shown(renderer, ShowSummary(), state_in("ru"), facts)
    pieces = split(message)
    assert "".join(piece.text for piece in pieces) == message.text
    assert all(units(piece.text) <= 4096 for piece in pieces)
    assert [piece.step for piece in pieces] == [None] * (len(pieces) - 1) + ["done"]


def test_the_check_says_in_plain_words_what_was_understood(renderer: Renderer) -> None:
    check = ((4, ("infrastructure", "funding")), (7, ()))
    text = shown(renderer, Ask("check"), state_in("ru", check=check)).text
    assert "4. Барьеры и трудности: здание и оборудование; деньги" in text.split("\n")
    assert "7. Что изменить: барьеров не названо" in text.split("\n")


def test_a_page_of_the_check_quotes_the_beginning_of_the_answer_and_ticks_its_categories(renderer: Renderer) -> None:
    state = state_in("kk", check=((5, ("funding",)),))
    answer = "Қаржы " + "ө" * 400
    message = shown(renderer, Ask("check5"), state, Facts(summary=((5, answer),)))
    plain = [category.plain.kk for category in BOOK.categories]
    assert labels(message)[:5] == [("☑ " if one == "қаржы" else "☐ ") + one for one in plain]
    assert f"5. Не әсер етеді\n«{answer[:299]}…»" in message.text


@pytest.mark.parametrize("language", BOTH)
def test_no_category_is_shown_before_the_end(renderer: Renderer, language: str) -> None:
    said = "\n".join(
        [str(message) for step in BEFORE_END for message in renderer.render(Ask(step), state_in(language), Facts())]
        + [str(message) for n in range(1, 8) for message in renderer.render(Probe(n), state_in(language), Facts())]
        + [str(renderer.render(SendCopy(), state_in(language), Facts(copy=copy(None))))]
    ).casefold()
    for category in BOOK.categories:
        assert category.plain.of(language).casefold() not in said
        assert category.name.of(language).casefold() not in said


def copy(finished_at: str | None) -> Mapping[str, Any]:
    """What the store keeps of one respondent, as `copy_of` gives it."""
    versions = [
        {"version": 1, "text": "денег нет", "submitted_at": "2026-11-23T20:00:00.000000+00:00"},
        {"version": 2, "text": HOSTILE, "submitted_at": "2026-11-24T08:00:00.000000+00:00"},
    ]
    codings = [
        {"coder_kind": "model", "categories": "funding,infrastructure", "coded_at": "2026-11-24T08:00:01.000000+00:00"},
        {"coder_kind": "respondent", "categories": "", "coded_at": "2026-11-24T09:00:00.000000+00:00"},
    ]
    return {
        "respondent_key": "a1b2c3", "consented_at": "2026-11-23T19:30:00.000000+00:00", "finished_at": finished_at,
        "consent_quote": 1, "consent_training": 0, "consent_contact": 0, "role": "teacher", "job_title": None,
        "region": "almaty_region", "district": "karasai", "school": "№5 {x}", "locality": "village", "depth": 1,
        "answers": [
            {"question": 4, "status": "finished", "text": HOSTILE, "versions": versions, "codings": codings},
            {"question": 5, "status": "skipped", "text": "", "versions": [], "codings": []},
        ],
    }  # fmt: skip


def test_the_copy_holds_everything_kept(renderer: Renderer) -> None:
    message = shown(renderer, SendCopy(), state_in("ru"), Facts(copy=copy("2026-11-24T09:00:00.000000+00:00")))
    assert (message.kind, message.file_name) == ("document", "moi-dannye.txt")
    for line in (
        "Ваш код: a1b2c3",
        "Согласие дано: 24 ноября 2026\N{NARROW NO-BREAK SPACE}г., 00:30",
        "Можно приводить отрывки из моих ответов без имени: Да",
        "Со мной можно связаться ещё раз: Нет",
        "Роль: Учитель",
        "Должность: —",
        "Регион: Алматинская область",
        "Район: Карасайский район",
        "Школа: №5 {x}",
        "Населённый пункт: Село, аул",
        "По приглашению коллеги: Да",
        "4. Барьеры и трудности",
        "  Раньше, 24 ноября 2026\N{NARROW NO-BREAK SPACE}г., 01:00: денег нет",
        "  Компьютерная программа: здание и оборудование; деньги",
        "  Вы: барьеров не названо",
        "(пропущено)",
    ):
        assert line in message.text.split("\n"), line
    assert HOSTILE in message.text


@pytest.mark.parametrize("language", BOTH)
def test_codings_are_in_the_copy_only_after_the_end(renderer: Renderer, language: str) -> None:
    program = texts_for(language).gettext("Computer program")
    texts = [
        shown(renderer, SendCopy(), state_in(language), Facts(copy=copy(at))).text for at in (None, "2026-11-24T09:00")
    ]
    assert [program in text for text in texts] == [False, True]


def test_a_copy_of_nothing_says_so(renderer: Renderer) -> None:
    assert shown(renderer, SendCopy(), state_in("ru")).text == "О Вас ничего не сохранено."


def test_the_invitation_carries_its_link_as_picture_and_as_text(renderer: Renderer) -> None:
    link = "https://t.me/kedergi_bot?start=abc_-9"
    message = shown(renderer, SendInvitation(), state_in("kk"), Facts(link=link))
    assert (message.kind, message.link) == ("photo", link)
    assert message.text.endswith(f"\n{link}")
    assert split(message) == (message,)


# --- notices ----------------------------------------------------------------------------------------------------------


def constants(node: ast.expr) -> set[object]:
    """Constants in an expression; of a text with gaps (the two reminders) nothing."""
    parts = {id(part) for one in ast.walk(node) if isinstance(one, ast.JoinedStr) for part in one.values}
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and id(one) not in parts}


def said_by_the_engine() -> set[object]:
    """Names of notices in calls of Say and Toast anywhere in the interview and the delivery."""
    rooms = Path(bot.interview.__file__).parent.parent
    calls = (
        node
        for path in [*rooms.glob("interview/*.py"), *rooms.glob("delivery/*.py")]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and node.args
    )
    names: set[object] = {"reminder_24", "reminder_72"}
    for call in calls:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in ("Say", "Toast"):
            names |= constants(call.args[0])
    return names - {""}


def test_every_notice_of_the_engine_has_a_text() -> None:
    assert said_by_the_engine() <= set(_NOTICES)


VALUES: dict[str, Mapping[str, str | int]] = {
    "status": {"question": 3, "total": 7, "answered": 2, "minutes": 21},
    "erased": {"answers": 5},
    "placed": {"question": 6},
}


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("name", sorted(_NOTICES))
def test_a_notice_is_one_short_text_without_gaps(renderer: Renderer, name: str, language: str) -> None:
    text = notice(name, VALUES.get(name, {}), texts_for(language))
    assert text.strip() == text and "{" not in text
    assert units(text) <= 1000


def test_the_receipt_of_an_erasure_tells_what_is_gone_and_what_stays(renderer: Renderer) -> None:
    text = shown(renderer, Say("erased", {"answers": 3}), state_in("ru")).text
    assert text.startswith("Удалены 3 ответа, а с ними все их версии")
    assert "14 дней" in text and "уже скачали, останутся" in text and "/start" in text


def test_the_status_before_the_first_question_names_none(renderer: Renderer) -> None:
    values = {"question": 0, "total": 7, "answered": 0, "minutes": 36}
    assert shown(renderer, Say("status", values), state_in("ru")).text == "Ответов: 0 из 7, осталось примерно 36 минут."


def test_a_toast_answers_its_button(renderer: Renderer) -> None:
    message = shown(renderer, Toast("stale"), state_in("ru"), Facts(callback_id="77"))
    assert message == Message("toast", "Эта кнопка уже не действует.", callback_id="77")
    assert shown(renderer, Toast(), state_in("ru"), Facts(callback_id="77")) == replace(message, text="")
    assert len(message.text) <= 200

"""The engine up to the first question, what holds at any step, and golden transcripts of whole interviews."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.interview import actions as act
from bot.interview.engine import advance
from bot.interview.events import Coded, Edited, Event, SentOther, Unplaced
from bot.interview.guide import Guide
from bot.interview.state import State
from tests.engine_world import CATEGORIES, NOW, Chat, asked, said

FOUND = tuple((question, ("funding",) if question == 4 else ()) for question in range(1, 8))


@pytest.fixture
def chat(guide: Guide) -> Chat:
    return Chat(guide)


# --- before the questions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hint", "language"), [("kk", "kk"), ("ru-RU", "ru"), ("en", "kk"), (None, "kk")])
def test_a_new_person_is_asked_for_a_language_in_the_one_of_their_app(
    chat: Chat, hint: str | None, language: str
) -> None:
    assert chat.start(hint) == (act.Ask("language"),)
    assert chat.state.language == language


def test_who_does_not_consent_leaves_no_trace(chat: Chat) -> None:
    chat.start()
    chat.press("kk")
    assert chat.press("no") == (act.Say("declined"), act.Discard())
    assert chat.state.step == "declined"
    assert asked(chat.start()) == ["language"]


def test_who_works_elsewhere_is_thanked_and_leaves_no_trace(chat: Chat) -> None:
    chat.start()
    chat.press("ru")
    chat.press("yes")
    assert chat.press("no") == (act.Say("screened_out"), act.Discard())


def test_the_interview_is_opened_by_consent_and_screening_together(chat: Chat, guide: Guide) -> None:
    chat.start()
    chat.press("ru")
    assert chat.press("yes") == (act.Ask("screening"),)
    opened, language, prompt = chat.press("yes")
    assert opened == act.OpenInterview(guide.consent_version, "ru")
    assert language == act.SaveProfile("language", "ru")
    assert prompt == act.Ask("permissions")


def test_another_language_before_the_opening_means_reading_the_consent_again(chat: Chat) -> None:
    """Consent counts in the language in which it was read."""
    chat.start()
    chat.press("kk")
    chat.press("yes")
    chat.command("language")
    assert asked(chat.press("ru")) == ["consent"]


def test_permissions_begin_as_no_and_turn_over(chat: Chat) -> None:
    chat.consent()
    assert chat.press("+training") == (act.SavePermission("training", True), act.Refresh("permissions"))
    assert chat.press("+training") == (act.Refresh("permissions"),), "one press that arrives twice does not turn back"
    assert chat.state.permissions == ("training",)
    assert chat.press("-training") == (act.SavePermission("training", False), act.Refresh("permissions"))
    assert chat.press("done") == (act.Ask("role"),)


def test_a_whole_profile(chat: Chat) -> None:
    chat.consent()
    chat.press("done")
    assert chat.press("teacher") == (
        act.SaveProfile("role", "teacher"),
        act.CheckQuota("teacher", None),
        act.Ask("job_title"),
    )
    assert chat.type(" учитель \n физики ") == (act.SaveProfile("job_title", "учитель физики"), act.Ask("region"))
    assert act.SaveProfile("region", "almaty_region") in chat.press("almaty_region")
    assert chat.press("karasai") == (act.SaveProfile("district", "karasai"), act.Ask("school"))
    assert chat.type("мектеп 5") == (act.FindSchool("karasai", "мектеп 5"), act.Ask("school_confirm"))
    assert act.SaveProfile("school_key", "s5") in chat.press("0")
    assert chat.press("village") == (act.SaveProfile("locality", "village"), act.Ask("q1"))


def test_a_region_without_districts_is_asked_for_none(chat: Chat) -> None:
    chat.consent()
    for option in ("done", "skip", "skip"):
        chat.press(option)
    assert asked(chat.press("astana")) == ["school"]
    assert asked(chat.command("back")) == ["region"]


def test_schools_are_looked_for_within_the_region_where_there_are_no_districts(chat: Chat) -> None:
    """Number 5 of Astana is not number 5 of Shymkent."""
    places = []
    for region in ("astana", "shymkent"):
        other = Chat(chat.guide).consent()
        for option in ("done", "skip", "skip", region):
            other.press(option)
        places += [action.district for action in other.type("№5 мектеп") if isinstance(action, act.FindSchool)]
    assert len(set(places)) == 2


def test_schools_of_zhambyl_region_are_not_those_of_zhambyl_district(guide: Guide) -> None:
    places = []
    for options in (("zhambyl",), ("almaty_region", "zhambyl")):
        chat = Chat(guide).consent()
        for option in ("done", "skip", "skip", *options):
            chat.press(option)
        places += [action.district for action in chat.type("5") if isinstance(action, act.FindSchool)]
    assert places[0] != places[1]


def test_a_school_nobody_named_before_is_kept_as_typed(chat: Chat) -> None:
    chat.consent()
    for option in ("done", "skip", "skip", "almaty_region", "talgar"):
        chat.press(option)
    assert asked(chat.type("Жаңа ауыл мектебі №77")) == ["school_confirm"]
    assert chat.press("new") == (act.AddSchool("talgar", "Жаңа ауыл мектебі №77"), act.Ask("locality"))


def test_a_school_can_be_typed_again(chat: Chat) -> None:
    chat.consent()
    for option in ("done", "skip", "skip", "skip"):
        chat.press(option)
    assert chat.state.step == "school"
    chat.type("5")
    assert asked(chat.press("again")) == ["school"]
    chat.type("12")
    assert asked(chat.type("мектеп 5")) == ["school_confirm"]
    assert [candidate.key for candidate in chat.state.candidates] == ["s5"]


def test_a_full_quota_thanks_and_takes_the_empty_interview_back(guide: Guide) -> None:
    chat = Chat(guide, full=True).consent()
    chat.press("done")
    saved, request, told, gone = chat.press("teacher")
    assert (saved, request) == (act.SaveProfile("role", "teacher"), act.CheckQuota("teacher", None))
    assert (told, gone) == (act.Say("quota_full"), act.Discard())
    assert chat.state.step == "quota_full"


def test_who_has_answered_is_not_sent_away_by_a_quota(guide: Guide) -> None:
    chat = Chat(guide).to_question(2)
    chat.full = True
    while chat.state.step != "role":
        chat.command("back")
    assert act.Discard() not in chat.press("teacher")
    assert chat.state.step == "job_title"


def test_every_profile_step_but_consent_and_screening_can_be_skipped(chat: Chat) -> None:
    chat.start()
    passed = []
    while chat.state.question is None:
        passed.append(chat.state.step)
        if "cannot_skip" in said(chat.command("skip")):
            chat.press("yes")
    assert passed == [
        "language",
        "consent",
        "screening",
        "permissions",
        "role",
        "job_title",
        "region",
        "school",
        "locality",
    ]


# --- at any step -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["voice", "photo", "sticker", "location", "poll"])
def test_what_is_no_text_is_refused_and_changes_nothing(chat: Chat, kind: str) -> None:
    chat.to_question(2)
    before = chat.state
    assert chat.take(SentOther(NOW, kind)) == (act.Say("only_text", {"kind": kind}),)
    assert chat.state == before


def test_a_text_where_only_buttons_help_is_answered_so(chat: Chat) -> None:
    chat.start()
    chat.press("kk")
    assert chat.type("иә") == (act.Say("press_a_button"), act.Ask("consent"))


def test_an_unknown_command_says_so(chat: Chat) -> None:
    chat.to_question()
    assert said(chat.command("xyz")) == ["unknown_command"]


def test_copy_and_invitation(chat: Chat) -> None:
    chat.finish()
    assert chat.command("mydata") == (act.SendCopy(),)
    assert chat.command("invite") == (act.SendInvitation(),)


def test_start_comes_back_to_the_same_question(chat: Chat) -> None:
    chat.to_question(5)
    chat.command("pause")
    assert chat.start() == (act.Say("welcome_back"), act.Ask("q5"))
    assert not chat.state.paused


def test_an_event_of_an_unknown_kind_is_an_error(guide: Guide) -> None:
    with pytest.raises(TypeError, match="Event"):
        advance(guide, State(), Event(NOW))


# --- golden transcripts ----------------------------------------------------------------------------------------------


def _doubt(message_id: int, text: str = "жоқ") -> Unplaced:
    return Unplaced(NOW, message_id, text, "q1", "q2")


def _coded() -> Coded:
    return Coded(NOW, FOUND, CATEGORIES)


def _whole_interview(chat: Chat, language: str, texts: list[str]) -> str:
    chat.start(language)
    for option in (language, "yes", "yes", "+quote", "done", "coordinator"):
        chat.press(option)
    chat.type("Үйлестіруші" if language == "kk" else "Координатор")
    for option in ("almaty_region", "karasai"):
        chat.press(option)
    chat.type("5 мектеп" if language == "kk" else "школа 5")
    for option in ("0", "town"):
        chat.press(option)
    _answer_all(chat, texts)
    chat.take(_coded())
    for option in ("4", "funding", "done", "right"):
        chat.press(option)
    chat.command("forget")
    chat.press("yes")
    return "\n".join(chat.log) + "\n"


def _answer_all(chat: Chat, texts: list[str]) -> None:
    for text in texts:
        chat.write(text)
        number = chat.state.question
        chat.press("next")
        if chat.state.question == number:
            chat.press("next")


KAZAKH = [
    "Барлық бала бір мектепте, бір ортада оқуы керек деп түсінемін.",
    "Үйлестірушімін",
    "Пандус бар, бірақ дәретхана бейімделмеген, логопед аптасына бір рет келеді.",
    "Ассистент жетпейді, қаржы да жоқ, бір мұғалімге отыз баладан келеді.",
    "Білмеймін",
    "Директор қолдайды, білім бөлімі хатқа айлап жауап бермейді.",
    "Ассистент штатын ашып, мұғалімдерді курсқа жіберу керек деп ойлаймын.",
]
RUSSIAN = [
    "Когда все дети учатся вместе, рядом с домом, и каждому помогают.",
    "Координирую",
    "Есть пандус, но туалет не приспособлен, логопед приезжает раз в неделю.",
    "Не хватает ассистентов и денег, на одного учителя тридцать детей.",
    "Не знаю",
    "Директор поддерживает, отдел образования на письма отвечает месяцами.",
    "Открыть ставку ассистента и отправить учителей на хорошие курсы.",
]


@pytest.mark.parametrize(("language", "texts"), [("kk", KAZAKH), ("ru", RUSSIAN)])
def test_golden_interview(chat: Chat, golden: Callable[[str, str], None], language: str, texts: list[str]) -> None:
    golden(f"engine_{language}.txt", _whole_interview(chat, language, texts))


def test_golden_detours(chat: Chat, golden: Callable[[str, str], None]) -> None:
    """Pilot round, back and forth, pause, language, doubt, edit."""
    chat.to_question(2, pilot=True)
    for name in ("back", "status", "pause", "language"):
        chat.command(name)
    chat.press("ru")
    chat.take(_doubt(900))
    chat.press("later900")
    chat.take(Edited(NOW, 2, 900, "другое"))
    for name in ("next", "next", "skip", "help"):
        chat.command(name)
    golden("engine_detours.txt", "\n".join(chat.log) + "\n")

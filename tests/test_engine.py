"""The engine, scene by scene: what a respondent does, and what is asked, said and kept in answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.interview import actions as act
from bot.interview.engine import advance
from bot.interview.events import Coded, Edited, Event, Reminded, SentOther, Unplaced
from bot.interview.guide import Guide
from bot.interview.state import State
from tests.engine_world import CATEGORIES, LONG, NOW, Chat, asked, said

FOUND = tuple((question, ("funding",) if question == 4 else ()) for question in range(1, 8))


@pytest.fixture
def chat(guide: Guide) -> Chat:
    return Chat(guide)


# --- before the questions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hint", "language"), [("kk", "kk"), ("ru-RU", "ru"), ("en", "kk"), (None, "kk")])
def test_a_new_person_is_asked_for_a_language_in_the_one_of_their_app(chat: Chat, hint: str | None, language: str) -> None:
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
    assert chat.press("training") == (act.SavePermission("training", True), act.Refresh("permissions"))
    assert chat.press("training") == (act.SavePermission("training", False), act.Refresh("permissions"))
    assert chat.press("done") == (act.Ask("role"),)


def test_a_whole_profile(chat: Chat) -> None:
    chat.consent()
    chat.press("done")
    assert chat.press("teacher") == (act.SaveProfile("role", "teacher"), act.CheckQuota("teacher", None), act.Ask("job_title"))
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
    assert passed == ["language", "consent", "screening", "permissions", "role", "job_title", "region", "school", "locality"]


# --- the questions ---------------------------------------------------------------------------------------------------


def test_several_messages_make_one_answer_and_are_acknowledged_by_silence(chat: Chat) -> None:
    chat.to_question(3)
    assert chat.write("Пандус жоқ.") == (act.SaveMessage(3, 103, "Пандус жоқ."),)
    assert len(chat.write("Дәретхана да бейімделмеген, баланы өзіміз көтереміз.")) == 1
    assert chat.press("next") == (act.FinishAnswer(3), act.Ask("q4"))
    assert len(chat.state.answer(3).parts) == 2


def test_a_short_answer_is_probed_once_and_never_twice(chat: Chat) -> None:
    chat.to_question()
    chat.write("Бірге оқу")
    assert chat.press("next") == (act.Probe(1),)
    assert chat.press("next") == (act.FinishAnswer(1), act.Ask("q2"))
    chat.command("back")
    assert not any(isinstance(action, act.Probe) for action in chat.press("next"))


@pytest.mark.parametrize("text", ["Не знаю", "білмеймін", "Жауап бергім келмейді", LONG])
def test_a_refusal_or_a_long_answer_is_not_probed(chat: Chat, text: str) -> None:
    chat.to_question()
    chat.write(text)
    assert asked(chat.press("next")) == ["q2"]


def test_next_with_nothing_written_says_so(chat: Chat) -> None:
    chat.to_question()
    assert said(chat.press("next")) == ["empty_answer"]
    assert chat.state.step == "q1"


def test_a_double_tap_changes_nothing(chat: Chat) -> None:
    chat.to_question()
    chat.write()
    chat.press("next", "q1")
    before = chat.state
    assert chat.press("next", "q1") == (act.Toast("stale"),)
    assert chat.state == before


@pytest.mark.parametrize(("step", "option"), [("q7", "next"), ("q1", "yes"), ("check", "right"), ("", ""), ("q9", "next")])
def test_a_forged_button_changes_nothing(chat: Chat, step: str, option: str) -> None:
    chat.to_question()
    before = chat.state
    assert chat.press(option, step) == (act.Toast("stale"),)
    assert chat.state == before


def test_skip_passes_over_a_question_but_loses_no_text(chat: Chat) -> None:
    chat.to_question()
    assert chat.press("skip") == (act.SkipAnswer(1), act.Ask("q2"))
    chat.write("Бастадым")
    assert chat.command("skip") == (act.FinishAnswer(2), act.Ask("q3"))


def test_back_asks_again_and_the_way_leads_on_to_what_is_open(chat: Chat) -> None:
    chat.to_question(4)
    chat.write()
    assert chat.command("back") == (act.FinishAnswer(4), act.Ask("q3"))
    chat.write("Тағы бір сөз")
    assert asked(chat.press("next")) == ["q5"]


def test_back_leads_from_the_first_question_to_the_profile_and_not_before_the_permissions(chat: Chat) -> None:
    chat.to_question()
    passed = [asked(chat.command("back"))[0] for _ in range(6)]
    assert passed == ["locality", "school", "region", "job_title", "role", "permissions"]
    assert "nothing_to_go_back" in said(chat.command("back"))
    assert chat.state.step == "permissions"


def test_a_late_message_belongs_to_its_own_question(chat: Chat) -> None:
    chat.to_question(3)
    assert act.SaveMessage(2, 103, "тағы") in chat.write("тағы", question=2)
    assert chat.state.step == "q3"
    assert chat.state.answer(2).status == "finished"


def test_a_message_that_comes_twice_is_kept_once(chat: Chat) -> None:
    chat.to_question()
    chat.write("бір")
    chat._next_id -= 1
    assert chat.write("бір") == ()
    assert len(chat.state.answer(1).parts) == 1


def test_a_text_to_a_skipped_question_counts(chat: Chat) -> None:
    chat.to_question()
    chat.press("skip")
    assert act.FinishAnswer(1) in chat.write("бәрібір айтайын", question=1)
    assert chat.state.answer(1).status == "finished"


def test_an_edit_changes_the_open_answer_silently_and_an_old_one_with_a_word(chat: Chat) -> None:
    chat.to_question()
    chat.write("бір")
    assert chat.take(Edited(NOW, 1, 101, LONG)) == (act.ReviseMessage(1, 101, LONG),)
    assert asked(chat.press("next")) == ["q2"], "the longer text needs no probe"
    assert said(chat.take(Edited(NOW, 1, 101, "екі"))) == ["edited"]
    assert chat.state.answer(1).words == 1


def test_pilot_rounds_ask_whether_the_question_was_clear(chat: Chat) -> None:
    chat.to_question(pilot=True)
    chat.write()
    assert chat.press("next") == (act.FinishAnswer(1), act.Ask("clear1"))
    assert chat.press("no") == (act.SaveClarity(1, False), act.Ask("q2"))


def test_the_end_thanks_sums_up_and_invites(chat: Chat) -> None:
    chat.to_question(7)
    done = chat.finish_question()
    kinds = {type(action) for action in done}
    assert {act.FinishAnswer, act.FinishInterview, act.ShowSummary, act.SendInvitation} <= kinds
    assert (chat.state.step, chat.state.finished) == ("done", True)
    assert said(chat.start()) == ["already_finished"]


def test_who_skips_everything_reaches_the_end_too(chat: Chat) -> None:
    chat.to_question()
    for _ in range(7):
        done = chat.press("skip")
    assert act.FinishInterview() in done


# --- beside the line -------------------------------------------------------------------------------------------------


def test_a_pause_keeps_the_answer_open_and_any_text_ends_it(chat: Chat) -> None:
    chat.to_question(2)
    chat.write("бір")
    assert said(chat.command("pause")) == ["paused"]
    assert chat.state.paused
    assert chat.state.answer(2).status == "open"
    chat.write("екі")
    assert not chat.state.paused


def test_start_comes_back_to_the_same_question(chat: Chat) -> None:
    chat.to_question(5)
    chat.command("pause")
    assert chat.start() == (act.Say("welcome_back"), act.Ask("q5"))
    assert not chat.state.paused


def test_the_language_changes_midway_and_the_question_is_asked_again(chat: Chat) -> None:
    chat.to_question(2)
    assert asked(chat.command("language")) == ["language"]
    assert chat.press("ru") == (act.SaveProfile("language", "ru"), act.Say("language_changed"), act.Ask("q2"))


def test_status_counts_what_is_answered_and_left(chat: Chat, guide: Guide) -> None:
    chat.to_question(3)
    (told,) = chat.command("status")
    assert isinstance(told, act.Say)
    left = sum(question.minutes for question in guide.questions if question.number >= 3)
    assert told.values == {"question": 3, "total": 7, "answered": 2, "minutes": left}


def test_forget_erases_only_on_a_clear_yes(chat: Chat) -> None:
    chat.to_question(2)
    assert asked(chat.command("forget")) == ["forget"]
    assert said(chat.press("no")) == ["forget_kept"]
    assert chat.state.step == "q2"
    chat.command("forget")
    assert chat.press("yes") == (act.Erase(),)
    assert chat.state.step == "withdrawn"


def test_after_withdrawal_only_a_new_start_does_anything(chat: Chat) -> None:
    chat.to_question(2)
    chat.command("forget")
    chat.press("yes")
    assert said(chat.command("next")) == ["not_started"]
    assert not any(isinstance(action, act.SaveMessage) for action in chat.write("бір", question=2))
    assert asked(chat.start()) == ["language"]
    assert chat.state.answers == ()


@pytest.mark.parametrize(("command", "notice"), [("mydata", "no_data"), ("forget", "no_data"), ("invite", "invitation_later")])
def test_before_the_opening_there_is_nothing_to_copy_erase_or_invite_with(chat: Chat, command: str, notice: str) -> None:
    chat.start()
    chat.press("kk")
    assert said(chat.command(command)) == [notice]


def test_copy_and_invitation(chat: Chat) -> None:
    chat.finish()
    assert chat.command("mydata") == (act.SendCopy(),)
    assert chat.command("invite") == (act.SendInvitation(),)


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


@pytest.mark.parametrize("hours", [24, 72])
def test_a_reminder_repeats_the_open_question_also_in_a_pause(chat: Chat, hours: int) -> None:
    chat.to_question(3)
    chat.command("pause")
    assert chat.take(Reminded(NOW, hours)) == (act.Say(f"reminder_{hours}"), act.Ask("q3"))


@pytest.mark.parametrize("bring", [Chat.start, Chat.finish])
def test_nobody_is_reminded_before_the_opening_or_after_the_end(chat: Chat, bring: Callable[[Chat], object]) -> None:
    bring(chat)
    assert chat.take(Reminded(NOW, 24)) == ()


# --- messages in doubt -----------------------------------------------------------------------------------------------


def _doubt(message_id: int, text: str = "жоқ") -> Unplaced:
    return Unplaced(NOW, message_id, text, "q1", "q2")


def test_a_message_in_doubt_is_kept_and_placed_by_the_respondent(chat: Chat) -> None:
    chat.to_question(2)
    assert chat.take(_doubt(900)) == (act.KeepUnplaced(900, "жоқ"), act.Ask("doubt"))
    done = chat.press("earlier")
    assert act.PlaceMessage(question=1, message_id=900) in done
    assert act.Say("placed", {"question": 1}) in done
    assert asked(done) == ["q2"]


def test_messages_in_doubt_are_asked_about_one_after_the_other(chat: Chat) -> None:
    chat.to_question(2)
    chat.take(_doubt(900))
    assert asked(chat.take(_doubt(901))) == []
    assert asked(chat.press("later")) == ["doubt"]
    assert asked(chat.press("later")) == ["q2"]
    assert [part.message_id for part in chat.state.answer(2).parts] == [900, 901]
    assert chat.state.answer(2).status == "open"


def test_a_message_of_a_step_that_is_no_question_is_not_kept_in_an_answer(chat: Chat) -> None:
    chat.to_question()
    chat.take(Unplaced(NOW, 900, "қала", "locality", "q1"))
    done = chat.press("earlier")
    assert not any(isinstance(action, act.PlaceMessage) for action in done)
    assert asked(done) == ["q1"]


# --- the member check ------------------------------------------------------------------------------------------------


def _coded() -> Coded:
    return Coded(NOW, FOUND, CATEGORIES)


def test_the_check_is_asked_once_and_only_after_the_end(chat: Chat) -> None:
    chat.to_question(7)
    assert chat.take(_coded()) == ()
    chat.finish_question()
    assert asked(chat.take(_coded())) == ["check"]
    assert chat.take(_coded()) == ()


def test_right_keeps_the_categories_as_the_respondents_own_coding(chat: Chat) -> None:
    chat.finish().take(_coded())
    *kept, thanks = chat.press("right")
    assert kept == [act.SaveCheck(question, ids) for question, ids in FOUND]
    assert thanks == act.Say("check_thanks")
    assert chat.take(_coded()) == ()


def test_a_correction_is_one_tap_per_category_and_kept_with_the_final_right(chat: Chat) -> None:
    chat.finish().take(_coded())
    chat.press("4")
    assert chat.press("funding") == (act.Refresh("check4"),)
    chat.press("social_perception")
    chat.press("infrastructure")
    chat.press("done")
    assert chat.state.step == "check"
    assert act.SaveCheck(4, ("infrastructure", "social_perception")) in chat.press("right")


def test_the_check_waits_while_the_respondent_is_asked_something_else(chat: Chat) -> None:
    """A question whether to erase everything must not vanish under the check."""
    chat.finish()
    chat.command("forget")
    chat.take(_coded())
    done = chat.press("no", "forget")
    assert "forget_kept" in said(done)
    assert asked(done) == ["check"]


def test_a_text_after_the_end_is_kept_with_its_question(chat: Chat) -> None:
    chat.finish()
    done = chat.write("тағы бір ой", question=7)
    assert any(isinstance(action, act.SaveMessage) for action in done)


def test_an_event_of_an_unknown_kind_is_an_error(guide: Guide) -> None:
    with pytest.raises(TypeError, match="Event"):
        advance(guide, State(), Event(NOW))


# --- golden transcripts ----------------------------------------------------------------------------------------------


def _whole_interview(chat: Chat, language: str, texts: list[str]) -> str:
    chat.start(language)
    for option in (language, "yes", "yes", "quote", "done", "coordinator"):
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
    chat.press("later")
    chat.take(Edited(NOW, 2, 900, "другое"))
    for name in ("next", "next", "skip", "help"):
        chat.command(name)
    golden("engine_detours.txt", "\n".join(chat.log) + "\n")

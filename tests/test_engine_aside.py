"""Beside the line and after it: pause, language, withdrawal, doubts, reminders and the member check."""

from __future__ import annotations

import pytest

from bot.interview import actions as act
from bot.interview.events import Coded, Reminded
from tests.interviewing import LONG, NOON, Conversation, answer, at_end, at_question, at_step

ALLOWED = ("attitude", "resources", "training")
CODED = Coded(NOON, ((1, ("resources",)), (3, ())), ALLOWED)


def in_check() -> Conversation:
    talk = at_end()
    talk.take(CODED)
    return talk


def test_pause_is_undone_by_the_next_message_or_button() -> None:
    talk = at_question(2)
    talk.command("pause")
    assert talk.said == [act.Say("paused")] and talk.state.paused
    talk.write(2)
    assert not talk.state.paused
    talk.command("pause")
    talk.press("q2", "next")
    assert not talk.state.paused


def test_the_language_changes_mid_way_and_the_question_is_asked_again() -> None:
    talk = at_question(3)
    message_id = talk.write(3, "Бір сөз")
    talk.command("language")
    assert talk.said == [act.Ask("language")]
    talk.press("language", "ru")
    assert talk.said == [act.SaveProfile("language", "ru"), act.Say("language_changed"), act.Ask("q3")]
    assert talk.state.language == "ru" and talk.state.answer(3).parts[0].message_id == message_id


def test_the_language_changes_after_the_end_and_nothing_is_asked() -> None:
    talk = at_end()
    talk.command("language")
    talk.press("language", "ru")
    assert talk.asked() == [] and talk.state.step == "done"


def test_the_question_stays_open_beside_the_language() -> None:
    talk = at_question(2)
    talk.command("language")
    talk.write(2)
    talk.press("q2", "next")
    assert talk.said == [act.FinishAnswer(2), act.Ask("q3")] and talk.state.resume is None


@pytest.mark.parametrize(("aside", "said"), [("language", "language_changed"), ("forget", "cannot_skip")])
def test_skip_beside_the_line_passes_over_no_question(aside: str, said: str) -> None:
    talk = at_question(2)
    talk.command(aside)
    talk.command("skip")
    assert talk.notices() == [said] and talk.state.line == "q2"
    assert not talk.all_of(act.SkipAnswer)


def test_back_leaves_a_side_step() -> None:
    talk = at_question(2)
    talk.command("forget")
    talk.command("back")
    assert talk.said == [act.Ask("q2")]


def test_withdrawal_erases_only_on_a_yes() -> None:
    talk = at_question(4)
    talk.command("forget")
    talk.press("forget", "no")
    assert talk.said == [act.Say("forget_kept"), act.Ask("q4")]
    talk.command("forget")
    talk.press("forget", "yes")
    assert talk.said == [act.Erase()] and talk.state.step == "withdrawn"
    assert talk.write(4) and talk.said == []
    talk.press("q4", "next")
    assert talk.said == [act.Toast("stale")]


def test_who_has_withdrawn_begins_anew() -> None:
    talk = at_question(4)
    talk.command("forget")
    talk.press("forget", "yes")
    talk.start("ru")
    assert talk.asked() == ["language"] and talk.state.answers == () and not talk.state.opened


def test_before_consent_there_is_nothing_to_copy_or_erase() -> None:
    talk = at_step("screening")
    for name in ("mydata", "forget"):
        talk.command(name)
        assert talk.said == [act.Say("no_data")]


def test_the_copy_is_sent_and_the_interview_stands_still() -> None:
    talk = at_question(2)
    talk.command("mydata")
    assert talk.said == [act.SendCopy()] and talk.state.step == "q2"


def test_doubts_are_asked_one_after_another() -> None:
    talk = at_question(2)
    first = talk.misplace("q1", "q2")
    assert talk.said == [act.KeepUnplaced(first, LONG), act.Ask("doubt")]
    second = talk.misplace("q1", "q2")
    assert talk.said == [act.KeepUnplaced(second, LONG)]
    talk.command("next")
    assert talk.said == [act.Say("press_a_button"), act.Ask("doubt")]
    talk.press("doubt", f"earlier{first}")
    assert talk.said == [act.PlaceMessage(1, first), act.Say("placed", {"question": 1}), act.Ask("doubt")]
    talk.press("doubt", f"earlier{first}")
    assert talk.said == [act.Toast("stale")], "one press that arrives twice does not settle the next doubt"
    talk.press("doubt", f"later{second}")
    assert talk.said == [act.PlaceMessage(2, second), act.Say("placed", {"question": 2}), act.Ask("q2")]
    assert talk.state.doubts == () and talk.state.resume is None
    assert talk.state.answer(1).parts[-1].message_id == first


def test_a_doubt_outlives_the_language() -> None:
    talk = at_question(2)
    talk.misplace("q1", "q2")
    talk.command("language")
    talk.press("language", "ru")
    assert talk.asked() == ["doubt"] and talk.state.line == "q2"


def test_a_message_placed_in_a_skipped_question_becomes_its_answer() -> None:
    talk = at_question(1)
    talk.press("q1", "skip")
    message_id = talk.misplace("q1", "q2")
    talk.press("doubt", f"earlier{message_id}")
    assert talk.said[:2] == [act.PlaceMessage(1, message_id), act.FinishAnswer(1)]


def test_a_message_that_was_meant_for_the_profile_is_not_kept_as_an_answer() -> None:
    talk = at_question(1)
    message_id = talk.misplace("locality", "q1")
    talk.press("doubt", f"earlier{message_id}")
    assert talk.said == [act.Say("not_kept"), act.Ask("q1")] and talk.state.answers == ()


def test_nothing_unplaced_is_kept_before_consent() -> None:
    talk = at_step("consent")
    talk.misplace("q7", "consent")
    assert talk.said == [act.Say("not_kept"), act.Ask("consent")] and talk.state.doubts == ()


@pytest.mark.parametrize("hours", [24, 72])
def test_a_reminder_asks_the_open_step_again(hours: int) -> None:
    talk = at_question(5)
    talk.take(Reminded(NOON, hours))
    assert talk.said == [act.Say(f"reminder_{hours}"), act.Ask("q5")]


def test_nobody_is_reminded_before_consent_or_after_the_end() -> None:
    for talk in (at_step("consent"), at_end()):
        assert talk.take(Reminded(NOON, 24)) == []


def test_the_member_check_comes_after_the_end_and_once() -> None:
    early = at_question(7)
    assert early.take(CODED) == []
    talk = in_check()
    assert talk.asked() == ["check"]
    assert talk.take(CODED) == []
    talk.press("check", "right")
    assert talk.said == [act.SaveCheck(1, ("resources",)), act.SaveCheck(3, ()), act.Say("check_thanks")]
    assert talk.state.step == "done" and talk.take(CODED) == []


def test_the_member_check_turns_categories_over_in_the_order_of_the_codebook() -> None:
    talk = in_check()
    talk.press("check", "1")
    assert talk.asked() == ["check1"]
    talk.press("check1", "+attitude")
    assert talk.said == [act.Refresh("check1")]
    talk.press("check1", "+attitude")
    assert talk.said == [act.Refresh("check1")]
    assert dict(talk.state.check)[1] == ("attitude", "resources")
    talk.press("check1", "-resources")
    talk.press("check1", "done")
    assert talk.asked() == ["check"]
    talk.press("check", "right")
    assert talk.said[0] == act.SaveCheck(1, ("attitude",))


def test_commands_lead_through_the_member_check() -> None:
    talk = in_check()
    talk.press("check", "3")
    talk.command("back")
    assert talk.asked() == ["check"]
    talk.press("check", "3")
    talk.command("next")
    assert talk.asked() == ["check"]
    talk.command("next")
    assert len(talk.all_of(act.SaveCheck)) == 2


def test_the_member_check_can_be_passed_over() -> None:
    talk = in_check()
    talk.command("skip")
    assert talk.said == [act.Say("check_skipped")] and talk.state.checked
    assert talk.take(CODED) == [] and not talk.all_of(act.SaveCheck)


def test_an_answer_without_a_coding_is_not_in_the_check() -> None:
    talk = in_check()
    talk.press("check", "2")
    assert talk.said == [act.Toast("stale")]


def test_the_member_check_waits_for_the_side_step_that_is_open() -> None:
    talk = at_end()
    talk.command("forget")
    assert talk.take(CODED) == []
    talk.press("forget", "no")
    assert talk.said == [act.Say("forget_kept"), act.Ask("check")]
    talk = at_end()
    talk.command("forget")
    talk.take(CODED)
    talk.press("forget", "yes")
    assert talk.said == [act.Erase()]


def test_a_message_after_the_end_is_answered_and_kept_only_where_it_belongs() -> None:
    talk = at_end()
    talk.reply("done", "Рақмет")
    assert talk.said == [act.Say("already_finished")]
    talk = at_question(7)
    talk.press("q7", "skip")
    message_id = talk.write(7)
    assert talk.said == [act.SaveMessage(7, message_id, LONG), act.FinishAnswer(7)]


def test_the_interview_goes_on_after_a_detour() -> None:
    talk = at_question(6)
    for name in ("help", "status", "invite", "mydata", "pause"):
        talk.command(name)
        assert talk.asked() == []
    answer(talk, 6)
    assert talk.asked() == ["q7"]


def test_no_command_leaves_a_doubt_behind() -> None:
    talk = at_question(2)
    talk.misplace("q1", "q2")
    talk.command("forget")
    talk.command("next")
    assert talk.said == [act.Say("press_a_button"), act.Ask("forget")]
    talk.command("back")
    assert talk.asked() == ["doubt"]

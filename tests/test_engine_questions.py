"""The seven questions: messages, probes, going back, passing over, edits, late messages, clarity and the end."""

from __future__ import annotations

from bot.interview import actions as act
from bot.interview.events import Pressed
from tests.interviewing import LONG, NOON, answer, at_end, at_question


def test_a_message_is_kept_at_once_and_says_nothing() -> None:
    talk = at_question(1)
    first = talk.write(1)
    assert talk.said == [act.SaveMessage(1, first, LONG)]
    second = talk.write(1, "және тағы")
    assert [part.message_id for part in talk.state.answer(1).parts] == [first, second]


def test_a_message_that_comes_twice_counts_once() -> None:
    talk = at_question(1)
    talk.write(1)
    talk.newest -= 1
    talk.write(1)
    assert talk.said == [] and len(talk.all_of(act.SaveMessage)) == 1


def test_that_is_all_finishes_a_long_answer_and_goes_on() -> None:
    talk = at_question(1)
    talk.write(1)
    talk.press("q1", "next")
    assert talk.said == [act.FinishAnswer(1), act.Ask("q2")]


def test_a_short_answer_is_probed_once() -> None:
    talk = at_question(1)
    talk.write(1, "Жақсы")
    talk.press("q1", "next")
    assert talk.said == [act.Probe(1)] and talk.state.step == "q1"
    talk.press("q1", "next")
    assert talk.said == [act.FinishAnswer(1), act.Ask("q2")]
    talk.command("back")
    talk.press("q1", "next")
    assert len(talk.all_of(act.Probe)) == 1


def test_several_short_messages_may_be_long_together() -> None:
    talk = at_question(1)
    for text in ("Бір екі", "үш төрт", "бес алты"):
        talk.write(1, text)
    talk.press("q1", "next")
    assert not talk.all_of(act.Probe)


def test_a_refusal_is_not_probed() -> None:
    for text in ("Не знаю", "білмеймін.", "Жауап бергім келмейді"):
        talk = at_question(1)
        talk.write(1, text)
        talk.press("q1", "next")
        assert talk.said == [act.FinishAnswer(1), act.Ask("q2")]


def test_that_is_all_without_an_answer_stays_there() -> None:
    talk = at_question(1)
    talk.press("q1", "next")
    assert talk.said == [act.Say("empty_answer")] and talk.state.step == "q1"


def test_back_finishes_what_was_written() -> None:
    talk = at_question(2)
    talk.write(2, "Аз")
    talk.press("q2", "back")
    assert talk.said == [act.FinishAnswer(2), act.Ask("q1")]
    talk.press("q1", "next")
    assert talk.asked() == ["q3"]


def test_back_from_an_empty_question_leaves_it_open() -> None:
    talk = at_question(2)
    talk.press("q2", "back")
    assert talk.said == [act.Ask("q1")]
    talk.press("q1", "next")
    assert talk.asked() == ["q2"]


def test_skip_passes_over_an_empty_question_and_keeps_what_was_written() -> None:
    talk = at_question(1)
    talk.press("q1", "skip")
    assert talk.said == [act.SkipAnswer(1), act.Ask("q2")]
    talk.write(2, "Аз")
    talk.press("q2", "skip")
    assert talk.said == [act.FinishAnswer(2), act.Ask("q3")]


def test_a_second_tap_and_a_forged_button_change_nothing() -> None:
    talk = at_question(1)
    talk.write(1)
    talk.press("q1", "next")
    after = talk.state
    for step, option in (("q1", "next"), ("q2", "yes"), ("", "next"), ("q12", "next"), ("role", "teacher"), ("q3", "")):
        talk.press(step, option)
        assert talk.said == [act.Toast("stale")] and talk.state == after


def test_commands_do_what_the_buttons_do() -> None:
    talk = at_question(2)
    talk.command("skip")
    assert talk.said == [act.SkipAnswer(2), act.Ask("q3")]
    talk.command("back")
    assert talk.asked() == ["q2"]
    talk.write(2)
    talk.command("next")
    assert talk.said == [act.FinishAnswer(2), act.Ask("q3")]


def test_a_correction_of_the_open_answer_is_silent_and_of_an_earlier_one_confirmed() -> None:
    talk = at_question(2)
    message_id = talk.write(2, "Қате")
    talk.edit(2, message_id, LONG)
    assert talk.said == [act.ReviseMessage(2, message_id, LONG)]
    assert talk.state.answer(2).words > 6
    earlier = talk.state.answer(1).parts[0].message_id
    talk.edit(1, earlier, "Дұрысы")
    assert talk.said == [act.ReviseMessage(1, earlier, "Дұрысы"), act.Say("edited")]
    assert talk.state.answer(1).status == "finished"


def test_a_correction_after_the_end_is_confirmed() -> None:
    talk = at_end()
    message_id = talk.state.answer(7).parts[0].message_id
    talk.edit(7, message_id, "Дұрысы")
    assert talk.said == [act.ReviseMessage(7, message_id, "Дұрысы"), act.Say("edited")]


def test_a_correction_of_an_earlier_round_leaves_this_conversation_alone() -> None:
    talk = at_question(1)
    before = talk.state
    talk.edit(3, 5, "Дұрысы")
    assert talk.said == [act.ReviseMessage(3, 5, "Дұрысы"), act.Say("edited")] and talk.state == before


def test_a_late_message_to_a_finished_question_is_added_to_it() -> None:
    talk = at_question(3)
    message_id = talk.write(1, "Тағы бір сөз")
    assert talk.said == [act.SaveMessage(1, message_id, "Тағы бір сөз")]
    assert talk.state.step == "q3" and len(talk.state.answer(1).parts) == 2


def test_a_late_message_to_a_skipped_question_becomes_its_answer() -> None:
    talk = at_question(1)
    talk.press("q1", "skip")
    message_id = talk.write(1)
    assert talk.said == [act.SaveMessage(1, message_id, LONG), act.FinishAnswer(1)]
    assert talk.state.answer(1).status == "finished" and talk.state.step == "q2"


def test_a_late_message_to_a_question_left_open_by_back_finishes_it() -> None:
    talk = at_question(2)
    talk.press("q2", "back")
    message_id = talk.write(2)
    assert talk.said == [act.SaveMessage(2, message_id, LONG), act.FinishAnswer(2)]
    talk.press("q1", "next")
    assert talk.asked() == ["q3"]


def test_questions_left_open_are_asked_before_the_end() -> None:
    talk = at_question(2)
    talk.press("q2", "back")
    talk.press("q1", "back")
    talk.press("locality", "city")
    assert talk.asked() == ["q1"]
    talk.press("q1", "next")
    for number in range(2, 8):
        answer(talk, number)
    assert talk.state.finished


def test_all_questions_may_be_skipped() -> None:
    talk = at_question(1)
    for _ in range(7):
        talk.command("skip")
    assert talk.all_of(act.SkipAnswer) == [act.SkipAnswer(number) for number in range(1, 8)]
    assert talk.state.finished and not talk.all_of(act.FinishAnswer)


def test_after_the_end_commands_say_that_it_is_over() -> None:
    talk = at_end()
    for name in ("next", "skip", "back", "pause", "status"):
        talk.command(name)
        assert talk.said == [act.Say("already_finished")]
    talk.command("invite")
    assert talk.said == [act.SendInvitation()]


def test_in_a_pilot_round_each_question_is_followed_by_was_it_clear() -> None:
    talk = at_question(1, pilot=True)
    talk.write(1)
    talk.press("q1", "next")
    assert talk.said == [act.FinishAnswer(1), act.Ask("clear1")]
    talk.press("clear1", "no")
    assert talk.said == [act.SaveClarity(1, False), act.Ask("q2")]
    talk.write(2)
    talk.press("q2", "next")
    talk.command("back")
    assert talk.asked() == ["q2"]
    talk.press("q2", "next")
    talk.command("skip")
    assert talk.said == [act.Ask("q3")]
    talk.command("skip")
    assert talk.said == [act.SkipAnswer(3), act.Ask("q4")]


def test_the_last_clarity_ends_the_pilot_interview() -> None:
    talk = at_question(7, pilot=True)
    answer(talk, 7)
    assert talk.said[0] == act.SaveClarity(7, True) and talk.state.finished


def test_status_counts_answers_and_minutes() -> None:
    talk = at_question(1)
    answer(talk, 1)
    talk.command("skip")
    talk.command("status")
    assert talk.said == [act.Say("status", {"question": 3, "total": 7, "answered": 1, "minutes": 26})]


def test_a_double_tap_on_next_does_not_skip_the_probe() -> None:
    """Telegram's apps may send one press of a button under two update ids."""
    talk = at_question(1)
    talk.write(1, "Жақсы")
    tap = Pressed(NOON, "q1", "next", 10)
    talk.take(tap)
    assert talk.said == [act.Probe(1)]
    talk.take(tap)
    assert talk.said == [act.Toast("stale")] and talk.state.step == "q1"
    talk.take(Pressed(NOON, "q1", "next", 12))
    assert talk.state.step == "q2"

"""Short texts that ask nothing: acknowledgements, explanations, refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.channels.texts import Texts

Values = Mapping[str, str | int]


def notice(name: str, values: Values, t: Texts) -> str:
    """The text of a notice. Raises KeyError for one that is not known."""
    return _NOTICES[name](t, values)


def menu(t: Texts) -> list[tuple[str, str]]:
    """(command, what it does) for the menu of an app, as the help lists them."""
    lines = (line.split(" – ", 1) for line in notice("help", {}, t).splitlines() if line.startswith("/"))
    return [(command.removeprefix("/"), about) for command, about in lines]


def alarm(name: str, t: Texts) -> str:
    """What the administrator reads when something needs a look. Raises KeyError for an alarm that is not known."""
    texts = {
        "second_poller": t.gettext("Kedergi: another program receives this bot's messages. Stop it."),
        "receiving_failed": t.gettext("Kedergi: messages cannot be stored. Check the disk."),
        "sending_failed": t.gettext("Kedergi: messages cannot be sent. Check the disk and the log."),
        "message_refused": t.gettext("Kedergi: Telegram refused a message; it was set aside. See the log."),
        "model_refused": t.gettext("Kedergi: the new model cannot be used; the one before goes on. See the log."),
        "digest_failed": t.gettext("Kedergi: a digest could not be composed. See the log."),
        "update_set_aside": t.gettext("Kedergi: a message could not be handled; it was set aside. See the log."),
        "urgent_unread": t.gettext(
            "Kedergi: an urgent answer waits and no coordinator can read it. Invite one: {command}",
            command="python -m bot invite --role coordinator --scope all",
        ),
        "inbox_waits": t.gettext("Kedergi: messages wait for minutes to be handled. See the log; restart the bot."),
        "outbox_waits": t.gettext("Kedergi: messages wait for minutes to be sent. Check the connection and the log."),
        "coder_behind": t.gettext("Kedergi: answers wait to be coded. Interviews go on. Run: python -m bot doctor"),
        "disk_low": t.gettext("Kedergi: the disk is almost full. Make room, or messages cannot be stored."),
        "backup_failed": t.gettext("Kedergi: the nightly backup failed. Check the disk; it is tried again every hour."),
        "clock_wrong": t.gettext("Kedergi: the clock of this machine is wrong. Switch on time synchronisation."),
    }
    return texts[name]


def minutes_left(t: Texts, minutes: int) -> str:
    """Rough time left, in words; at least one minute."""
    minutes = max(minutes, 1)
    return t.ngettext("about {number} minute left", "about {number} minutes left", minutes, number=minutes)


def _status(t: Texts, values: Values) -> str:
    answered = t.ngettext(
        "{number} of {total} questions answered",
        "{number} of {total} questions answered",
        int(values["answered"]),
        number=values["answered"],
        total=values["total"],
    )
    left = minutes_left(t, int(values["minutes"]))
    if not values["question"]:
        return f"{answered}, {left}."
    here = t.gettext("You are at question {question}.", question=values["question"])
    return f"{here} {answered}, {left}."


def _erased(t: Texts, values: Values) -> str:
    gone = t.ngettext(
        "{number} answer deleted", "{number} answers deleted", int(values["answers"]), number=values["answers"]
    )
    rest = t.gettext(
        "with all their versions and codings, your profile and your permissions.\n"
        "Backup copies lose them within 14 days. Files that researchers have already downloaded stay.\n"
        "If you wish to take part again, send /start."
    )
    return f"{gone}, {rest}"


def _placed(t: Texts, values: Values) -> str:
    return t.gettext("Thank you, this is now part of the answer to question {question}.", question=values["question"])


def _help(t: Texts, _: Values) -> str:
    return t.gettext(
        "Write your answer in one or several messages, then press “That is all” or send /next.\n\n"
        "/back – previous step\n/skip – skip this question\n/pause – take a break\n/status – how much is left\n"
        "/language – another language\n/mydata – a copy of your data\n/forget – delete everything\n"
        "/invite – a link for colleagues\n\n"
        "To correct something, edit your message. You can also type the number or the words of a button."
    )


_NOTICES: dict[str, Callable[[Texts, Values], str]] = {
    "welcome_back": lambda t, _: t.gettext("Welcome back! Let us go on where you stopped."),
    "press_a_button": lambda t, _: t.gettext("Please choose one of the buttons."),
    "only_text": lambda t, _: t.gettext("I can read text only. Please write it as a message."),
    "nothing_to_go_back": lambda t, _: t.gettext("There is nothing to go back to."),
    "cannot_skip": lambda t, _: t.gettext("This step cannot be skipped."),
    "paused": lambda t, _: t.gettext(
        "Have a rest. Everything you wrote is kept. Come back whenever you like and just go on writing."
    ),
    "reminder_24": lambda t, _: t.gettext("Hello! Your interview is waiting. You can go on now or later."),
    "reminder_72": lambda t, _: t.gettext(
        "Hello! Your interview is not finished yet. If you have a few minutes, we would be glad of your answer. "
        "We will not remind you again."
    ),
    "language_changed": lambda t, _: t.gettext("We now go on in English."),
    "status": _status,
    "help": _help,
    "declined": lambda t, _: t.gettext("Thank you for your reply. Nothing has been kept. To begin anew, send /start."),
    "screened_out": lambda t, _: t.gettext(
        "Thank you! This interview is for staff of schools with pupils with special educational needs. "
        "Nothing has been kept."
    ),
    "quota_full": lambda t, _: t.gettext(
        "Thank you for your interest! All places for your group are already filled. Nothing has been kept."
    ),
    "already_finished": lambda t, _: t.gettext("Your interview is finished. Thank you! See /help for what you can do."),
    "not_started": lambda t, _: t.gettext("To begin, send /start."),
    "empty_answer": lambda t, _: t.gettext("Nothing is written yet. Write your answer, or press “Skip”."),
    "edited": lambda t, _: t.gettext("Your correction is kept."),
    "unknown_command": lambda t, _: t.gettext("I do not know this command. See /help."),
    "stale": lambda t, _: t.gettext("This button no longer counts."),
    "check_thanks": lambda t, _: t.gettext("Thank you! Your corrections help us understand the answers rightly."),
    "check_skipped": lambda t, _: t.gettext("All right. Thank you for taking part!"),
    "forget_kept": lambda t, _: t.gettext("Nothing has been deleted."),
    "erased": _erased,
    "no_data": lambda t, _: t.gettext("Nothing is kept about you."),
    "invitation_later": lambda t, _: t.gettext("Your invitation link comes when the interview is finished."),
    "placed": _placed,
    "urgent": lambda t, _: t.gettext(
        "You wrote about something that cannot wait. If there is danger right now, call 112. "
        "At 111 children and families get help round the clock, free and in confidence.\n\n"
        "A coordinator of the study will see this message: the text, your role and your school, but no name. "
        "It enters no report and no quote. If you meant something else, just go on."
    ),
    "not_kept": lambda t, _: t.gettext(
        "This message came before the question was on the screen and was not kept. Please write it again."
    ),
}  # fmt: skip

"""The school in the engine: which schools are looked at, and what another choice undoes."""

from __future__ import annotations

from bot.interview import actions as act
from tests.interviewing import at_step


def _places(*choices: tuple[str, str]) -> list[str | None]:
    talk = at_step("region")
    for step, option in choices:
        talk.press(step, option)
    talk.reply("school", "Жаңа мектеп")
    talk.press("school_confirm", "new")
    found = [action.district for action in talk.all_of(act.FindSchool)]
    assert found == [action.district for action in talk.all_of(act.AddSchool)]
    return found


def test_a_school_belongs_to_its_district_else_to_its_region() -> None:
    assert _places(("region", "almaty_region"), ("district", "kegen")) == ["kegen"]
    assert _places(("region", "almaty_region"), ("district", "skip")) == ["region:almaty_region"]
    assert _places(("region", "skip")) == [None]


def test_a_region_and_a_district_of_the_same_name_share_no_schools() -> None:
    assert _places(("region", "zhambyl")) != _places(("region", "almaty_region"), ("district", "zhambyl"))


def test_a_new_school_is_not_counted_as_the_one_chosen_before() -> None:
    talk = at_step("school")
    talk.reply("school", "5 мектеп")
    talk.press("school_confirm", "0")
    assert talk.state.school_key == "s5"
    talk.command("back")
    talk.reply("school", "Жаңа мектеп")
    talk.press("school_confirm", "new")
    assert talk.state.school_key is None

"""Guide and places: what is shipped is whole, and every slip is named by file, key and what is allowed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.errors import GuideError
from bot.interview.guide import QUESTION_IDS, Guide, load_guide
from bot.interview.places import load_places

DATA = Path(__file__).parent.parent / "data"
KAZAKH_LETTER = re.compile("[әғқңөұүһі]", re.IGNORECASE)
LATIN_LETTER = re.compile("[a-z]", re.IGNORECASE)


def _texts(guide: Guide) -> list[dict[str, str]]:
    options = (*guide.permissions, *guide.roles, *guide.localities)
    questions = [text for question in guide.questions for text in (question.title, question.text, question.probe)]
    single = (guide.information, guide.consent, guide.screening, guide.closing)
    return [dict(text) for text in (*single, *guide.prompts.values(), *questions, *(o.label for o in options))]


def test_the_seven_questions_stand_in_the_fixed_order(guide: Guide) -> None:
    assert [question.number for question in guide.questions] == list(range(1, 8))
    assert tuple(question.id for question in guide.questions) == QUESTION_IDS
    assert {question.probe_below for question in guide.questions} == {6}


def test_every_text_is_in_two_different_languages(guide: Guide) -> None:
    for text in _texts(guide):
        assert set(text) == {"kk", "ru"}
        assert text["kk"] != text["ru"]


def test_no_russian_text_holds_kazakh_letters_and_none_holds_latin_ones(guide: Guide) -> None:
    allowed = re.compile(r"\{\w+\}|/\w+|Telegram")
    both = guide.prompts["language"]  # asks in both languages at once
    for text in _texts(guide):
        if text == both:
            continue
        assert not KAZAKH_LETTER.search(text["ru"]), text["ru"]
        for value in text.values():
            assert not LATIN_LETTER.search(allowed.sub("", value)), value


def test_questions_and_probes_name_no_category_of_barrier(guide: Guide) -> None:
    """A question that names ramps, money or assistants would lead."""
    leading = re.compile(
        "пандус|деньг|финанс|қаржы|ақша|ассистент|логопед|зарплат|жалақы|отношени|көзқарас", re.IGNORECASE
    )
    for question in guide.questions:
        for text in (question.text, question.probe):
            assert not any(leading.search(value) for value in text.values())


def test_information_and_consent_fit_in_one_message(guide: Guide) -> None:
    for language in ("kk", "ru"):
        filled = guide.information_text(language, study="С" * 300, approval="С" * 300, contact="С" * 300)
        assert len(filled) + len(guide.consent[language]) < 4000


def test_information_fills_its_gaps_and_leaves_out_lines_without_a_value(guide: Guide) -> None:
    filled = guide.information_text("ru", study="Инклюзия {2026}", approval="", contact="a@b.kz")
    assert "Исследование: Инклюзия {2026}" in filled
    assert "a@b.kz" in filled
    assert "одобрение" not in filled
    assert "примерно 40 минут" in filled
    assert "\n\n\n" not in filled


def test_information_names_the_conditions(guide: Guide) -> None:
    for language, words in {"kk": ["ерікті", "тоқтатуға", "кодпен", "/forget", "14 күн"],
                            "ru": ["добровольное", "остановиться", "кодом", "/forget", "14 дней"]}.items():  # fmt: skip
        for word in words:
            assert word in guide.information[language]


def test_all_regions_and_the_districts_of_almaty_region_are_there(guide: Guide) -> None:
    ids = [region.id for region in guide.places.regions]
    assert len(ids) == len(set(ids)) == 20
    assert {"astana", "almaty", "shymkent"} < set(ids)
    assert [district.id for district in guide.places.districts("almaty_region")] == [
        "balkhash", "enbekshikazakh", "zhambyl", "kegen", "karasai", "raiymbek", "talgar", "uigur", "ile", "konaev",
        "alatau",
    ]  # fmt: skip
    assert guide.places.districts("astana") == ()
    assert guide.places.districts(None) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('version = "4"\nminutes', "minutes", "version: must be a text of 1 to 40 characters"),
        ("minutes = 40", "minutes = 0", "minutes: must be a whole number from 1 to 240"),
        ("minutes = 40", "minutes = true", "minutes: must be a whole number from 1 to 240"),
        ("Зерттеу: {study}", "{name}", "information.kk: {name} is not allowed; gaps: {approval}, {contact}, {minutes}"),
        ("Зерттеу: {study}", "Зерттеу: {", "information.kk: { is not allowed"),
        ('ru = "Вы согласны', 'en = "Do you', "consent.en: unknown key; allowed: kk, ru, version"),
        ('ru = "Был ли этот вопрос Вам понятен?"', 'ru = " "', "prompts.clear.ru: must be a text of 1 to 600"),
        ("[prompts.role]", "[prompts.rule]", "prompts.rule: unknown key; allowed: language,"),
        ('id = "teacher"', 'id = "Teacher"', "roles[3].id: must be 1 to 32 characters of a-z, 0-9 and _"),
        ('id = "teacher"', 'id = "parent"', "roles: ids must be exactly principal, coordinator, teacher, specialist"),
        ('id = "town"', 'id = "village"', "localities[2].id: village stands there twice"),
        ("number = 3", "number = 4", "questions[3].number: must be 3"),
        ('id = "barriers"', 'id = "obstacles"', "questions[4].id: must be barriers"),
        ("probe_below = 6", 'probe_below = "6"', "questions[1].probe_below: must be a whole number from 0 to 100"),
        ("[closing]", "[ending]", "ending: unknown key; allowed: version, minutes, information,"),
        ("[closing]", "[closing", "must be valid TOML in UTF-8"),
    ],
)
def test_a_slip_in_the_guide_is_said_in_one_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    content = (DATA / "guide.toml").read_text(encoding="utf-8")
    assert old in content
    broken = tmp_path / "guide.toml"
    broken.write_text(content.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(GuideError) as raised:
        load_guide(broken, DATA / "places.toml")
    assert "guide.toml: " in str(raised.value)
    assert expected in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_absent_probe_limit_is_six(tmp_path: Path) -> None:
    content = (DATA / "guide.toml").read_text(encoding="utf-8").replace("probe_below = 6\n", "")
    (tmp_path / "guide.toml").write_text(content, encoding="utf-8")
    guide = load_guide(tmp_path / "guide.toml", DATA / "places.toml")
    assert {question.probe_below for question in guide.questions} == {6}


def test_seven_questions_and_no_other_number(tmp_path: Path) -> None:
    content = (DATA / "guide.toml").read_text(encoding="utf-8")
    last = content.rindex("[[questions]]")
    shorter = content[:last] + content[content.index("[closing]") :]
    (tmp_path / "guide.toml").write_text(shorter, encoding="utf-8")
    with pytest.raises(GuideError, match="questions: must be exactly 7 questions, not 6"):
        load_guide(tmp_path / "guide.toml", DATA / "places.toml")


def test_a_missing_or_unreadable_file_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(GuideError, match=r"none\.toml: cannot be read \(No such file"):
        load_guide(tmp_path / "none.toml", DATA / "places.toml")
    (tmp_path / "places.toml").write_bytes(b'version = "\xff"')
    with pytest.raises(GuideError, match="must be valid TOML in UTF-8"):
        load_places(tmp_path / "places.toml")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('id = "talgar"', 'id = "kegen"', r"regions[1].districts[7].id: kegen stands there twice"),
        ('ru = "город Алматы"', 'ru = ""', "regions[19].ru: must be a text of 1 to 100 characters"),
        ('id = "astana"', 'id = "astana"\ncapital = true', "capital: unknown key; allowed: kk, ru, id, districts"),
    ],
)
def test_a_slip_in_the_places_is_said_in_one_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    content = (DATA / "places.toml").read_text(encoding="utf-8")
    assert old in content
    (tmp_path / "places.toml").write_text(content.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(GuideError) as raised:
        load_places(tmp_path / "places.toml")
    assert expected in str(raised.value)


def test_the_fingerprint_changes_with_the_file(guide: Guide, tmp_path: Path) -> None:
    content = (DATA / "guide.toml").read_bytes()
    (tmp_path / "guide.toml").write_bytes(content + b"\n# a comment\n")
    assert load_guide(tmp_path / "guide.toml", DATA / "places.toml").sha256 != guide.sha256

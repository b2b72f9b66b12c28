"""Skeleton, language and script, meaning units and refusals."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.text import detect, fold, is_refusal, meaning_units, words

# Answers as they are typed, and anything else that a keyboard can do.
TYPED = st.lists(
    st.sampled_from(
        [
            "пандус",
            "жоқ,",
            "лифт",
            "бар.",
            "но",
            "а",
            "бірақ",
            "ал",
            "денег",
            "нет!",
            "қарыз;",
            "мамандар",
            "👩\u200d👩\u200d👧",
            "🤷🏽\u200d♀️",
            "1)",
            "2.",
            "т.б.",
            "«иә»",
            "—",
            "-",
            "\n",
            "\r\n",
            ",",
            ".",
            "…",
            ")))",
            "joq",
            "é",
            "é",
            "́",
            "қ̃",
            "мен;",
            "бізде",
            "деп",
            "болса,",
            "что",
            "которые",
        ]
    ),
    max_size=40,
).map(" ".join)
ANYTHING = st.one_of(TYPED, st.text(max_size=80))


@pytest.mark.parametrize(
    ("skeleton", "spellings"),
    [
        ("мугалим", ["мүғалім", "мугалим", "mugalim", "muğalim", "mug'alim", "МҰҒАЛІМ"]),
        ("билмеймин", ["білмеймін", "билмеймин", "bilmeimin", "bilmeymin", "bılmeimin", "бiлмеймiн"]),
        ("жок", ["жоқ", "жок", "joq", "zhoq", "jok", "ЖОҚ"]),
        ("окушы", ["оқушы", "oqushy", "oquşy", "oqy'shy", "oquwshy"]),
        ("жауап", ["жауап", "jauap", "zhauap", "jay'ap"]),
        ("койды", ["қойды", "qoidy", "qoydy"]),
        ("инклюзия", ["инклюзия", "inkluziia", "inklyuziya", "Inkluzia"]),
        ("аке", ["әке", "əке", "ake", "äke"]),
        ("еще", ["ещё", "еще"]),
    ],
)
def test_all_spellings_of_a_word_fold_to_one(skeleton: str, spellings: list[str]) -> None:
    assert {spelling: fold(spelling) for spelling in spellings} == dict.fromkeys(spellings, skeleton)


def test_russian_in_latin_letters_is_read_as_russian() -> None:
    assert fold("uslovia horoshie, lift rabotaet, ya etot") == "условия хорошие, лифт работает, я этот"


def test_emoji_digits_and_marks_stay() -> None:
    assert fold("Лифт 2 қабатта 👩‍👩‍👧 )))") == "лифт 2 кабатта 👩‍👩‍👧 )))"


@given(ANYTHING)
def test_a_skeleton_folds_to_itself(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "lang", "script"),
    [
        ("Пандус жоқ, логопедті көрген емеспіз", "kk", "kaz"),
        ("пандус жок, логопедти корген емеспиз", "kk", "rus_letters"),
        ("pandus joq, logopedti korgen emespiz", "kk", "latin"),
        ("uslovia horoshie, lift rabotaet", "ru", "latin"),
        ("Пандуса нет, логопеда не видели", "ru", "rus"),
        ("Логопед жоқ, вообще никто не приходит", "ru", "mixed"),
        ("Завуч бізге үнемі көмектеседі, спасибо", "kk", "mixed"),
        ("Бiздiң мектепте бәрi бар", "kk", "kaz"),
        ("нет", "ru", "rus"),
        ("жок", "kk", "rus_letters"),
        ("", None, None),
        ("👍👍 123 ...", None, None),
        ("Inclusive education means that every child learns together", None, None),
        ("Kinder lernen zusammen in der Schule", None, None),
        ("教育", None, None),
        ("Школи потрібні, бо їх немає", None, None),
    ],
)
def test_language_and_script(text: str, lang: str | None, script: str | None) -> None:
    found = detect(text)
    assert (found.lang, found.script) == (lang, script)


def test_the_expected_language_decides_where_words_do_not() -> None:
    assert detect("логопед", "ru").lang == "ru"
    assert detect("логопед", "kk").lang == "kk"
    assert detect("Пандуса нет", "kk").lang == "ru"


# The first doubtful text loads the language identifier.
@settings(deadline=None)
@given(ANYTHING)
def test_any_text_has_a_language_or_none(text: str) -> None:
    found = detect(text)
    assert (found.lang is None) == (found.script is None)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("Пандус жоқ. Лифт те жоқ!", ["Пандус жоқ.", "Лифт те жоқ!"]),
        ("пандус есть а лифта нет совсем", ["пандус есть", "а лифта нет совсем"]),
        ("мамандар бар бірақ олардың айлығы аз", ["мамандар бар", "бірақ олардың айлығы аз"]),
        ("денег нет, логопеда нет, учителя устали", ["денег нет", "логопеда нет", "учителя устали"]),
        ("логопед, дефектолог, психолог керек", ["логопед, дефектолог, психолог керек"]),
        ("я думаю, что денег не хватает", ["я думаю, что денег не хватает"]),
        ("баласын алып келіп, өзі де отырады", ["баласын алып келіп, өзі де отырады"]),
        ("т.е. денег нет. 2,5 ставки дали", ["т.е. денег нет.", "2,5 ставки дали"]),
        ("1) нет пандуса 2) нет лифта", ["1) нет пандуса", "2) нет лифта"]),
        ("пандус жоқ\nлифт жоқ", ["пандус жоқ", "лифт жоқ"]),
        ("нет", ["нет"]),
        ("👍", []),
        (" - ", []),
    ],
)
def test_units_are_statements(text: str, units: list[str]) -> None:
    assert [text[start:end] for start, end in meaning_units(text)] == units


@given(ANYTHING)
def test_units_are_ordered_disjoint_and_not_blank(text: str) -> None:
    units = meaning_units(text)
    edges = [edge for unit in units for edge in unit]
    assert edges == sorted(edges)
    assert all(0 <= start < end <= len(text) for start, end in units)
    assert all(text[start:end].strip() and words(text[start:end]) for start, end in units)


@given(TYPED)
def test_units_keep_every_word(text: str) -> None:
    assert sum(words(text[start:end]) for start, end in meaning_units(text)) == words(text)


@given(ANYTHING)
def test_units_do_not_cut_graphemes(text: str) -> None:
    boundaries = {0, *(found.end() for found in regex.finditer(r"\X", text))}
    assert {edge for unit in meaning_units(text) for edge in unit} <= boundaries


def test_long_runs_without_marks_are_divided() -> None:
    text = " ".join(["сабақ"] * 1000)
    assert max(words(text[start:end]) for start, end in meaning_units(text)) <= 60


@pytest.mark.parametrize("piece", ["а", "бар, жоқ ", "a, ", ". ", "...", "он но она ", "😀 ", "(", "é", "1) "])
def test_a_hundred_thousand_characters_are_divided_in_seconds(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    assert all(start < end for start, end in meaning_units(text))
    detect(text)


@pytest.mark.parametrize(
    "text",
    [
        "не знаю",
        "Нет.",
        "хз",
        "затрудняюсь ответить",
        "честно, не знаю 🤷\u200d♀️",
        "пока ничего",
        "білмеймін",
        "билмеймин",
        "bilmeimin",
        "Жоқ",
        "жок",
        "joq",
        "jok",
        "ештеңе",
        "жоқ, ештеңе",
        "eshtene joq",
        "ne znayu",
        "idk",
        "-",
        "?",
        "...",
        "👍",
        "",
        "Бiлмеймiн",
    ],
)
def test_refusals_in_every_way_of_writing(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "нет денег",
        "не знаю, денег не хватает наверное",
        "да",
        "пандус жоқ",
        "жоқ сияқты",
        "ассистент",
        "каникулы",
        "Не жалуюсь",
        "білім жоқ",
    ],
)
def test_answers_are_no_refusals(text: str) -> None:
    assert not is_refusal(text)


def test_words_count_compounds_once() -> None:
    assert words("ата-ана келді, 2 рет!") == 4
    assert words("👍 ...") == 0

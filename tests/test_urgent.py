"""Texts that must not wait, and everyday figures of speech that may."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifier.urgent import is_urgent
from tests.conftest import DATA
from training.errors import ExampleError
from training.urgency import table

URGENT = (
    "Отец бьёт мальчика, приходит весь в синяках",
    "Одноклассники избили его за школой, никто не вмешался",
    "мне кажется дома её бьют, боится идти домой",
    "ассистент ударила ребёнка по рукам линейкой",
    "учительница подняла руку на девочку",
    "Мать запирает его одного дома, соседи жалуются",
    "его привязывают к стулу чтобы не бегал",
    "над ним издеваются старшеклассники, издеваются над ребёнком каждый день",
    "подозреваю насилие в семье",
    "девочка говорит что не хочет жить, режет себе руки",
    "я больше так не могу, плачу каждую ночь",
    "если честно уже не хочу жить с такой работой",
    "Хочу умереть, никому мы не нужны",
    "в прошлом году был суицид, об этом молчат",
    "otec bet rebenka, sinyaki na rukah",
    "отчим домогался девочки",
    "мальчик пришёл с ножом, грозил",
    "Әкесі баланы ұрады, денесі көгерген",
    "акеси баланы урып жатады деди коршилери",
    "akesi balany urady, betinen sokty",
    "үйінде баланы сабайды екен",
    "сыныптастары оны тепкілеп кетті",
    "баланы үйге қамап қояды, ешкімге көрсетпейді",
    "баланы орындыкка байлап кояды",
    "отбасында зорлық-зомбылық бар деп ойлаймын",
    "бір оқушымыз өзіне қол жұмсады",
    "өлгім келеді кейде, ешкім көмектеспейді",
    "olgim keledi keide",
    "Өмір сүргім келмейді, шаршадым",
    "енді шыдай алмаймын, күн сайын жылаймын",
)

HARMLESS = (
    "",
    "👍",
    "Бьётся как рыба об лёд, а денег нет",
    "Убивает бумажная работа",
    "меня убивает эта отчётность, журналы, планы",
    "школа бьёт рекорды по ремонту",
    "бьют тревогу родители, а автобуса нет",
    "солнце бьёт в глаза, штор нет",
    "ребёнок поднимает руку и отвечает",
    "веду профилактику суицида, буллинг, вейпы",
    "аудирование для слабослышащего просто издевательство",
    "прислали вебинар как не выгорать",
    "сил нет заполнять журнал",
    "больше ничего не нужно, спасибо",
    "больше не могу сказать, спасибо",
    "ребёнка не берут в школу, места нет",
    "Насильно никого не заставляют",
    "дети смеются над ним, дразнят",
    "разбили окно, ремонта нет",
    "белмеймин",
    "білмеймін",
    "бил мей мин",
    "Қағаз өлтірді, есеп көп",
    "баласына ұрысады",
    "бала қолын көтереді, жауап береді",
    "шапалақ соғып мақта дегенді оқыдым",
    "суицид алдын алу, кабинет, жиналыс",
    "Ақ таяқпен жүретін оқушым бар",
    "Логопед жок, пандус жок",
    "тиісті жағдай жасалған",
    "мұғалімнің жүрегі керек",
    "убила бы за хороший проектор, шучу)",
)


@pytest.mark.parametrize("text", URGENT)
def test_violence_and_despair_are_urgent(text: str) -> None:
    assert is_urgent(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_figures_of_speech_are_not(text: str) -> None:
    assert not is_urgent(text)


def test_a_figure_does_not_hide_the_violence_beside_it() -> None:
    assert is_urgent("бьётся как рыба об лёд, а отец его бьёт")


def test_a_hundred_thousand_characters_are_read() -> None:
    assert is_urgent("Пандуса нет. " * 8000 + "Его бьют дома.")
    assert not is_urgent("а" * 100_000)


def sorted_texts(name: str) -> list[tuple[bool, str]]:
    lines = (DATA / "urgent" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [(row["urgent"], row["text"]) for row in map(json.loads, lines)]


@pytest.mark.parametrize("name", ["a", "b", "answers"])
def test_the_rules_know_the_texts_they_were_written_for(name: str) -> None:
    texts = sorted_texts(name)
    found = [is_urgent(text) for urgent, text in texts if urgent]
    taken = [is_urgent(text) for urgent, text in texts if not urgent]
    assert sum(found) >= 0.95 * len(found)
    assert sum(taken) <= 0.02 * len(taken)


def test_on_a_writer_they_do_not_know_few_look_alikes_are_taken_for_urgent() -> None:
    taken = [is_urgent(text) for urgent, text in sorted_texts("c") if not urgent]
    assert sum(taken) <= 0.02 * len(taken)


def test_there_are_texts_enough() -> None:
    texts = [one for name in ("a", "b", "c", "answers") for one in sorted_texts(name)]
    assert sum(urgent for urgent, _ in texts) >= 200
    assert sum(not urgent for urgent, _ in texts) >= 1_000


def test_the_table_counts_found_and_taken(tmp_path: Path) -> None:
    rows = [
        ("ru", True, "отец бьёт мальчика"),
        ("ru", True, "тишина"),
        ("ru", False, "бьют тревогу"),
        ("kk", False, "иә"),
    ]
    path = tmp_path / "x.jsonl"
    path.write_text(
        "".join(json.dumps({"lang": lang, "urgent": urgent, "text": text}) + "\n" for lang, urgent, text in rows)
    )
    assert table([path]).splitlines()[2:] == [
        "| x.jsonl | kk | - | 0 of 1 (0.0%) |",
        "| x.jsonl | ru | 1 of 2 (50.0%) | 0 of 1 (0.0%) |",
    ]
    path.write_text("{}\n")
    with pytest.raises(ExampleError, match=r"x\.jsonl:1"):
        table([path])

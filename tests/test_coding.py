"""What a coding says of a text, whatever the coder that scored it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.codebook import load_codebook
from classifier.coding import MOST_UNITS, WINDOW_CHARACTERS, Input, code_batch
from tests.conftest import DATA
from tests.tiny_model import WordCoder

BOOK = load_codebook(DATA / "codebook.toml")
FIELDS = ["id", "labels", "codes", "scores", "units", "lang", "script", "needs_review", "urgent", "model"]


def code(text: str, question: int | None = 4) -> dict[str, Any]:
    return code_batch(WordCoder(BOOK), [Input("x", text, question)])[0]


def test_the_whole_and_its_units_are_coded() -> None:
    text = "Пандус жоқ. Логопед те жоқ. Балалар тату."
    coding = code(text)
    assert list(coding) == FIELDS
    assert coding["id"] == "x"
    assert coding["labels"] == ["infrastructure", "human_resources"]
    assert coding["codes"] == ["no_ramp", "no_specialists"]
    assert [(text[unit["start"] : unit["end"]], unit["labels"], unit["codes"]) for unit in coding["units"]] == [
        ("Пандус жоқ.", ["infrastructure"], ["no_ramp"]),
        ("Логопед те жоқ.", ["human_resources"], ["no_specialists"]),
        ("Балалар тату.", [], []),
    ]
    assert coding["scores"] == dict(zip(BOOK.category_ids, [0.9, 0.9, 0.1, 0.1, 0.1], strict=True))
    assert (coding["lang"], coding["script"], coding["model"]) == ("kk", "kaz", "words")
    assert coding["needs_review"] is False
    assert coding["urgent"] is False


def test_labels_and_codes_stand_in_codebook_order() -> None:
    coding = code("мазақтайды, ақша жоқ, пандус жоқ")
    assert coding["labels"] == ["infrastructure", "funding", "social_perception"]
    assert coding["codes"] == ["no_ramp", "no_budget", "peers_bullying"]


def test_a_code_brings_all_of_its_categories() -> None:
    coding = code("Ставка берілмеді.")
    assert coding["labels"] == ["human_resources", "funding"]
    assert coding["codes"] == ["unfunded_posts"]


def test_a_code_without_its_category_is_not_shown() -> None:
    class Doubtful(WordCoder):
        def labels(self, row: Any) -> tuple[str, ...]:
            return ("funding",)

    coding = code_batch(Doubtful(BOOK), [Input(1, "Ставка жоқ, ақша жоқ")])[0]
    assert coding["labels"] == ["funding"]
    assert coding["codes"] == ["no_budget"]


def test_a_category_of_the_whole_stands_in_the_unit_that_comes_closest() -> None:
    class OnlyTogether(WordCoder):
        def score(self, texts: Any, questions: Any) -> Any:
            scores = super().score(texts, questions)
            scores.categories[1:] /= 2
            scores.codes[1:] /= 2
            return scores

    coding = code_batch(OnlyTogether(BOOK), [Input(1, "Бәрі жақсы. Пандус жоқ.")])[0]
    assert coding["labels"] == ["infrastructure"]
    assert [unit["labels"] for unit in coding["units"]] == [[], ["infrastructure"]]
    assert [unit["codes"] for unit in coding["units"]] == [[], ["no_ramp"]]


def test_a_single_unit_is_scored_once_and_the_question_is_passed_on() -> None:
    coder = WordCoder(BOOK)
    code_batch(coder, [Input(1, "пандус жоқ", 3), Input(2, "Пандус жоқ. Ақша жоқ.", None)])
    assert coder.seen == [
        ("пандус жоқ", 3),
        ("Пандус жоқ. Ақша жоқ.", None),
        ("Пандус жоқ.", None),
        ("Ақша жоқ.", None),
    ]


@pytest.mark.parametrize(
    "text", ["", "   ", "\n", "👍👍", "...", "123", "The ramp is missing and there is no money", "没有钱", "\0"]
)
def test_what_cannot_be_coded_is_left_to_a_person(text: str) -> None:
    coder = WordCoder(BOOK)
    coding = code_batch(coder, [Input(1, text)])[0]
    assert coding["labels"] == coding["codes"] == coding["units"] == []
    assert coding["needs_review"] is True
    assert set(coding["scores"].values()) == {0.0}
    assert coding["lang"] is None
    assert coder.seen == []


def test_urgent_is_said_of_any_text() -> None:
    assert code("Отец бьёт мальчика")["urgent"] is True
    assert code("Хочу умереть")["urgent"] is True


@pytest.mark.parametrize("text", ["а" * 100_000, "бәрі жақсы, рахмет. " * 5_000 + "Пандус жоқ.", "бар, жоқ " * 12_000])
def test_a_hundred_thousand_characters_are_read_in_windows(text: str) -> None:
    coder = WordCoder(BOOK)
    coding = code_batch(coder, [Input(1, text)])[0]
    assert coding["needs_review"] is True
    assert coding["labels"] == (["infrastructure"] if "Пандус" in text else [])
    assert len(coding["units"]) <= MOST_UNITS
    whole = len(coder.seen) - (len(coding["units"]) if len(coding["units"]) > 1 else 0)
    assert all(len(seen) <= WINDOW_CHARACTERS for seen, _ in coder.seen[:whole])


def test_an_exclusive_codebook_gives_every_text_one_category(tmp_path: Path) -> None:
    path = tmp_path / "codebook.toml"
    path.write_text('version = "1"\nexclusive = true\n[[categories]]\nid = "good"\n[[categories]]\nid = "bad"\n')
    coder = WordCoder(load_codebook(path))
    texts = ["Пандус жоқ. Лифт жоқ.", "👍", "Very good", " "]
    several, emoji, foreign, blank = code_batch(coder, [Input(at, text) for at, text in enumerate(texts)])
    assert several["labels"] == emoji["labels"] == foreign["labels"] == ["good"]
    assert several["units"] == [{"start": 0, "end": 21, "labels": ["good"], "codes": []}]
    assert (emoji["needs_review"], foreign["needs_review"], several["needs_review"]) == (True, True, False)
    assert blank["labels"] == []


def test_the_company_of_a_text_does_not_matter() -> None:
    inputs = [Input(at, text, 4) for at, text in enumerate(["пандус жоқ", "", "Ақша жоқ. Логопед жоқ.", "👍", "нет"])]
    together = code_batch(WordCoder(BOOK), inputs)
    assert together == [code_batch(WordCoder(BOOK), [one])[0] for one in inputs]
    assert code_batch(WordCoder(BOOK), []) == []


@settings(deadline=None)
@given(st.text(max_size=200), st.lists(st.sampled_from(["пандус жоқ", "ақша", "ставка,", "логопед.", "а", "бірақ"])))
def test_every_coding_keeps_its_promises(noise: str, spoken: list[str]) -> None:
    text = noise + " ".join(spoken)
    coding = code(text)
    labels, codes = coding["labels"], coding["codes"]
    assert tuple(labels) == BOOK.in_order(labels)
    assert set(BOOK.categories_of(codes)) <= set(labels)
    for unit in coding["units"]:
        assert 0 <= unit["start"] < unit["end"] <= len(text)
        assert set(unit["labels"]) <= set(labels)
        assert set(BOOK.categories_of(unit["codes"])) <= set(unit["labels"])
    assert {label for unit in coding["units"] for label in unit["labels"]} == set(labels)
    assert json.loads(json.dumps(coding)) == coding

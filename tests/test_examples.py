"""The coded answers keep what data/README.md promises of them: fields, coverage, balance, and a test set apart."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

from classifier.codebook import load_codebook
from classifier.text import words
from tests.test_training import DATA
from training.agreement import read_double
from training.cleaning import repeats, rows
from training.corpus import Example, read_examples
from training.inventory import TEST, training_files
from training.overlap import refuse_overlap

BOOK = load_codebook(DATA / "codebook.toml")
FOLDER = DATA / "examples"
FILES = (*training_files(FOLDER), FOLDER / TEST)
ALLOWED = {
    "role": {"principal", "coordinator", "teacher", "specialist"},
    "locality": {"village", "town", "city"},
    "lang": {"kk", "ru"},
    "question": set(range(1, 8)),
}


@cache
def train() -> tuple[Example, ...]:
    return read_examples(training_files(FOLDER), BOOK)


@cache
def held_back() -> tuple[Example, ...]:
    return read_examples([FOLDER / TEST], BOOK)


def records() -> list[dict[str, Any]]:
    return [json.loads(line) for path in FILES for line in path.read_text(encoding="utf-8").splitlines()]


def share(examples: Sequence[Example], **wanted: object) -> float:
    return sum(all(getattr(one, k) == v for k, v in wanted.items()) for one in examples) / len(examples)


def test_every_line_has_the_fields_of_the_house() -> None:
    for row in records():
        assert all(row[key] in values for key, values in ALLOWED.items()), row["id"]
        assert row["id"].startswith(row["respondent"][:2]), row["id"]
        assert row["batch"], row["id"]
        assert row.get("job_title") or row.get("person"), row["id"]
        assert row["text"] == row["text"].strip() != "", row["id"]
    assert len({row["id"] for row in records()}) == len(records())


def test_every_code_brings_its_categories() -> None:
    for one in (*train(), *held_back()):
        assert set(BOOK.categories_of(one.codes)) <= set(one.categories), one.id


def test_there_are_enough_answers_people_and_pairs_half_in_each_language() -> None:
    everything = (*train(), *held_back())
    assert len(everything) >= 10_000
    assert len({one.respondent for one in everything}) >= 1_400
    assert 0.45 <= share(everything, lang="kk") <= 0.55
    assert len({one.pair for one in everything} - {None}) >= 600
    lengths = [words(one.text) for one in everything]
    assert 12 <= statistics.median(lengths) <= 18
    assert min(lengths) <= 1


def test_every_descriptive_code_is_there_often_enough_in_both_languages() -> None:
    found = Counter((code, one.lang) for one in train() for code in one.codes)
    for code in BOOK.code_ids:
        assert found[code, "kk"] + found[code, "ru"] >= 120, code
        assert min(found[code, "kk"], found[code, "ru"]) >= 50, code


def test_no_question_gives_its_coding_away() -> None:
    for question in range(1, 8):
        own = [one for one in train() if one.question == question]
        assert 0.3 <= share(own, categories=()) <= 0.6, question


def test_kazakh_is_written_as_people_write_it() -> None:
    kazakh = [one for one in train() if one.lang == "kk"]
    assert share(kazakh, script="rus_letters") >= 0.18
    assert share(kazakh, script="latin") >= 0.1
    assert share(kazakh, script="mixed") >= 0.1


def test_the_halves_of_a_pair_differ_in_their_coding() -> None:
    pairs: dict[str, list[Example]] = {}
    for one in (*train(), *held_back()):
        if one.pair:
            pairs.setdefault(one.pair, []).append(one)
    for name, halves in pairs.items():
        assert len(halves) == 2, name
        assert (halves[0].categories, halves[0].codes) != (halves[1].categories, halves[1].codes), name


def test_nothing_stands_twice_and_the_sample_is_apart() -> None:
    found = repeats(rows(training_files(FOLDER)), rows([DATA / "sample" / "answers.jsonl"]))
    assert [(one.row.id, one.earlier.id) for one in found] == []


class TestTestSet:
    def test_it_is_large_enough_in_every_way_of_writing(self) -> None:
        scripts = Counter(one.script for one in held_back())
        assert len(held_back()) >= 1_500
        assert scripts["latin"] >= 200
        assert scripts["rus_letters"] >= 250

    def test_it_shares_nothing_with_what_is_trained_on(self) -> None:
        refuse_overlap(held_back(), train())
        assert repeats(rows([FOLDER / TEST]), rows([DATA / "sample" / "answers.jsonl"])) == []

    def test_all_of_it_and_a_quarter_of_the_rest_is_coded_twice(self) -> None:
        doubles = read_double(DATA / "coding" / "double.jsonl", BOOK)
        ids = {one.id for one in doubles}
        assert {one.id for one in held_back()} <= ids
        assert len([one for one in train() if one.id in ids]) >= len(train()) / 4

    def test_every_difference_is_settled_with_a_reason(self) -> None:
        for line in (DATA / "coding" / "double.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            assert set(row["first"]) == set(row["second"]) or row["reason"], row["id"]

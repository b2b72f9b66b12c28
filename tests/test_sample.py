"""The re-enacted sample: its counts are the study's, its codings follow the codebook, and the demo plays all of it."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from pathlib import Path

from bot.app import build_host
from bot.delivery.alarms import Alarms
from bot.delivery.worker import Worker
from bot.demo import SAMPLE, play, read
from bot.settings import DATA, Settings
from bot.store.database import open_reader, opened
from bot.store.digests import respondents_by_category
from classifier.codebook import load_codebook

RECORDS = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
BOOK = load_codebook(DATA / "codebook.toml")


def test_the_sample_has_the_study_s_people_and_schools() -> None:
    first = [record for record in RECORDS if record["question"] == 1]
    assert Counter(record["role"] for record in first) == {"teacher": 50, "principal": 10, "coordinator": 10}
    assert Counter(record["lang"] for record in first) == {"kk": 35, "ru": 35}
    assert len({record["school_key"] for record in RECORDS}) == 40
    assert Counter(record["question"] for record in RECORDS) == dict.fromkeys(range(1, 8), 70)
    assert len({record["text"] for record in RECORDS}) == len(RECORDS)


def test_the_sample_s_respondents_mention_each_category_as_often_as_the_study_s() -> None:
    mentions = {category.id: set() for category in BOOK.categories}
    for record in RECORDS:
        for category in record["categories"]:
            mentions[category].add(record["respondent"])
    assert {name: len(people) for name, people in mentions.items()} == {
        category.id: category.study_mentions for category in BOOK.categories
    }


def test_the_sample_s_codings_follow_the_codebook() -> None:
    for record in RECORDS:
        assert record["categories"] == list(BOOK.in_order(record["categories"])), record["id"]
        assert set(BOOK.categories_of(record["codes"])) <= set(record["categories"]), record["id"]


def test_no_text_of_the_sample_is_trained_on() -> None:
    trained = {
        json.loads(line)["text"]
        for path in (DATA / "examples").glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    # One-word answers such as "деньги" are nobody's invention.
    assert not {record["text"] for record in RECORDS if len(record["text"].split()) > 3} & trained


def test_the_demo_plays_every_answer_through_the_real_interview(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        host, codebook = build_host(Settings(_env_file=None, home=tmp_path), store, "/start ")
        play(store, Worker(store, host, read, Alarms(), pilot=False), codebook, show_progress=False)
    with closing(open_reader(tmp_path)) as reader:
        stored = {row[0] for row in reader.execute("SELECT text FROM answers_current")}
        by_hand = respondents_by_category(reader, "human")
    assert stored == {record["text"] for record in RECORDS}
    assert by_hand == {category.id: category.study_mentions for category in BOOK.categories}

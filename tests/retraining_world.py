"""A small world for the tests of retraining: respondents of invented writers, a coder who codes them, tiny models."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bot.store import codings, interviews, people
from bot.store.codings import Coding
from bot.store.database import KEY_BYTES, KEY_FILE, Store
from classifier.codebook import load_codebook
from tests.conftest import DATA
from tests.store_world import NOW, OPENING, write

CODEBOOK = DATA / "codebook.toml"
BOOK = load_codebook(CODEBOOK)

Row = dict[str, Any]
Judge = Callable[[Row], Iterable[str]]


def fixed_home(folder: Path) -> Path:
    """A home whose pseudonyms, and with them who is set aside, are the same in every run."""
    home = folder / "home"
    home.mkdir()
    (home / KEY_FILE).write_text("5a" * KEY_BYTES)
    return home


def rows_of(*writers: str, most: int | None = None) -> list[Row]:
    """Coded answers of writers, the first `most` of each."""
    return [
        json.loads(line)
        for writer in writers
        for line in (DATA / f"examples/{writer}.jsonl").read_text(encoding="utf-8").splitlines()[:most]
    ]


def file_of(path: Path, rows: Iterable[Row]) -> Path:
    """A file of coded answers."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def move_in(store: Store, rows: Iterable[Row], judge: Judge = lambda row: row["codes"]) -> None:
    """The respondents of `rows` give their answers in the bot, allow training, and a person codes all of them."""
    by_respondent = defaultdict(list)
    for row in rows:
        by_respondent[row["respondent"]].append(row)
    with store.atomic():
        for number, own in enumerate(by_respondent.values(), 1000):
            chat = people.chat_key_of(store, number, NOW)
            interview = interviews.open_interview(store, chat, OPENING, NOW)
            store.run("UPDATE interviews SET consent_training = 1 WHERE interview_id = ?", interview)
            for row in {row["question"]: row for row in own}.values():
                answer = write(store, chat, row["question"], row["text"])
                codes = [(category, code, None) for code in judge(row) for category in BOOK.code(code).categories]
                codings.save_coding(store, answer, Coding("aigul", "human", BOOK.version), codes, NOW)

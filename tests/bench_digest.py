"""`make bench`: how long a digest takes, and how much memory, with a million answers in the database.

The answers are written straight into SQLite, as a year of interviews that a model has coded and people have settled in
part; then the tallies are brought up to date, as the running bot does, and digests are read in a process of their own.
It prints figures and decides nothing. `python -m tests.bench_digest 100000` takes another number of answers.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.digest import command
from bot.settings import DATA, Settings
from bot.store import tallies
from bot.store.database import Store, opened, timestamp
from bot.store.weeks import week_of
from classifier.codebook import Codebook, load_codebook

ANSWERS, QUESTIONS, WEEKS = 1_000_000, 7, 52
BEGIN = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
LAST = week_of(BEGIN + timedelta(weeks=WEEKS - 1))
TEXT = "Мектепте пандус жоқ, арбаны үшеулеп көтереміз, қаржы да бөлінбейді, маман да таппай жүрміз"
DISTRICTS = ("karasai", "talgar", "ile", "enbekshikazakh", "zhambyl", "uigur", "raiymbek", "kegen")


def fill(store: Store, answers: int) -> None:
    """A year of interviews of seven answers each."""
    codebook = load_codebook(DATA / "codebook.toml")
    number = answers // QUESTIONS
    chance = random.Random(7)
    with store.atomic():
        store.db.execute("INSERT INTO schools VALUES ('school-1', 'talgar', 'школа')")
        store.run_many("INSERT INTO chats (chat_key, chat_id, last_activity) VALUES (?, ?, ?)",
                       [(at, at, timestamp(BEGIN)) for at in range(1, number + 1)])  # fmt: skip
        store.run_many("INSERT INTO respondents VALUES (?, ?, ?, NULL, 0, ?)",
                       [(at, at, f"p{at}", timestamp(BEGIN)) for at in range(1, number + 1)])  # fmt: skip
        store.run_many(
            "INSERT INTO interviews (interview_id, respondent_id, round, pilot, guide_version, language, role, "
            "district, school_key, locality, consent_version, consent_language, consented_at, consent_quote, "
            "finished_at) VALUES (?, ?, '2026', 0, '1', 'kk', ?, ?, 'school-1', ?, '1', 'kk', ?, ?, ?)",
            list(_interviews(number, chance)),
        )
        for first in range(1, number + 1, 5000):
            _answer(store, range(first, min(first + 5000, number + 1)), number, codebook, chance)


def _interviews(number: int, chance: random.Random) -> Iterator[tuple[object, ...]]:
    for at in range(1, number + 1):
        role = chance.choice(("teacher", "teacher", "teacher", "principal", "coordinator", "specialist"))
        place = chance.choice(("village", "town", "city"))
        yield at, at, role, chance.choice(DISTRICTS), place, _when(at, number), at % 2, _when(at, number)


def _when(at: int, number: int) -> str:
    return timestamp(BEGIN + timedelta(weeks=WEEKS * (at - 1) // number, minutes=at % 5000))


def _answer(store: Store, interviews: range, number: int, codebook: Codebook, chance: random.Random) -> None:
    """The answers of some interviews, their versions, units and codings; ids follow from each other."""
    keys = [(at, (at - 1) * QUESTIONS + question) for at in interviews for question in range(1, QUESTIONS + 1)]
    times = {at: _when(at, number) for at in interviews}
    store.run_many("INSERT INTO answers VALUES (?, ?, ?, 'finished', 1, ?, NULL)",
                   [(key, at, key - (at - 1) * QUESTIONS, times[at]) for at, key in keys])  # fmt: skip
    store.run_many("INSERT INTO answer_versions VALUES (?, 1, ?, 'kk', 'kaz', ?)",
                   [(key, TEXT, times[at]) for at, key in keys])  # fmt: skip
    store.run_many("INSERT INTO units VALUES (?, ?, 1, 0, ?, 1)", [(key, key, len(TEXT)) for _, key in keys])
    codings, codes = [], []
    for at, key in keys:
        named = [category for category in codebook.category_ids if chance.random() < 0.2]
        scores = {one: round(chance.random(), 3) for one in codebook.category_ids}
        codings.append((key, key, "model:bench", "model", json.dumps(scores), chance.random() < 0.2, times[at]))
        codes += [(key, one, chance.choice(codebook.codes_of(one)).id, scores[one]) for one in named]
    store.run_many("INSERT INTO codings VALUES (?, ?, ?, ?, '1', ?, ?, 0, ?)", codings)
    store.run_many("INSERT INTO coding_codes VALUES (?, ?, ?, ?)", codes)


def main(answers: int) -> None:
    """Fill, bring up to date, and read digests of two scopes."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with opened(home) as store:
            _timed(f"writing {answers:,} answers", lambda: fill(store, answers))
            _timed("bringing the tallies up to date", lambda: _refresh(store))
        for scope in ("all", "talgar"):
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench_digest", "--read", folder, scope],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            print(done.stdout, end="")


def _refresh(store: Store) -> None:
    while True:
        with store.atomic():
            if not tallies.refresh(store, 2000):
                return


def read(home: Path, scope: str) -> None:
    """One digest: seconds and megabytes."""
    began = time.perf_counter()
    report = command.report_of(Settings(_env_file=None, home=home), LAST, scope)
    text = command.digest_text(report, "kk")
    took, worked = time.perf_counter() - began, time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"digest of {scope}: {took:.2f} s (wanted: under 2), {peak:.0f} MB (wanted: under 300); {len(text)} letters")
    print(f"  {worked:.2f} s of processor with everything since the start of Python")
    began = time.perf_counter()
    command.picture(report, "kk")
    drawn = time.perf_counter() - began
    command.sheet(report, "kk")
    print(f"  its picture {drawn:.2f} s, its workbook {time.perf_counter() - began - drawn:.2f} s")


def _timed(what: str, work: object) -> None:
    began = time.perf_counter()
    assert callable(work)
    work()
    print(f"{what}: {time.perf_counter() - began:.1f} s", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read(Path(sys.argv[2]), sys.argv[3])
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else ANSWERS)

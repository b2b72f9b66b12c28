"""A simulated year of coding and retraining: `python -m tests.simulated_year` writes the curve into `data/coding/`.

Respondents of writers whom no model has seen arrive week by week, more of them than can be coded. A simulated coder
settles 30 answers a week as the codebook has them: once in the order of the review, and for comparison at random. Every
four weeks a model is trained on all that is coded and measured on writers of whom nothing is ever coded.

The model is the n-gram half of a coder, because a year is some fifty trainings. The test set has no part in it: neither
the order nor anything else may be chosen by it. Left out: coders who err or disagree.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from classifier.codebook import Codebook, load_codebook
from classifier.priority import Candidate, Coded, order
from classifier.text import fold
from classifier.wide import score
from tests.conftest import DATA
from training import broad, metrics
from training.corpus import Example, read_examples, targets

OUT = DATA / "coding"
FIRST = ("kk1", "kk2", "kk3", "kk4", "kk5", "ru1", "ru2", "ru3", "ru4", "ru5")
ARRIVING = ("kk7", "kk9", "kk10", "kk11", "ru7", "ru9", "ru10")
CHOOSING = ("kk6", "ru6")
MEASURED = ("kk8", "ru8")
WEEKS, WEEKLY, MONTH = 52, 30, 4
RANDOM_YEARS = 3

Take = Callable[["Model", Sequence[Example], Sequence[Example]], Sequence[Example]]


@dataclass(frozen=True, slots=True)
class World:
    """Who is there from the start, who arrives each week, who chooses thresholds, and who measures."""

    first: tuple[Example, ...]
    weeks: tuple[tuple[Example, ...], ...]
    choosing: tuple[Example, ...]
    measured: tuple[Example, ...]


class Model:
    """The n-gram half of a coder, trained on `examples`."""

    def __init__(self, examples: Sequence[Example], choosing: Sequence[Example], codebook: Codebook) -> None:
        self.codebook = codebook
        folded, questions = [fold(one.text) for one in examples], [one.question for one in examples]
        self._layer = broad.fit(folded, questions, self.truth(examples).astype(np.float32))
        self._limits = metrics.thresholds(self.truth(choosing), self.sure(choosing))

    def truth(self, examples: Sequence[Example]) -> Any:
        """Texts x categories, as coded."""
        return targets(examples, self.codebook)[:, : len(self.codebook.categories)] > 0

    def sure(self, examples: Sequence[Example]) -> Any:
        """Texts x categories: probabilities."""
        from classifier.model import probabilities

        layer = (self._layer["rarity"], self._layer["weights"], self._layer["bias"])
        logits = np.array([score(fold(one.text), one.question, *layer) for one in examples])
        return probabilities(logits.reshape(len(examples), -1), 1.0, exclusive=False)

    def macro_f1(self, examples: Sequence[Example]) -> float:
        """How well it codes."""
        return round(metrics.macro_f1(self.truth(examples), self.sure(examples) >= self._limits), 4)


def by_review(model: Model, waiting: Sequence[Example], done: Sequence[Example]) -> list[Example]:
    """The answers of a week in the order of the review."""
    ids = model.codebook.category_ids
    known = {one.id: one for one in waiting}
    candidates = [
        Candidate(one.id, dict(zip(ids, row.tolist(), strict=True)), one.lang, one.question)
        for one, row in zip(waiting, model.sure(waiting), strict=True)
    ]
    categories = Counter(category for one in done for category in one.categories)
    coded = Coded(len(done), categories, Counter(one.lang for one in done))
    return [known[pick.key] for pick in order(candidates, coded, WEEKLY)]


def at_random(seed: int) -> Take:
    """The answers of a week at random."""
    draw = np.random.default_rng(seed)
    return lambda _, waiting, __: [waiting[at] for at in draw.permutation(len(waiting))[:WEEKLY]]


def year(
    world: World, codebook: Codebook, take: Take, report: Callable[[], Any] = lambda: None
) -> list[dict[str, Any]]:
    """Macro-F1 at the start and after every month: week, answers coded by then, macro_f1."""
    model = Model(world.first, world.choosing, codebook)
    points = [{"week": 0, "coded": 0, "macro_f1": model.macro_f1(world.measured)}]
    waiting: list[Example] = []
    done: list[Example] = []
    for week, arrived in enumerate(world.weeks, 1):
        waiting += arrived
        coded = take(model, waiting, done)
        done += coded
        taken = {one.id for one in coded}
        waiting = [one for one in waiting if one.id not in taken]
        if week % MONTH == 0:
            model = Model((*world.first, *done), world.choosing, codebook)
            points.append({"week": week, "coded": len(done), "macro_f1": model.macro_f1(world.measured)})
        report()
    return points


def world_of(codebook: Codebook, weeks: int = WEEKS, seed: int = 1) -> World:
    """The writers' respondents, those who arrive in shuffled order and as many each week."""
    first, arriving, choosing, measured = (
        read_examples([DATA / "examples" / f"{writer}.jsonl" for writer in writers], codebook)
        for writers in (FIRST, ARRIVING, CHOOSING, MEASURED)
    )
    names = sorted({one.respondent for one in arriving})
    np.random.default_rng(seed).shuffle(names)
    arrives = {name: at * weeks // len(names) for at, name in enumerate(names)}
    by_week = tuple(tuple(one for one in arriving if arrives[one.respondent] == week) for week in range(weeks))
    return World(first, by_week, choosing, measured)


def main(out: Path = OUT) -> None:
    """Run the year in both orders and write figures and picture."""
    from training.pictures import year as draw_year

    codebook = load_codebook(DATA / "codebook.toml")
    world = world_of(codebook)
    with tqdm(total=WEEKS * (1 + RANDOM_YEARS), unit="week", file=sys.stderr) as bar:
        review = year(world, codebook, by_review, bar.update)
        random = [year(world, codebook, at_random(seed), bar.update) for seed in range(RANDOM_YEARS)]
    content = {
        "writers": {"first": FIRST, "arriving": ARRIVING, "choosing": CHOOSING, "measured": MEASURED},
        "measured answers": len(world.measured),
        "first answers": len(world.first),
        "arrived answers": sum(map(len, world.weeks)),
        "review": review,
        "random": random,
    }
    (out / "year.json").write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draw_year(review, random, out / "year.png")


def block() -> str:
    """The figures as Markdown, for the README of the data."""
    found = json.loads((OUT / "year.json").read_text(encoding="utf-8"))
    rows = [["week", "answers coded", "in the order of the review", "at random, mean (least to most)"]]
    rows.append(["---"] * len(rows[0]))
    for at, point in enumerate(found["review"]):
        others = [one[at]["macro_f1"] for one in found["random"]]
        random = f"{np.mean(others):.3f} ({min(others):.3f} to {max(others):.3f})"
        rows.append([str(point["week"]), str(point["coded"]), f"{point['macro_f1']:.3f}", random])
    who = {name: ", ".join(writers) for name, writers in found["writers"].items()}
    about = (
        f"Macro-F1 on {found['measured answers']} answers of {who['measured']}. From the start there are "
        f"{found['first answers']} answers ({who['first']}); {found['arrived answers']} arrive ({who['arriving']}); "
        f"thresholds are chosen by {who['choosing']}."
    )
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + f"\n\n{about}\n\n![the year](coding/year.png)"


if __name__ == "__main__":
    main()

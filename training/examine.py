"""One run of the evaluation, from options to tables, pictures and card: what `python -m training evaluate` does.

Left out: the figures themselves (`evaluate`, `curve`, `agreement`) and how they look (`card`, `pictures`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.codebook import Codebook, load_codebook
from training import card, pictures, split
from training.agreement import agreement, read_double
from training.corpus import read_examples
from training.errors import SplitError
from training.evaluate import evaluate, rule_of
from training.finetune import describe
from training.fit import Plan, Report


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure and where to put it."""

    model: Path
    files: tuple[Path, ...]
    test: tuple[Path, ...] = ()
    also: tuple[Path, ...] = ()
    double: Path | None = None
    pretraining: tuple[Path, ...] = ()
    with_curve: bool = False
    base: str | None = None
    pictures: Path | None = None
    card: bool = False
    as_published: bool = False


def examine(options: Options, report: Report) -> Iterator[str]:
    """Measure as `options` say and yield the tables as Markdown."""
    if options.with_curve and not (options.base and options.test):
        raise SplitError("--curve: needs --base (the encoder to train from) and --test (what to measure on)")
    codebook = load_codebook(options.model / "codebook.toml")
    run = json.loads((options.model / "run.json").read_text(encoding="utf-8"))
    figures = evaluate(options.model, options.files, options.test, options.pretraining, options.as_published)
    if options.double:
        figures |= _people(options, codebook)
    name = ", ".join(path.name for path in options.test) or "the part held back"
    evaluations = {name: figures}
    yield f"## {name}\n\n{card.report(figures)}"
    for path in options.also:
        evaluations[path.name] = evaluate(options.model, options.files, (path,))
        yield f"\n## {path.name}\n\n{card.report(evaluations[path.name])}"
    points = _curve(options, run, figures, report) if options.with_curve else run.get("curve", [])
    if points:
        yield f"\n## With fewer examples\n\n{card.curve(points)}"
    if options.pictures:
        _draw(options.pictures, figures, codebook, points)
    if options.card:
        describe(options.model, run | {"evaluations": evaluations, "curve": points})


def _people(options: Options, codebook: Codebook) -> dict[str, Any]:
    """How two coders agree on the texts measured, where there are double codings of them."""
    assert options.double
    ids = {one.id for one in read_examples(options.test or options.files, codebook)}
    doubles = [one for one in read_double(options.double, codebook) if one.id in ids]
    return {"people": agreement(doubles, codebook)["all"]} if doubles else {}


def _curve(options: Options, run: dict[str, Any], figures: dict[str, Any], report: Report) -> list[dict[str, Any]]:
    from training.curve import curve

    assert options.base
    codebook = load_codebook(options.model / "codebook.toml")
    parts = split.divide(read_examples(options.files, codebook), rule_of(run))
    points = list(
        curve(parts, read_examples(options.test, codebook), codebook, options.base, Plan(**run["plan"]), report)
    )
    whole = {name: figures[name]["macro_f1"] for name in ("coder", "baseline")}
    return [*points, {"examples": len(parts.fitting), **whole}]


def _draw(folder: Path, figures: dict[str, Any], codebook: Codebook, points: list[dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    coder = figures["coder"]
    pictures.confusion(coder["confusion"], codebook.category_ids, folder / "confusion.png")
    pictures.calibration(coder["reliability"], coder["calibration_error"], folder / "calibration.png")
    if points:
        pictures.curve(points, folder / "curve.png")

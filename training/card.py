"""The model card: README.md of a model directory, written by program from the figures in run.json.

A card typed by hand is out of date with the next training. Everything here comes from the run; what the run does not
know (who should use it, and for what) is the same for every model and stands in the text below. The same tables are
what `evaluate` prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_USE = """\
A coder for answers of school staff about inclusive education, in Kazakh (Cyrillic, Russian or Latin letters) and
Russian. It proposes categories; a person decides where `needs_review` is set, and may overrule it anywhere. Not made
for judging people, nor for text on other subjects. The examples it learnt from are invented, not answers of real
teachers: expect lower figures on real ones, and measure on your own before relying on it."""

NAMES = {
    "coder": "this coder",
    "encoder": "its encoder alone",
    "ngrams": "its n-grams alone",
    "units": "this coder, by meaning units",
    "whole and units": "this coder, whole and units",
    "baseline": "TF-IDF + logistic regression",
    "majority": "majority guess",
}
_PARTS = ("by_category", "by_language", "by_script", "by_question", "by_writer")


def model_card(run: Mapping[str, Any]) -> str:
    """The card of one run."""
    parts = [f"# Coder {run['fingerprint']}", _USE, _training(run)]
    for name, figures in run.get("evaluations", {}).items():
        parts += [f"## Measured on {name}", report(figures)]
    if "metrics" in run:
        parts += ["## Measured on what its own examples held back", _held_out(run), report(run["metrics"])]
    if run.get("curve"):
        parts += ["## With fewer examples", curve(run["curve"])]
    if run.get("tried"):
        parts += ["## What was tried", _table(list(run["tried"][0]), [list(row.values()) for row in run["tried"]])]
    if run["encoder"].get("sources"):
        parts += ["## Text the encoder was pretrained on", _sources(run["encoder"])]
    return "\n\n".join(parts) + "\n"


def report(figures: Mapping[str, Any]) -> str:
    """All tables of one evaluation."""
    return "\n\n".join([table(figures), _sentences(figures), _details(figures), *_codes(figures)])


def table(figures: Mapping[str, Any]) -> str:
    """The coder and its rivals, a line each, and two people if they coded the same texts."""
    rows = [_line(NAMES[name], figures[name]) for name in NAMES if name in figures]
    if "people" in figures:
        people = figures["people"]
        kappas = ", ".join("-" if one["value"] is None else f"{one['value']:.2f}" for one in people["kappa"].values())
        what = f"a second coder beside the first ({people['texts']} texts; kappa {kappas})"
        rows.append([what, f"{people['macro_f1']:.3f}", "", f"{people['same_set']:.3f}"])
    return _table(["", "macro-F1", "95 % interval over respondents", "all categories right"], rows)


def _line(name: str, figures: Mapping[str, Any]) -> list[str]:
    return [
        name,
        f"{figures['macro_f1']:.3f}",
        "{:.3f} to {:.3f}".format(*figures["interval"]),
        f"{figures['exact']:.3f}",
    ]


def _sentences(figures: Mapping[str, Any]) -> str:
    coder = figures["coder"]
    review = coder["review"]
    compared = figures.get("pretraining text compared")
    text = (
        f"{coder['examples']} answers of {coder['respondents']} respondents. Expected calibration error "
        f"{coder['calibration_error']:.3f}. {review['share']:.0%} of the answers go to a person; of the rest "
        f"{review['exact_of_the_rest']:.0%} are coded exactly right, macro-F1 {review['macro_f1_of_the_rest']:.3f}. "
        f"{coder['milliseconds']} ms for an answer by itself (95th percentile {coder['milliseconds_p95']}), "
        f"{coder['per_second']:.0f} answers a second in bulk, meaning units included."
    )
    if compared is not None:
        text += (
            f" Pretraining text compared for overlap: {', '.join(compared)}."
            if compared
            else " Pretraining text was not compared for overlap."
        )
    return text


def _details(figures: Mapping[str, Any]) -> str:
    coder, base = figures["coder"], figures["baseline"]
    rows = []
    for heading in _PARTS:
        for name, figure in coder[heading].items():
            value, count = _cell(figure)
            rows.append([heading[3:], name or "-", value, _cell(base[heading][name])[0], count])
    return _table(["part", "", "F1", "TF-IDF F1", "answers"], rows)


def _cell(figure: Any) -> tuple[str, str]:
    if isinstance(figure, Mapping):
        return f"{figure['macro_f1']:.3f}", str(figure["examples"])
    return f"{figure:.3f}", ""


def _codes(figures: Mapping[str, Any]) -> Iterable[str]:
    if "codes" in figures["coder"]:
        codes = figures["coder"]["codes"]
        rows = [[name, f"{one['f1']:.3f}", str(one["examples"])] for name, one in codes["by_code"].items()]
        yield _table([f"descriptive code (macro-F1 {codes['macro_f1']:.3f})", "F1", "answers"], rows)


def curve(points: Sequence[Mapping[str, Any]]) -> str:
    """Macro-F1 by number of training answers."""
    rows = [[str(one["examples"]), f"{one['coder']:.3f}", f"{one['baseline']:.3f}"] for one in points]
    return _table(["training answers", "coder", "TF-IDF + logistic regression"], rows)


def _training(run: Mapping[str, Any]) -> str:
    parts, data = run["split"], run["data"]
    again = " The weights here were then trained again on all examples, by the same plan." if run["everything"] else ""
    writers = parts["calibration_writers"]
    who = f" (writers {', '.join(writers)})" if writers else ""
    return _of_snapshot(run) + (
        f"Trained on {parts['fitting']} coded answers, calibrated on {parts['calibration']}{who}, {parts['test']} held "
        f"back for measuring, of {data['examples']} (digest {data['digest']}); "
        f"codebook version {run['codebook']['version']}, seed {run['seed']}.{again}"
    )


def _of_snapshot(run: Mapping[str, Any]) -> str:
    """The new answers of a retraining, and what earlier models learnt from answers that were withdrawn since."""
    if "snapshot" not in run:
        return ""
    seen = run["snapshot"]
    start = f"Goes on from coder {run['goes_on_from']}. " if run.get("goes_on_from") else ""
    checked = "" if seen["withdrawals asked for"] else " Nobody was asked whether any of them has withdrawn since."
    text = (
        f"{start}New answers of snapshot {seen['name']}: {seen['people']} coded by people, {seen['checks']} checked by "
        f"their authors, of {seen['respondents']} respondents.{checked}\n\n"
    )
    return text + "".join(f"{_earlier(one)}\n\n" for one in run["earlier"])


def _earlier(one: Mapping[str, Any]) -> str:
    if one["answers"] is None:
        return f"The snapshot of the earlier coder {one['model']} is gone; what it saw may have been withdrawn since."
    return f"The earlier coder {one['model']} learnt from {one['answers']} answers whose authors have since withdrawn."


def _held_out(run: Mapping[str, Any]) -> str:
    writers = run["split"]["test_writers"]
    who = f"writers {', '.join(writers)}" if writers else "respondents"
    text = f"Held back: {who}. No coding of theirs was trained on; the plan may have been chosen by them."
    seen = set(run["encoder"].get("also", [])) & {f"{writer}.jsonl" for writer in writers}
    if seen:
        text += " Their texts, without codings, were among the text the encoder was pretrained on."
    return text


def _sources(encoder: Mapping[str, Any]) -> str:
    rows = [[row["file"], row["register"], row["origin"], row["licence"]] for row in encoder["sources"]]
    return f"{_read(encoder)}\n\n{_table(['file', 'register', 'source', 'licence'], rows)}"


def _read(encoder: Mapping[str, Any]) -> str:
    """What an encoder and the encoders it went on from have read."""
    seen = encoder["seen"]
    own = (
        f"{seen['pieces']} pieces read in {seen['steps']} steps, {seen['seconds'] / 60:.0f} minutes; the text has "
        f"{encoder['pieces']} pieces, invented answers among it: {', '.join(encoder['also']) or 'none'}."
    )
    if "base" not in encoder:
        return own
    before = encoder["base"]
    tuned = before.get("tuned")
    as_coder = f" It was then tuned as coder {tuned['coder']} on {tuned['examples']} coded answers." if tuned else ""
    return f"{_read(before)}{as_coder} Then {own}"


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)

"""The model card: README.md of a model directory, written by program from the figures in run.json.

A card typed by hand is out of date with the next training. Everything here comes from the run; what the run does not
know (who should use it, and for what) is the same for every model and stands in the text below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_USE = """\
A coder for answers of school staff about inclusive education, in Kazakh (Cyrillic, Russian or Latin letters) and
Russian. It proposes categories; a person decides where `needs_review` is set, and may overrule it anywhere. Not made
for judging people, nor for text on other subjects. The examples it learnt from are invented, not answers of real
teachers: expect lower figures on real ones, and measure on your own before relying on it."""


def model_card(run: Mapping[str, Any]) -> str:
    """The card of one run."""
    parts = [f"# Coder {run['fingerprint']}", _USE, _training(run)]
    if "metrics" in run:
        parts += ["## Figures", _held_out(run), summary(run["metrics"]), _details(run["metrics"])]
    if run.get("tried"):
        parts += ["## What was tried", _table(list(run["tried"][0]), [list(row.values()) for row in run["tried"]])]
    if run["encoder"].get("sources"):
        parts += ["## Text the encoder was pretrained on", _sources(run["encoder"])]
    return "\n\n".join(parts) + "\n"


def summary(metrics: Mapping[str, Any]) -> str:
    """Coder and baseline side by side."""
    rows = [
        [
            {"coder": "this coder", "baseline": "TF-IDF + logistic regression"}[name],
            f"{figures['macro_f1']:.3f}",
            "{:.3f} to {:.3f}".format(*figures["interval"]),
            f"{figures['exact']:.3f}",
        ]
        for name, figures in metrics.items()
    ]
    return _table(["", "macro-F1", "95 % interval over respondents", "all categories right"], rows)


def _training(run: Mapping[str, Any]) -> str:
    parts, data = run["split"], run["data"]
    again = " The weights here were then trained again on all examples, by the same plan." if run["everything"] else ""
    return (
        f"Trained on {parts['fitting']} coded answers, calibrated on {parts['calibration']}, measured on "
        f"{parts['test']} (of {data['examples']}, digest {data['digest']}), "
        f"codebook version {run['codebook']['version']}, seed {run['seed']}.{again}"
    )


def _held_out(run: Mapping[str, Any]) -> str:
    writers = run["split"]["test_writers"]
    who = f"writers {', '.join(writers)}" if writers else "respondents"
    text = f"Measured on held-out {who}: no coding of theirs was used for anything else."
    seen = set(run["encoder"].get("also", [])) & {f"{writer}.jsonl" for writer in writers}
    if seen:
        text += " Their texts, without codings, were among the text the encoder was pretrained on."
    return text


def _details(metrics: Mapping[str, Any]) -> str:
    coder = metrics["coder"]
    base = metrics.get("baseline")
    rows = []
    for heading in ("by_category", "by_language", "by_script", "by_writer"):
        for name, figure in coder[heading].items():
            other = base[heading][name] if base else "-"
            rows.append([heading[3:], name or "-", *_cell(figure), _cell(other)[0]])
    table = _table(["part", "", "F1", "examples", "baseline F1"], rows)
    review = coder["review"]
    return (
        f"{table}\n\nExpected calibration error {coder['calibration_error']:.3f}; {review['share']:.0%} of the answers "
        f"go to a person, of the rest {review['exact_of_the_rest']:.0%} are coded exactly right; "
        f"{coder['milliseconds']} ms for an answer by itself."
    )


def _cell(figure: Any) -> tuple[str, str]:
    if isinstance(figure, Mapping):
        return f"{figure['macro_f1']:.3f}", str(figure["examples"])
    return (f"{figure:.3f}", "") if isinstance(figure, float) else (str(figure), "")


def _sources(encoder: Mapping[str, Any]) -> str:
    rows = [[row["file"], row["register"], row["origin"], row["licence"]] for row in encoder["sources"]]
    table = _table(["file", "register", "source", "licence"], rows)
    seen = encoder["seen"]
    read = f"{seen['pieces']} pieces read in {seen['steps']} steps, {seen['seconds'] / 60:.0f} minutes on a CPU"
    return f"{read}; the text has {encoder['pieces']} pieces.\n\n{table}"


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)

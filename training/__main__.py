"""`python -m training`: the researchers' commands. Parses options, prints one line per error, exits 2 on them.

Everything that needs torch is imported inside its command, so that `--help` answers at once.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from classifier.errors import ClassifierError
from training.errors import TrainingError

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(file_okay=False, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Pretrain an encoder, fine-tune it on coded answers, measure the result."""


@commands.command()
@click.option("--corpus", type=_FOLDER, required=True, help="Folder of texts with a README.md that says what may ship.")
@click.option("--also", type=_FILE, multiple=True, help="More text: .txt.xz, or .jsonl of answers. Repeatable.")
@click.option("--out", type=_OUT, default=Path("checkpoints/encoder"), show_default=True)
@click.option("--minutes", default=50.0, show_default=True, help="Training time; a second run goes on from the first.")
@click.option("--steps", default=1_000_000, show_default=True, help="Steps, if they end before the minutes.")
@click.option("--threads", default=2, show_default=True)
def pretrain(corpus: Path, also: tuple[Path, ...], out: Path, minutes: float, steps: int, threads: int) -> None:
    """Train an encoder on the text of a corpus (only files its README.md marks `ship: yes`)."""
    import torch

    from training.pretrain import Plan
    from training.pretrain import pretrain as train

    torch.set_num_threads(threads)
    train(corpus, also, out, Plan(minutes=minutes, steps=steps), report=click.echo)
    click.echo(f"encoder: {out}")


@commands.command()
@click.option("--examples", "files", type=_FILE, multiple=True, required=True, help="Coded answers, JSON lines.")
@click.option("--codebook", type=_FILE, default=Path("data/codebook.toml"), show_default=True)
@click.option("--base", default="checkpoints/encoder", show_default=True, help="Encoder: a folder, or a hub name.")
@click.option("--out", type=_OUT, default=Path("data/models"), show_default=True, help="The model goes below it.")
@click.option("--test-writer", "writers", multiple=True, help="Hold this writer out; otherwise some respondents.")
@click.option("--epochs", default=None, type=int)
@click.option("--wide-weight", default=None, type=click.FloatRange(0, 1), help="Share of the n-grams in the decision.")
@click.option("--everything", is_flag=True, help="After measuring, train again on all examples and keep that.")
@click.option("--notes", type=_FILE, help="JSON list of other trials, for the model card.")
@click.option("--seed", default=1, show_default=True)
@click.option("--threads", default=2, show_default=True)
def finetune(threads: int, **options: Any) -> None:
    """Train a coder on coded answers, measure it, and write its model directory."""
    import torch

    from training.finetune import Plan
    from training.finetune import finetune as train

    torch.set_num_threads(threads)
    knobs = {name: options.pop(name) for name in ("epochs", "wide_weight", "seed", "everything")}
    plan = Plan(**{name: value for name, value in knobs.items() if value is not None})
    directory = train(
        options["files"],
        options["codebook"],
        options["base"],
        options["out"],
        options["writers"],
        plan,
        options["notes"],
        report=click.echo,
    )
    click.echo(f"model: {directory}")


@commands.command()
@click.option("--model", type=_FOLDER, required=True)
@click.option("--examples", "files", type=_FILE, multiple=True, required=True, help="The files it was trained from.")
@click.option("--test", "other", type=_FILE, multiple=True, help="Measure on these instead of the part held out.")
def evaluate(model: Path, files: tuple[Path, ...], other: tuple[Path, ...]) -> None:
    """Measure a coder beside TF-IDF + logistic regression; JSON on stdout."""
    from training.evaluate import evaluate as figures

    click.echo(json.dumps(figures(model, files, other), ensure_ascii=False, indent=1))


def main() -> None:
    try:
        commands()
    except (TrainingError, ClassifierError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()

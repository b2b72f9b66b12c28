"""`python -m training`: the researchers' commands. Parses options, prints one line per error, exits 2 on them.

Everything that needs torch is imported inside its command, so that `--help` answers at once.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from classifier.errors import ClassifierError
from training.commands import COMMANDS, HOME
from training.errors import ExampleError, TrainingError

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_EITHER = click.Path(exists=True, path_type=Path)
_OUT = click.Path(file_okay=False, path_type=Path)
_CODEBOOK = click.option("--codebook", type=_FILE, default=Path("data/codebook.toml"), show_default=True)
_ENCODER = "checkpoints/encoder"
_PAIRS = {
    "people": "Two people",
    "blind": "A person who saw no proposal, and the model",
    "seen": "A person who saw the proposal, and the model",
}
_THREADS = click.option("--threads", default=2, show_default=True, help="Processor threads.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Pretrain an encoder, fine-tune it on coded answers, measure the result."""


@commands.command()
@click.option("--corpus", type=_FOLDER, required=True, help="Folder of texts with a README.md that says what may ship.")
@click.option("--also", type=_FILE, multiple=True, help="More text: .txt.xz, or .jsonl of answers. Repeatable.")
@click.option("--out", type=_OUT, default=Path("checkpoints/encoder"), show_default=True)
@click.option("--base", type=_FOLDER, help="Go on from this encoder instead of from nothing.")
@click.option("--minutes", default=50.0, show_default=True, help="Training time; a second run goes on from the first.")
@click.option("--steps", default=1_000_000, show_default=True, help="Steps, if they end before the minutes.")
@click.option("--repeats", default=5, show_default=True, help="How often the text of --also is read.")
@_THREADS
def pretrain(threads: int, **options: Any) -> None:
    """Train an encoder on the text of a corpus (only files its README.md marks `ship: yes`)."""
    import torch

    from training.pretrain import Plan
    from training.pretrain import pretrain as train

    torch.set_num_threads(threads)
    plan = Plan(**{name: options[name] for name in ("minutes", "steps", "repeats")})
    out = train(options["corpus"], options["also"], options["out"], plan, options["base"], report=click.echo)
    click.echo(f"encoder: {out}")


@commands.command()
@click.option("--examples", "files", type=_FILE, multiple=True, help="Coded answers, JSON lines.")
@click.option("--snapshot", type=_FOLDER, help="Learn from this snapshot too; the examples are then those that ship.")
@click.option("--from-current/--from-encoder", default=None, help="With a snapshot: go on from the model that counts.")
@click.option("--unchecked", is_flag=True, help="The bot's database is elsewhere: nobody is asked who has withdrawn.")
@HOME
@_CODEBOOK
@click.option("--base", help="Encoder: a folder, or a hub name.  [default: checkpoints/encoder]")
@click.option("--out", type=_OUT, help="The model goes below it.  [default: data/models; models in the bot's folder]")
@click.option("--test-writer", multiple=True, help="Measure on this writer; without writers, on some respondents.")
@click.option("--calibration-writer", multiple=True, help="Choose thresholds on this writer.")
@click.option("--epochs", default=None, type=int)
@click.option("--wide-weight", default=None, type=click.FloatRange(0, 1), help="Share of the n-grams in the decision.")
@click.option("--runs", default=None, type=click.IntRange(1), help="Trainings whose weights are averaged.")
@click.option("--everything", is_flag=True, help="Afterwards train again on all examples and keep that.")
@click.option("--notes", type=_FILE, help="JSON list of other trials, for the model card.")
@click.option("--seed", default=1, show_default=True)
@_THREADS
def finetune(threads: int, **options: Any) -> None:
    """Train a coder on coded answers, or further on a snapshot of new ones, and write its model directory."""
    import torch

    torch.set_num_threads(threads)
    knobs = {name: options[name] for name in ("epochs", "wide_weight", "runs", "seed") if options[name] is not None}
    directory = _retrain(options, knobs) if options["snapshot"] else _finetune(options, knobs)
    if directory:
        click.echo(f"model: {directory}")


def _finetune(options: dict[str, Any], knobs: dict[str, Any]) -> Path | None:
    from training.finetune import Held
    from training.finetune import finetune as train
    from training.fit import Plan

    if not options["files"]:
        raise ExampleError("finetune: give coded answers with --examples, or --snapshot")
    held = Held(options["test_writer"], options["calibration_writer"], options["everything"])
    base, out = options["base"] or _ENCODER, options["out"] or Path("data/models")
    places = (options["files"], options["codebook"], base, out)
    return train(*places, Plan(**knobs), held, options["notes"], report=click.echo)


def _retrain(options: dict[str, Any], knobs: dict[str, Any]) -> Path | None:
    from training.fit import Plan
    from training.inventory import training_files
    from training.models import Models
    from training.retrain import GOING_ON, Places, retrain

    home = options["home"]
    files = options["files"] or tuple(training_files(Path("data/examples")))
    asked = None if options["unchecked"] else home
    places = Places(options["snapshot"], files, options["codebook"], asked, options["out"] or home / "models")
    going_on = options["from_current"] if options["from_current"] is not None else options["base"] is None
    start = Models(home).in_use() if going_on else options["base"] or _ENCODER
    plan = replace(GOING_ON if going_on else Plan(), **knobs)
    return retrain(places, start, plan, datetime.now(UTC), report=click.echo)


@commands.command()
@click.option("--model", type=_FOLDER, required=True)
@click.option("--examples", "files", type=_FILE, multiple=True, required=True, help="The files it was made from.")
@click.option("--test", type=_FILE, multiple=True, help="Measure on these instead of the part held back.")
@click.option("--also", type=_FILE, multiple=True, help="Measure on these too, each by itself.")
@click.option("--double", type=_FILE, help="Double codings, to show how two people agree on the same texts.")
@click.option("--pretraining", type=_EITHER, multiple=True, help="Text of the encoder; an overlap is refused.")
@click.option("--curve", "with_curve", is_flag=True, help="Train on fewer examples too (long); needs --base.")
@click.option("--base", help="The encoder that the model was made from, for --curve.")
@click.option("--pictures", type=_OUT, help="Folder for confusion.png, calibration.png and curve.png.")
@click.option("--card", is_flag=True, help="Write the figures into the model's card.")
@click.option("--as-published", is_flag=True, help="Take another's test set as it is, near duplicates included.")
@_THREADS
def evaluate(threads: int, **options: Any) -> None:
    """Measure a coder beside its rivals; tables on stdout."""
    import torch

    from training.examine import Options, examine

    torch.set_num_threads(threads)
    for line in examine(Options(**options), report=lambda text: click.echo(text, err=True)):
        click.echo(line)


@commands.command()
@click.argument("files", type=_FILE, nargs=-1, required=True)
@click.option("--against", type=_FILE, multiple=True, help="Files that must not be repeated and stay as they are.")
@click.option("--remove", "removing", is_flag=True, help="Rewrite FILES without the repeats (and their pairs).")
def duplicates(files: tuple[Path, ...], against: tuple[Path, ...], removing: bool) -> None:
    """List near duplicates in files of answers; the later of two is named first."""
    from training.cleaning import remove, repeats, rows

    own = rows(files)
    found = repeats(own, rows(against))
    for repeat in found:
        click.echo(f"{repeat.row.id}\t{repeat.earlier.id}\t{repeat.share:.2f}\t{repeat.row.content['text']}")
    gone = remove(own, found) if removing else 0
    click.echo(f"{len(found)} near duplicates among {len(own)} answers, {gone} removed", err=True)


@commands.command()
@click.argument("tables", type=_FILE, nargs=-1, required=True)
@click.option("--out", type=_OUT, required=True)
def published(tables: tuple[Path, ...], out: Path) -> None:
    """Turn TABLES (label, tab, text; .tsv or .tsv.xz) into coded texts and a codebook for finetune and evaluate."""
    from training.published import convert

    for path in convert(tables, out):
        click.echo(path)


@commands.command()
@click.option("--folder", type=_FOLDER, default=Path("data/examples"), show_default=True)
@_CODEBOOK
def inventory(folder: Path, codebook: Path) -> None:
    """What a folder of coded answers holds: counts, shares, checksums, as Markdown."""
    from classifier.codebook import load_codebook
    from training.inventory import inventory as tables

    click.echo(tables(folder, load_codebook(codebook)))


@commands.command()
@click.argument("double", type=_FILE, required=False)
@click.option("--home", type=_FOLDER, help="Instead of DOUBLE: the folder of a bot, whose database is read.")
@_CODEBOOK
def agreement(double: Path | None, home: Path | None, codebook: Path) -> None:
    """How far coders agree, in DOUBLE or in a bot's database; JSON on stdout, verdicts on stderr."""
    from classifier.codebook import load_codebook
    from training.agreement import agreement as figures
    from training.agreement import read_double, verdict
    from training.doubles import doubles

    if (double is None) == (home is None):
        raise click.UsageError("give either DOUBLE, a file of double codings, or --home, the folder of a bot")
    book = load_codebook(codebook)
    if double is not None:
        found = figures(read_double(double, book), book)
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        click.echo(verdict(found), err=True)
        return
    assert home is not None
    by_kind = {kind: figures(pairs, book) for kind, pairs in doubles(home, book).items()}
    if not by_kind:
        raise ExampleError(
            f"{home}: nobody has coded an answer by codebook {book.version} that another coder coded too"
        )
    click.echo(json.dumps(by_kind, ensure_ascii=False, indent=1))
    for kind, found in by_kind.items():
        click.echo(f"{_PAIRS[kind]}, {found['all']['texts']} answers. {verdict(found)}", err=True)


for _command in COMMANDS:
    commands.add_command(_command)


@commands.command()
@click.argument("files", type=_FILE, nargs=-1)
def urgent(files: tuple[Path, ...]) -> None:
    """How the rules for urgent texts do on sorted texts (default: data/urgent); a table as Markdown."""
    from training.urgency import table

    click.echo(table(files or sorted(Path("data/urgent").glob("*.jsonl"))))


def main() -> None:
    try:
        commands()
    except (TrainingError, ClassifierError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()

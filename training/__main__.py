"""`python -m training`: the researchers' commands. Parses options, prints one line per error, exits 2 on them.

Everything that needs torch is imported inside its command, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

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


def main() -> None:
    try:
        commands()
    except TrainingError as error:
        click.echo(str(error), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()

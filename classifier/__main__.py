"""`python -m classifier code | info`: text in, categories out, one JSON object a line.

Rows are read by a thread of their own and coded as they come: what has piled up meanwhile is one batch, so a file is
coded in bulk, and a process that sends one line and waits is answered at once.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import click
from tqdm import tqdm

from classifier import model_directory
from classifier.coding import Input, code_batch
from classifier.errors import ClassifierError, InputError, RowError
from classifier.rows import FORMATS, Row, read_rows

# Rows of a batch, and rows read ahead at most.
BATCH = 64
AHEAD = 1024

_MODEL = click.Path(file_okay=False, path_type=Path)
Numbered = tuple[int, Row]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Code texts into the categories of a codebook."""


@commands.command()
@click.argument("file", type=click.File(encoding="utf-8-sig", errors="surrogateescape"), default="-")
@click.option("--model", type=_MODEL, help="Folder of the model. Default: the one in use in data/models.")
@click.option("--format", "format_", type=click.Choice(FORMATS), help="Default: by the file's ending, else jsonl.")
@click.option("--text-column", default="text", show_default=True, help="Field or column that holds the text.")
def code(file: TextIO, model: Path | None, format_: str | None, text_column: str) -> None:
    """Code FILE (- is standard input); one JSON object per row on standard output, in the same order."""
    from classifier.model import Coder

    coder = Coder.load(model or model_directory(), threads_of_environment())
    known = {".csv": "csv", ".txt": "lines"}
    rows = read_rows(file, format_ or known.get(Path(file.name).suffix, "jsonl"), text_column)
    unreadable = 0
    with tqdm(unit="text", file=sys.stderr, disable=not sys.stderr.isatty() or file.name == "<stdin>") as bar:
        for batch in _batches(rows):
            unreadable += _report_unreadable(batch)
            inputs = [row for _, row in batch if isinstance(row, Input)]
            for result in code_batch(coder, inputs):
                sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
            sys.stdout.flush()
            bar.update(len(batch))
    sys.exit(1 if unreadable else 0)


@commands.command()
@click.option("--model", type=_MODEL, help="Folder of the model. Default: the one in use in data/models.")
def info(model: Path | None) -> None:
    """Say what a model is: its codebook, thresholds, training and figures."""
    directory = model or model_directory()
    for name in ("coder.json", "run.json"):
        path = directory / name
        if not path.is_file():
            raise InputError(f"{path}: missing; a model folder holds coder.json and run.json")
        click.echo(f"{name}\n{path.read_text(encoding='utf-8').rstrip()}")


def threads_of_environment() -> int:
    """Threads for torch: OMP_NUM_THREADS where it is set, else 1."""
    import os

    value = os.environ.get("OMP_NUM_THREADS", "1")
    return int(value) if value.isdigit() and int(value) > 0 else 1


def _report_unreadable(batch: list[Numbered]) -> int:
    wrong = [(number, row) for number, row in batch if isinstance(row, RowError)]
    for number, error in wrong:
        click.echo(f"line {number}: {error}", err=True)
    return len(wrong)


def _batches(rows: Iterator[Numbered]) -> Iterator[list[Numbered]]:
    """What a reading thread has piled up, at least one row at a time. Raises what the reading raises."""
    waiting: queue.Queue[Numbered | BaseException | None] = queue.Queue(AHEAD)
    threading.Thread(target=_read_ahead, args=(rows, waiting), daemon=True).start()
    ended = False
    while not ended:
        items = [waiting.get()]
        while len(items) < BATCH and not waiting.empty():
            items.append(waiting.get())
        batch = []
        for item in items:
            if isinstance(item, BaseException):
                raise item
            if item is None:
                ended = True
            else:
                batch.append(item)
        if batch:
            yield batch


def _read_ahead(rows: Iterator[Numbered], waiting: queue.Queue[Numbered | BaseException | None]) -> None:
    try:
        for row in rows:
            waiting.put(row)
        waiting.put(None)
    except BaseException as error:
        waiting.put(error)


def main() -> None:
    """Run the command; an error of ours is one line on stderr and status 2."""
    try:
        commands()
    except ClassifierError as error:
        click.echo(str(error), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()

"""`python -m classifier code | info`: text in, categories out, one JSON object a line.

Rows are read by a thread of their own and coded as they come: what has piled up meanwhile is one batch, so a file is
coded in bulk, and a process that sends one line and waits is answered at once.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import click
from tqdm import tqdm

from classifier import model_directory
from classifier.codebook import load_codebook
from classifier.coding import Input, code_batch
from classifier.errors import ClassifierError, ModelError, RowError
from classifier.rows import FORMATS, Numbered, read_rows

# Rows of a batch, and rows read ahead at most.
BATCH = 64
AHEAD = 1024
_ENDINGS = {".csv": "csv", ".txt": "lines"}

# Rows, then what ended the reading: StopIteration, or an error.
Waiting = queue.Queue[Numbered | BaseException]
_MODEL = click.Path(file_okay=False, path_type=Path)


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

    coder = Coder.load(model or model_directory(), _threads())
    _write_utf8()
    source = Path(str(getattr(file, "name", "-")))
    rows = read_rows(file, format_ or _ENDINGS.get(source.suffix, "jsonl"), text_column)
    unreadable = 0
    with tqdm(unit="text", file=sys.stderr, disable=not (sys.stderr.isatty() and source.is_file())) as bar:
        for batch in _batches(rows):
            unreadable += _report_unreadable(batch)
            for result in code_batch(coder, [row for _, row in batch if isinstance(row, Input)]):
                sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
            sys.stdout.flush()
            bar.update(len(batch))
    sys.exit(1 if unreadable else 0)


@commands.command()
@click.option("--model", type=_MODEL, help="Folder of the model. Default: the one in use in data/models.")
def info(model: Path | None) -> None:
    """Say what a model is: its codebook, thresholds, training and figures."""
    directory = model or model_directory()
    codebook = load_codebook(directory / "codebook.toml")
    _write_utf8()
    click.echo(f"model: {directory.resolve().name}")
    click.echo(f"codebook: version {codebook.version}, sha256 {codebook.sha256}")
    click.echo(f"  categories: {', '.join(codebook.category_ids)}")
    click.echo(f"  descriptive codes: {len(codebook.codes)}")
    for name in ("coder.json", "run.json"):
        click.echo(f"{name}:")
        for line in _outline(_facts(directory / name), "  "):
            click.echo(line)


def _facts(path: Path) -> Mapping[str, Any]:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ModelError(f"{path}: missing or not JSON; a model folder holds coder.json and run.json") from None
    return facts if isinstance(facts, dict) else {}


def _outline(facts: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in facts.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{key}:"
            yield from _outline(value, indent + "  ")
        else:
            yield f"{indent}{key}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"


def _threads() -> int:
    """Threads for torch: OMP_NUM_THREADS where it is set, else 1."""
    value = os.environ.get("OMP_NUM_THREADS", "")
    return int(value) if value.isdecimal() and int(value) > 0 else 1


def _write_utf8() -> None:
    """Write UTF-8 wherever we run; half a surrogate pair in an id becomes its JSON escape."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8", errors="backslashreplace")


def _report_unreadable(batch: list[Numbered]) -> int:
    wrong = [(number, row) for number, row in batch if isinstance(row, RowError)]
    for number, error in wrong:
        click.echo(f"line {number}: {error}", err=True)
    return len(wrong)


def _batches(rows: Iterator[Numbered]) -> Iterator[list[Numbered]]:
    """What a reading thread has piled up, at least one row at a time. Raises what the reading raises."""
    waiting: Waiting = queue.Queue(AHEAD)
    threading.Thread(target=_read_ahead, args=(rows, waiting), daemon=True).start()
    end = None
    while end is None:
        batch, end = _piled_up(waiting)
        if batch:
            yield batch
    if not isinstance(end, StopIteration):
        raise end


def _piled_up(waiting: Waiting) -> tuple[list[Numbered], BaseException | None]:
    batch: list[Numbered] = []
    while not batch or (len(batch) < BATCH and not waiting.empty()):
        item = waiting.get()
        if isinstance(item, BaseException):
            return batch, item
        batch.append(item)
    return batch, None


def _read_ahead(rows: Iterator[Numbered], waiting: Waiting) -> None:
    try:
        for row in rows:
            waiting.put(row)
        waiting.put(StopIteration())
    except BaseException as error:
        waiting.put(error)


def main() -> None:
    """Run the command; what a person can act on is one line on stderr and status 2."""
    try:
        commands.main(standalone_mode=False)
    except (ClassifierError, click.ClickException) as error:
        message = error.format_message() if isinstance(error, click.ClickException) else str(error)
        click.echo(" ".join(message.split()), err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has had enough; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()

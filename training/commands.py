"""The commands of retraining: from what people have coded to the model that counts, and back.

Left out: `finetune`, which stands with the other trainings.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from training.errors import ExampleError, PromotionError
from training.home import kedergi_home

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(file_okay=False, path_type=Path)
HOME = click.option("--home", type=_OUT, default=kedergi_home, help="The bot's folder. Default: KEDERGI_HOME.")
_CODEBOOK = click.option("--codebook", type=_FILE, default=Path("data/codebook.toml"), show_default=True)
_TEST = click.option(
    "--test",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("data/examples/test.jsonl"),
    show_default=True,
)
_SNAPSHOT = click.option(
    "--snapshot", type=_FOLDER, help="Whose set-aside respondents to measure on. Default: the candidate's snapshot."
)
_SHOWN = 90  # characters of a text


@click.command()
@HOME
@_CODEBOOK
@click.option("--out", type=_OUT, help="A folder of its own. Default: below snapshots in the bot's folder.")
def snapshot(home: Path, codebook: Path, out: Path | None) -> None:
    """Freeze the coded answers that may be trained on; a fifth of the respondents is set aside for measuring."""
    import json

    from training.snapshot import FACTS, purge, take

    folder = take(home, codebook, out, datetime.now(UTC))
    purge(home / "snapshots", home)
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    for name in ("examples", "held"):
        click.echo(f"{name}: {_outlined(facts[name])}", err=True)
    for name, number in facts["left out"].items():
        if number:
            click.echo(f"left out, {name}: {number}", err=True)
    click.echo(f"snapshot: {folder}")


def _outlined(counts: dict[str, Any]) -> str:
    parts = [f"{counts['answers']} answers of {counts['respondents']} respondents"]
    parts += [f"{name} {number}" for key in ("by source", "by language") for name, number in counts[key].items()]
    return ", ".join(parts)


@click.command()
@click.argument("candidate")
@click.option("--current", type=_FOLDER, help="The model to compare with. Default: the one that counts.")
@HOME
@_CODEBOOK
@_TEST
@_SNAPSHOT
def compare(candidate: str, current: Path | None, home: Path, **options: Any) -> None:
    """Put CANDIDATE and the current model side by side: tables, and each gain and loss in words."""
    from classifier.codebook import load_codebook
    from training import compare as comparing
    from training.models import Models
    from training.promote import compared, refusal

    pair = _pair(candidate, current or Models(home).in_use(), home, options)
    parts = compared(pair)
    click.echo(comparing.table(parts) + "\n")
    for sentence in comparing.sentences(parts, load_codebook(pair.codebook)):
        click.echo(sentence)
    against = refusal(parts, as_good=False)
    click.echo(f"Promotion: {'refused, ' + against if against else 'allowed'}.")


@click.command()
@click.argument("candidate")
@click.option("--by", required=True, help="Who answers for it.")
@click.option("--same", is_flag=True, help="Equal quality is enough; needs --reason.")
@click.option("--reason", help="Why a model that is as good should count.")
@HOME
@_CODEBOOK
@_TEST
@_SNAPSHOT
def promote(candidate: str, by: str, same: bool, reason: str | None, home: Path, **options: Any) -> None:
    """Let CANDIDATE count if it is better and no category or language loses; a running bot takes it over."""
    from training.compare import figures
    from training.models import Models
    from training.promote import promote as decide

    if same != bool(reason):
        raise PromotionError("--same: needs --reason TEXT, and --reason needs --same")
    parts = decide(_pair(candidate, Models(home).in_use(), home, options), by, reason, datetime.now(UTC))
    found = figures(parts)
    click.echo(f"promoted: {candidate}; macro-F1 {found['macro_f1']}, before {found['macro_f1_before']}")


def _pair(candidate: str, current: Path, home: Path, options: dict[str, Any]) -> Any:
    from training.promote import Pair

    directory = Path(candidate) if Path(candidate).is_dir() else home / "models" / candidate
    if not (directory / "coder.json").is_file():
        raise PromotionError(f"{candidate}: is neither a model's folder nor one of {home / 'models'}")
    test = options["test"] if options["test"].is_file() else None
    return Pair(directory, current, home, options["codebook"], test, options["snapshot"])


@click.command()
@click.option("--by", required=True, help="Who answers for it.")
@HOME
def rollback(by: str, home: Path) -> None:
    """Let the model before count again; a running bot takes it over."""
    from training.models import Models

    click.echo(f"counts again: {Models(home).roll_back(by, datetime.now(UTC))}")


@click.command()
@HOME
def models(home: Path) -> None:
    """List the models: which one counts, made when and of what, its figures, and who promoted it."""
    from training.models import Models

    for one in Models(home).listed():
        click.echo(f"{'*' if one.counts else ' '} {one.name}  {_made(one.run)}")
        if one.promoted:
            entry = one.promoted
            reason = f", because {entry['reason']}" if entry.get("reason") else ""
            click.echo(
                f"    promoted {entry['at']} by {entry['by']}{reason}; macro-F1 {entry.get('macro_f1', '-')}, "
                f"before {entry.get('macro_f1_before', '-')}"
            )


def _made(run: Any) -> str:
    of = f"{run['data']['examples']} answers" if "data" in run else "unknown data"
    seen = run.get("snapshot")
    new = f", of them {seen['people'] + seen['checks']} of snapshot {seen['name']}" if seen else ""
    return f"made {run.get('made', 'before it was here')} from {of}{new}"


@click.command()
@click.option("--snapshot", type=_FOLDER, help="A snapshot's codings.")
@click.option("--examples", "files", type=_FILE, multiple=True, help="Or those of files of coded answers.")
@click.option("--most", default=30, show_default=True, help="How many to list.")
@HOME
@_CODEBOOK
def suspects(snapshot: Path | None, files: tuple[Path, ...], most: int, home: Path, codebook: Path) -> None:
    """List codings that are probably wrong, for a second look."""
    from classifier.codebook import load_codebook
    from training.corpus import read_examples
    from training.inventory import training_files
    from training.snapshot import load
    from training.suspects import suspects as suspected

    if bool(snapshot) == bool(files):
        raise ExampleError("suspects: give --snapshot or --examples")
    book = load_codebook(codebook)
    own = load(snapshot, book, home).people if snapshot else read_examples(files, book)
    others = read_examples(training_files(Path("data/examples")), book) if snapshot else ()
    for one in suspected(own, others, book)[:most]:
        doubts = [f"{name} seems missing ({sure:.2f})" for name, sure in one.missing]
        doubts += [f"{name} seems wrong ({sure:.2f})" for name, sure in one.wrong]
        click.echo(f"{one.example.id}\t{'; '.join(doubts)}\t{_short(one.example.text)}")


@click.command("next")
@click.argument("count", type=click.IntRange(1), default=20)
@HOME
def upnext(count: int, home: Path) -> None:
    """List the COUNT answers that people should code next, and why."""
    from classifier.model import Coder
    from training.models import Models
    from training.upnext import upnext as waiting

    for one in waiting(home, Coder.load(Models(home).in_use()), count):
        click.echo(f"a{one.answer.answer_id}\tquestion {one.answer.question}\t{one.why}\t{_short(one.answer.text)}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


COMMANDS = (snapshot, compare, promote, rollback, models, suspects, upnext)

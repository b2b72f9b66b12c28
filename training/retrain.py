"""Train a coder on a snapshot of what people have coded, together with the examples that ship.

From the current model it takes minutes: encoder and head go on from their weights, on the new answers and a sample of
the old ones, so that what was learnt is not forgotten (replay); the n-grams, which have no memory, are fitted again
on all of them. From an encoder it is a full training. People's codings are read twice in a round and respondents'
checks of their own answers once, because a check is the weaker source.

Temperature and thresholds are chosen on answers that no weight has seen: the writers that the current model was
calibrated by, and some of the new respondents. Where those are too few to choose by, the current settings stay.

Left out: whether the result is better; see `compare` and `promote`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from classifier.codebook import Codebook, load_codebook
from classifier.errors import ModelError
from classifier.model import Network, Settings, read_network, read_settings, refuse_unsafe
from classifier.text import fold
from training import broad, split
from training.calibrate import Parts, calibrate
from training.checkpoint import Checkpoint
from training.corpus import Example, digest, read_examples, targets
from training.curve import subset
from training.finetune import Held, finish, run_of, silent
from training.fit import Plan, Report, fit, go_on
from training.models import Models
from training.models import run_of as read_run
from training.snapshot import EXAMPLES, Snapshot, chooses, load, purge, withdrawn

# From the current model: fewer rounds and smaller steps than from an encoder, because most is learnt.
GOING_ON = Plan(epochs=3, encoder_rate=1e-4, head_rate=1e-3)
_REPLAY = 2_000  # answers of the old examples, whole respondents
_ENOUGH = 200  # answers to choose thresholds by
_PEOPLE_TIMES = 2


@dataclass(frozen=True, slots=True)
class Places:
    """Where a training finds and leaves things. `home` None: the database is not asked who has withdrawn."""

    snapshot: Path
    files: tuple[Path, ...]
    codebook: Path
    home: Path | None
    out: Path


@dataclass(frozen=True, slots=True)
class _Material:
    """Who learns and who chooses: `old` and `fresh` to train on, the rest to calibrate by."""

    old: tuple[Example, ...]
    fresh: tuple[Example, ...]
    calibration: tuple[Example, ...]


def retrain(places: Places, start: Path | str, plan: Plan, now: datetime, report: Report) -> Path | None:
    """Train on a snapshot and write a model directory below `places.out`; None in all processes but the first.

    `start`: a model directory to go on from, or the name or folder of an encoder. Raises SnapshotError, ExampleError,
    SplitError, CodebookError, ModelError, DiskError; the models that are there stay as they are.
    """
    first = Accelerator().is_main_process
    codebook = load_codebook(places.codebook)
    snapshot = load(places.snapshot, codebook, places.home)
    for line in remarks(snapshot) if first else ():
        report(line)
    base = read_examples(places.files, codebook)
    going_on = isinstance(start, Path) and (start / "coder.json").is_file()
    before = read_run(Path(start)) if going_on else {}
    material = _material(base, snapshot, before, plan)
    saved = Checkpoint(places.out / f"checkpoint-{places.snapshot.name}", _name(material, plan, start))
    network = _trained(material, codebook, start, going_on, plan, report if first else silent, saved)
    if not first:
        return None
    settings = _settings(network, material, codebook, Path(start) if going_on else None, plan)
    run = _run(places, codebook, str(start), plan, settings, before)
    run["data"] |= {"examples": len(base) + len(snapshot.examples), "digest": digest((*base, *snapshot.examples))}
    run["split"] |= {
        "fitting": len(material.old) + len(material.fresh),
        "calibration": len(material.calibration),
        "test": 0,
        "calibration_writers": sorted({one.writer for one in material.calibration} - {""}),
    }
    run["made"] = now.isoformat(timespec="seconds")
    run["snapshot"] = _described(snapshot, places.home is not None)
    run["earlier"] = earlier(places.home, places.snapshot.parent) if places.home else []
    return finish(network, settings.both, places.codebook, run, places.out, [saved])


def remarks(snapshot: Snapshot) -> list[str]:
    """What a researcher should know of a snapshot before waiting for a training."""
    found = []
    languages = sorted({one.lang for one in snapshot.people} - {""})
    if len(languages) == 1:
        found.append(
            f"{snapshot.folder}: all new answers are in one language ({languages[0]}); the others rest on the examples "
            "that ship, and `compare` shows whether they lose"
        )
    if not snapshot.held:
        found.append(f"{snapshot.folder}: nobody is set aside for measuring yet; `compare` has only the test set")
    return found


def _material(base: Sequence[Example], snapshot: Snapshot, before: dict[str, Any], plan: Plan) -> _Material:
    """Old and new, parted so that neither the current model's weights nor the new ones have seen the calibration."""
    held = before.get("split", {})
    unseen = () if before.get("everything") else (*held.get("calibration_writers", ()), *held.get("test_writers", ()))
    old: tuple[Example, ...] = tuple(base)
    calibration: tuple[Example, ...] = ()
    if known := sorted({one.writer for one in base} & set(unseen)):
        old, calibration = split.by_writer(base, known)
    elif not before:
        old, calibration = split.by_respondent(base, plan.calibration, plan.seed)
    chosen = tuple(one for one in snapshot.people if chooses(one.respondent))
    learning, checks = (
        tuple(one for one in own if not chooses(one.respondent)) for own in (snapshot.people, snapshot.checks)
    )
    return _Material(old, (*learning * _PEOPLE_TIMES, *checks), (*calibration, *chosen))


def _name(material: _Material, plan: Plan, start: Path | str) -> str:
    return f"{digest((*material.old, *material.fresh))} {start} {plan}"


def _trained(
    material: _Material,
    codebook: Codebook,
    start: Path | str,
    going_on: bool,
    plan: Plan,
    report: Report,
    saved: Checkpoint,
) -> Network:
    everything = (*material.old, *material.fresh)
    if not going_on:
        return fit(everything, codebook, str(start), plan, report, saved)
    directory = Path(start)
    refuse_unsafe(directory)
    if load_codebook(directory / "codebook.toml").sha256 != codebook.sha256:
        raise ModelError(f"{directory}: was trained on another codebook; train from an encoder with --base")
    network = read_network(directory, codebook)
    go_on(network, (*subset(material.old, _REPLAY, plan.seed), *material.fresh), codebook, plan, report, saved)
    folded, questions = [fold(one.text) for one in everything], [one.question for one in everything]
    network.wide_layer = broad.fit(folded, questions, targets(everything, codebook))
    return network


def _settings(network: Network, material: _Material, codebook: Codebook, current: Path | None, plan: Plan) -> Parts:
    """Chosen by the calibration examples, or the current ones where those are too few."""
    if current is None or len(material.calibration) >= _ENOUGH:
        return calibrate(network, material.calibration, codebook, plan)
    both = read_settings(current / "coder.json", codebook)
    halves = read_run(current).get("halves", {})
    return Parts(both, *(_half(both, halves.get(name, {})) for name in ("encoder", "ngrams")))


def _half(both: Settings, half: dict[str, Any]) -> Settings:
    names = ("thresholds", "code_threshold", "temperature", "wide_weight", "longest")
    return replace(both, **{name: half[name] for name in names if name in half})


def _run(
    places: Places, codebook: Codebook, start: str, plan: Plan, settings: Parts, before: dict[str, Any]
) -> dict[str, Any]:
    files = [*places.files, Path(places.snapshot.name) / EXAMPLES]
    run = run_of(files, codebook, start, plan, Held(), settings)
    if before:
        run |= {"encoder": before["encoder"], "goes_on_from": before.get("fingerprint", "")}
    return run


def _described(snapshot: Snapshot, checked: bool) -> dict[str, Any]:
    """What the model card says of the new answers; no pseudonyms."""
    facts = snapshot.facts
    return {
        "name": snapshot.folder.name,
        "created": facts["created"],
        "people": len(snapshot.people),
        "checks": len(snapshot.checks),
        "held": len(snapshot.held),
        "respondents": len({one.respondent for one in snapshot.examples}),
        "by language": facts["examples"]["by language"],
        "withdrawn before": withdrawn(snapshot.folder),
        "withdrawals asked for": checked,
    }


def earlier(home: Path, snapshots: Path) -> list[dict[str, Any]]:
    """The models there that learnt from answers whose authors have withdrawn since: name and number of answers.

    A model whose snapshot is gone is listed with None: nobody can tell any more.
    """
    purge(snapshots, home)
    found = []
    for listed in Models(home).listed():
        seen = listed.run.get("snapshot")
        if seen is None:
            continue
        folder = snapshots / seen["name"]
        gone = withdrawn(folder) - seen["withdrawn before"] if folder.is_dir() else None
        if gone != 0:
            found.append({"model": listed.name, "answers": gone})
    return found

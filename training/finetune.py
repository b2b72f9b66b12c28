"""Fine-tune a coder: an encoder with its head on coded answers, and a wide n-gram layer beside it.

The stages read top to bottom: hold out (whole writers, or some respondents), train both halves (`fit`), choose
temperature, thresholds and review margin on examples not trained on (`calibrate`), write the model directory, read it
back and measure that (`evaluate`). The same files on the same machine give nearly the same model: cutting pieces at
random takes no seed, so only without it (`piece_dropout` 0) are two trainings alike to the last digit.

Left out: the test set; whoever tunes a plan must not see it, so it belongs to `evaluate` alone.
"""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from accelerate import Accelerator
from safetensors.torch import save_file

from classifier.codebook import Codebook, load_codebook
from classifier.model import Coder, Network, Settings, fingerprint
from training import card, split
from training.calibrate import Parts, calibrate
from training.checkpoint import WRITING, Checkpoint
from training.corpus import digest, read_examples
from training.errors import DiskError
from training.evaluate import measure
from training.fit import Plan, Report, fit

UNFINISHED = "unfinished"  # the folder in which a model is written before it has a name


@dataclass(frozen=True, slots=True)
class Held:
    """Writers of whom nothing is trained on: `test` to measure a plan by, `calibration` to choose thresholds by."""

    test: tuple[str, ...] = ()
    calibration: tuple[str, ...] = ()
    everything: bool = False  # afterwards train once more on all examples, with the settings found, and keep that


def finetune(
    files: Sequence[Path],
    codebook_path: Path,
    base: str,
    out: Path,
    plan: Plan,
    held: Held | None = None,
    notes: Path | None = None,
    report: Report = print,
) -> Path | None:
    """Train, measure and write a model directory below `out`, named by its fingerprint. Returns it; of several
    processes the first writes, and the others return None. An interrupted training is taken up again.

    `notes`: a JSON list of what else was tried, for the model card. Raises ExampleError, SplitError, CodebookError,
    DiskError.
    """
    first = Accelerator().is_main_process
    report = report if first else silent
    held = held or Held()
    codebook = load_codebook(codebook_path)
    examples = read_examples(files, codebook)
    parts = split.divide(examples, split.Rule(held.test, held.calibration, plan.test, plan.calibration, plan.seed))
    saved = [
        Checkpoint(out / f"checkpoint-{part}", f"{digest(of)} {base} {plan}")
        for part, of in (("parts", parts.fitting), ("everything", examples))
    ]
    network = fit(parts.fitting, codebook, base, plan, report, saved[0])
    settings = calibrate(network, parts.calibration, codebook, plan)
    run = run_of(files, codebook, base, plan, held, settings)
    run["data"] |= {"examples": len(examples), "digest": digest(examples)}
    run["split"] |= {name: len(getattr(parts, name)) for name in ("fitting", "calibration", "test")}
    if parts.test and first:
        run["metrics"] = measure(Coder(network, settings.both, codebook, "measured"), parts.test, parts, plan.seed)
        report(card.table(run["metrics"]))
    if held.everything:
        network = fit(examples, codebook, base, plan, report, saved[1])
    run["tried"] = json.loads(notes.read_text(encoding="utf-8")) if notes else []
    return finish(network, settings.both, codebook_path, run, out, saved) if first else None


def silent(_: str) -> None:
    """The reports of all processes but the first."""


def finish(
    network: Network,
    settings: Settings,
    codebook: Path,
    run: dict[str, Any],
    out: Path,
    saved: Sequence[Checkpoint],
) -> Path:
    """Write the model directory; only then the checkpoints may go. Raises DiskError, and nothing half is left."""
    try:
        directory = write(network, settings, codebook, run, out)
    except WRITING as error:
        shutil.rmtree(out / UNFINISHED, ignore_errors=True)
        raise DiskError(f"{out}: the model cannot be written ({error}); the models are as they were") from error
    for checkpoint in saved:
        checkpoint.drop()
    return directory


def run_of(
    files: Sequence[Path], codebook: Codebook, base: str, plan: Plan, held: Held, settings: Parts
) -> dict[str, Any]:
    """The facts of a training for `run.json`, as far as they are known before it is measured."""
    described = Path(base) / "run.json"
    return {
        "seed": plan.seed,
        "plan": asdict(plan),
        "data": {"files": [path.name for path in files]},
        "codebook": {"version": codebook.version, "sha256": codebook.sha256},
        "split": {"test_writers": list(held.test), "calibration_writers": list(held.calibration)},
        "everything": held.everything,
        "halves": {"encoder": settings.encoder.as_json(), "ngrams": settings.ngrams.as_json()},
        "encoder": json.loads(described.read_text(encoding="utf-8")) if described.is_file() else {"name": base},
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
    }


def write(network: Network, settings: Settings, codebook: Path, run: dict[str, Any], out: Path) -> Path:
    """The model directory: written beside, named by its fingerprint when it is whole. Weights are halved floats."""
    part = out / UNFINISHED
    part.mkdir(parents=True, exist_ok=True)
    network.encoder.half().save_pretrained(part)
    network.encoder.float()
    network.tokenizer.save_pretrained(part)
    tensors = {f"head.{name}": tensor.half() for name, tensor in network.head.state_dict().items()}
    tensors |= {f"wide.{name}": torch.from_numpy(array).half() for name, array in network.wide_layer.items()}
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, part / "head.safetensors")
    (part / "codebook.toml").write_bytes(codebook.read_bytes())
    write_json(part / "coder.json", settings.as_json())
    for path in part.iterdir():
        path.chmod(0o644)  # safetensors writes files that only their owner can read
    name = fingerprint(part)
    describe(part, {"fingerprint": name, **run})
    target = out / name
    if target.exists():
        for path in sorted(part.iterdir()):
            path.replace(target / path.name)
        part.rmdir()
        return target
    return part.rename(target)


def describe(directory: Path, run: dict[str, Any]) -> None:
    """Write `run.json` and the model card of the model in `directory`."""
    write_json(directory / "run.json", run)
    (directory / "README.md").write_text(card.model_card(run), encoding="utf-8")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """`content` as JSON that people can read and compare."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

"""Fine-tune a coder: an encoder with its head on coded answers, and a wide n-gram layer beside it.

The stages read top to bottom: hold out (whole writers to measure, some respondents to calibrate), fit the wide layer,
train encoder and head, choose temperature, thresholds and review margin on the calibration respondents, write the model
directory, read it back and measure that. Every seed is fixed: the same files on the same machine give the same model.

Three ways of making few examples more: pieces are cut differently every time (Provilkov et al. 2020, BPE-dropout),
some are masked, and two answers are joined now and then, which carries the barriers of both. The question is
hidden in a part of the examples, so that text without a question is coded as well. Left out: GPUs, several processes,
early stopping.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer

from classifier.codebook import Codebook, load_codebook
from classifier.head import Head
from classifier.model import Coder, Network, Settings, fingerprint, probabilities
from classifier.text import fold
from training import broad, card, metrics, split
from training.corpus import Example, digest, read_examples, targets
from training.evaluate import measure

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a coder is trained. Shares are of the examples or pieces."""

    epochs: int = 14
    batch: int = 32
    encoder_rate: float = 4e-4  # peak learning rates
    head_rate: float = 3e-3
    decay: float = 0.01
    warmup: float = 0.1
    joined: float = 0.25
    question_hidden: float = 0.3
    pieces_masked: float = 0.05
    piece_dropout: float = 0.1
    code_loss: float = 0.5  # weight of the descriptive codes beside the categories
    longest: int = 160  # pieces the encoder reads at once
    wide_weight: float | None = None  # share of the n-grams in the decision; None: what suits calibration best
    calibration: float = 0.12
    test: float = 0.15  # of the respondents, where no writers are named
    seed: int = 1
    everything: bool = False  # after measuring, train once more on all examples and keep that


def finetune(
    files: Sequence[Path],
    codebook_path: Path,
    base: str,
    out: Path,
    writers: Sequence[str],
    plan: Plan,
    notes: Path | None = None,
    report: Report = print,
) -> Path:
    """Train, measure and write a model directory below `out`, named by its fingerprint. Returns it.

    `writers` are held out for the measurement. With `plan.everything`, the coder is then trained once more
    on all examples with the settings found, and the figures stay those of the measured one. `notes`: a JSON list of
    what else was tried.
    """
    codebook = load_codebook(codebook_path)
    examples = read_examples(files, codebook)
    parts = split.divide(examples, writers, plan.test, plan.calibration, plan.seed)
    network = fit(parts.fitting, codebook, base, plan, report)
    settings = calibrate(network, parts.calibration, codebook, plan)
    run = _run(examples, parts, codebook, files, base, plan, writers)
    measured = Coder(network, settings, codebook, "measured")
    run["metrics"] = measure(measured, parts.test, parts, plan.seed)
    report(card.summary(run["metrics"]))
    if plan.everything:
        network = fit(examples, codebook, base, plan, report)
    run |= {"everything": plan.everything, "tried": json.loads(notes.read_text(encoding="utf-8")) if notes else []}
    return write(network, settings, codebook_path, run, out)


def fit(examples: Sequence[Example], codebook: Codebook, base: str, plan: Plan, report: Report) -> Network:
    """Both halves trained on `examples`, starting from the encoder `base` (a folder or a name already downloaded)."""
    torch.manual_seed(plan.seed)
    encoder = AutoModel.from_pretrained(base, local_files_only=Path(base).exists(), dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=Path(base).exists())
    truth = targets(examples, codebook)
    head = Head(encoder.config.hidden_size, encoder.config.num_hidden_layers, truth.shape[1])
    folded = [fold(example.text) for example in examples]
    wide_layer = broad.fit(folded, [example.question for example in examples], truth)
    network = Network(encoder, tokenizer, head, wide_layer)
    _train(network, _Drawer(folded, examples, truth, tokenizer, plan), codebook, plan, report)
    return network


class _Drawer:
    """Draws training batches: joined answers, hidden questions, varied pieces, masks."""

    def __init__(
        self, folded: Sequence[str], examples: Sequence[Example], truth: NDArray[np.float32], tokenizer: Any, plan: Plan
    ) -> None:
        self.folded, self.examples, self.truth, self.tokenizer, self.plan = folded, examples, truth, tokenizer, plan
        self.draw = np.random.default_rng(plan.seed)

    def epoch(self) -> list[list[int]]:
        """Shuffled batches of similar length, so that little is padded."""
        plan = self.plan
        order = list(range(len(self.folded)))
        self.draw.shuffle(order)
        span = plan.batch * 8
        chunks = [sorted(order[i : i + span], key=lambda n: len(self.folded[n])) for i in range(0, len(order), span)]
        batches = [chunk[i : i + plan.batch] for chunk in chunks for i in range(0, len(chunk), plan.batch)]
        self.draw.shuffle(batches)
        return batches

    def batch(self, rows: Sequence[int], exclusive: bool) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(pieces, mask, questions, truth) of one batch."""
        texts, questions, truth = [], [], []
        for row in rows:
            text, carried = self.folded[row], self.truth[row]
            question = self.examples[row].question or 0
            if not exclusive and self.draw.random() < self.plan.joined:
                other = int(self.draw.integers(len(self.folded)))
                text, carried = f"{text} {self.folded[other]}", np.maximum(carried, self.truth[other])
            texts.append(text)
            truth.append(carried)
            questions.append(0 if self.draw.random() < self.plan.question_hidden else question)
        encoded = self.tokenizer(
            texts, truncation=True, max_length=self.plan.longest, padding=True, return_tensors="pt"
        )
        pieces, mask = encoded["input_ids"], encoded["attention_mask"]
        hide = (torch.rand(pieces.shape) < self.plan.pieces_masked) & (mask == 1)
        hide[:, 0] = False
        pieces = torch.where(hide, self.tokenizer.mask_token_id, pieces)
        return pieces, mask, torch.tensor(questions), torch.from_numpy(np.array(truth))


def _train(network: Network, drawer: _Drawer, codebook: Codebook, plan: Plan, report: Report) -> None:
    encoder, head = network.encoder, network.head
    steps = plan.epochs * len(drawer.epoch())
    optimiser = torch.optim.AdamW(
        [
            {"params": encoder.parameters(), "lr": plan.encoder_rate},
            {"params": head.parameters(), "lr": plan.head_rate},
        ],
        weight_decay=plan.decay,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _share(step / max(steps, 1), plan.warmup))
    pieces_model = network.tokenizer.backend_tokenizer.model
    if hasattr(pieces_model, "dropout"):
        pieces_model.dropout = plan.piece_dropout
    for epoch in range(plan.epochs):
        encoder.train()
        head.train()
        losses = []
        for rows in drawer.epoch():
            pieces, mask, questions, truth = drawer.batch(rows, codebook.exclusive)
            hidden = encoder(input_ids=pieces, attention_mask=mask, output_hidden_states=True).hidden_states
            loss = _loss(head(hidden, mask, questions), truth, codebook, plan)
            loss.backward()
            nn.utils.clip_grad_norm_([*encoder.parameters(), *head.parameters()], 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            losses.append(loss.item())
        report(f"epoch {epoch + 1} of {plan.epochs}  loss {np.mean(losses):.4f}")
    if hasattr(pieces_model, "dropout"):
        pieces_model.dropout = None


def _share(done: float, warmup: float) -> float:
    """The part of the peak learning rate that applies when `done` of the training is over."""
    return min((done + 1e-3) / warmup, max(1 - done, 0) / (1 - warmup))


def _loss(logits: Tensor, truth: Tensor, codebook: Codebook, plan: Plan) -> Tensor:
    count = len(codebook.categories)
    if codebook.exclusive:
        categories = nn.functional.cross_entropy(logits[:, :count], truth[:, :count].argmax(1))
    else:
        categories = nn.functional.binary_cross_entropy_with_logits(logits[:, :count], truth[:, :count])
    if not codebook.codes:
        return categories
    codes = nn.functional.binary_cross_entropy_with_logits(logits[:, count:], truth[:, count:])
    return categories + plan.code_loss * codes * len(codebook.codes) / count


def calibrate(network: Network, examples: Sequence[Example], codebook: Codebook, plan: Plan) -> Settings:
    """Weight of the halves, temperature, thresholds and review margin from examples that the network has not seen."""
    folded = [fold(example.text) for example in examples]
    questions = [example.question for example in examples]
    truth = targets(examples, codebook) > 0
    count = len(codebook.categories)
    deep, wide = network.deep(folded, questions, plan.longest), network.broad(folded, questions)
    weights = np.round(np.arange(0, 1.01, 0.05), 2) if plan.wide_weight is None else [plan.wide_weight]
    settled = [_settle(deep, wide, float(weight), truth[:, :count], codebook.exclusive) for weight in weights]
    _, wide_weight, temperature = min(settled)
    logits = (1 - wide_weight) * deep + wide_weight * wide
    sure = probabilities(logits[:, :count], temperature, codebook.exclusive)
    codes = probabilities(logits[:, count:], temperature, exclusive=False)
    limits = _thresholds(truth[:, :count], sure)
    if codebook.exclusive:
        ordered = np.sort(sure, axis=1)
        said, distance = sure == sure.max(axis=1, keepdims=True), ordered[:, -1] - ordered[:, -2]
    else:
        said, distance = sure >= limits, np.abs(sure - limits).min(axis=1)
    return Settings(
        thresholds=dict(zip(codebook.category_ids, limits.tolist(), strict=True)),
        code_threshold=metrics.best_threshold(truth[:, count:].ravel(), codes.ravel()) if codebook.codes else 0.5,
        temperature=temperature,
        wide_weight=wide_weight,
        margin=metrics.margin(truth[:, :count], said, distance),
        longest=plan.longest,
        codebook_sha256=codebook.sha256,
    )


def _settle(
    deep: NDArray[np.float64], wide: NDArray[np.float64], weight: float, truth: NDArray[np.bool_], exclusive: bool
) -> tuple[float, float, float]:
    """(surprise, weight of the n-grams, temperature): the temperature on a grid that makes the truth most likely."""
    count = truth.shape[1]
    logits = (1 - weight) * deep[:, :count] + weight * wide[:, :count]
    grid = np.round(np.geomspace(0.25, 4, 65), 3).tolist()
    return min((_surprise(probabilities(logits, one, exclusive), truth, exclusive), weight, one) for one in grid)


def _thresholds(truth: NDArray[np.bool_], sure: NDArray[np.float64]) -> NDArray[np.float64]:
    """One threshold per category. What some fifty cases say wanders, so half of each is the common threshold."""
    common = metrics.best_threshold(truth.ravel(), sure.ravel())
    own = [metrics.best_threshold(truth[:, i], sure[:, i]) for i in range(truth.shape[1])]
    return np.round((np.array(own) + common) / 2, 3)


def _surprise(sure: NDArray[np.float64], truth: NDArray[np.bool_], exclusive: bool) -> float:
    likely = sure[truth] if exclusive else np.where(truth, sure, 1 - sure)
    return float(-np.log(np.maximum(likely, 1e-9)).mean())


def _run(
    examples: Sequence[Example],
    parts: split.Division,
    codebook: Codebook,
    files: Sequence[Path],
    base: str,
    plan: Plan,
    writers: Sequence[str],
) -> dict[str, Any]:
    described = Path(base) / "run.json"
    sizes = {"fitting": len(parts.fitting), "calibration": len(parts.calibration), "test": len(parts.test)}
    return {
        "seed": plan.seed,
        "plan": asdict(plan),
        "data": {"files": [path.name for path in files], "examples": len(examples), "digest": digest(examples)},
        "codebook": {"version": codebook.version, "sha256": codebook.sha256},
        "split": sizes | {"test_writers": list(writers)},
        "encoder": json.loads(described.read_text(encoding="utf-8")) if described.is_file() else {"name": base},
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
    }


def write(network: Network, settings: Settings, codebook: Path, run: dict[str, Any], out: Path) -> Path:
    """The model directory: written beside, named by its fingerprint when it is whole. Weights are halved floats."""
    part = out / "unfinished"
    part.mkdir(parents=True, exist_ok=True)
    network.encoder.half().save_pretrained(part)
    network.encoder.float()
    network.tokenizer.save_pretrained(part)
    tensors = {f"head.{name}": tensor.half() for name, tensor in network.head.state_dict().items()}
    tensors |= {f"wide.{name}": torch.from_numpy(array).half() for name, array in network.wide_layer.items()}
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, part / "head.safetensors")
    (part / "codebook.toml").write_bytes(codebook.read_bytes())
    _write_json(part / "coder.json", settings.as_json())
    for path in part.iterdir():
        path.chmod(0o644)  # safetensors writes files that only their owner can read
    name = fingerprint(part)
    _write_json(part / "run.json", {"fingerprint": name, **run})
    (part / "README.md").write_text(card.model_card({"fingerprint": name, **run}), encoding="utf-8")
    target = out / name
    if target.exists():
        for path in sorted(part.iterdir()):
            path.replace(target / path.name)
        part.rmdir()
        return target
    return part.rename(target)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

"""Train both halves of a coder on coded answers: the wide n-grams to their optimum, encoder and head by gradient.

Three ways of making few examples more: pieces are cut differently every time (Provilkov et al. 2020, BPE-dropout),
some are masked, and two answers are joined now and then, which carries the barriers of both. The question is
hidden in a part of the examples, so that text without a question is coded as well.

The loop runs through accelerate: on a GPU where there is one, and under `accelerate launch` on several processes, each
of which takes its part of every batch. Every seed is fixed. Left out: early stopping; the length is part of the plan.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer

from classifier.codebook import Codebook
from classifier.head import Head
from classifier.model import Network
from classifier.text import fold
from training import broad
from training.checkpoint import Checkpoint
from training.corpus import Example, targets

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a coder is trained. Shares are of the examples or pieces."""

    epochs: int = 10
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
    calibration: float = 0.12  # of the respondents, where no writers are named
    test: float = 0.15
    runs: int = 1  # trainings from the same start, each in an order of its own, whose weights are averaged
    seed: int = 1


class Deep(nn.Module):
    """Encoder and head as one module, so that both can be spread over processes together."""

    def __init__(self, encoder: Any, head: Head) -> None:
        super().__init__()
        self.encoder, self.head = encoder, head

    def forward(self, pieces: Tensor, mask: Tensor, questions: Tensor) -> Tensor:
        hidden = self.encoder(input_ids=pieces, attention_mask=mask, output_hidden_states=True).hidden_states
        logits: Tensor = self.head(hidden, mask, questions)
        return logits


def fit(
    examples: Sequence[Example],
    codebook: Codebook,
    base: str,
    plan: Plan,
    report: Report,
    checkpoint: Checkpoint | None = None,
) -> Network:
    """Both halves trained on `examples`, starting from the encoder `base` (a folder or a name on a hub)."""
    torch.manual_seed(plan.seed)
    encoder = AutoModel.from_pretrained(base, local_files_only=Path(base).exists(), dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=Path(base).exists())
    truth = targets(examples, codebook)
    head = Head(encoder.config.hidden_size, encoder.config.num_hidden_layers, truth.shape[1])
    folded = [fold(example.text) for example in examples]
    wide_layer = broad.fit(folded, [example.question for example in examples], truth)
    deep = Deep(encoder, head)
    drawer = Drawer(folded, examples, truth, tokenizer, plan)
    start = {name: tensor.clone() for name, tensor in deep.state_dict().items()}
    weights = Averaged(plan.runs)
    for run in range(plan.runs):
        deep.load_state_dict(start)
        drawer.draw = np.random.default_rng(plan.seed + run)
        torch.manual_seed(plan.seed + run)
        _train(deep, drawer, codebook, plan, report, checkpoint.of_run(run) if checkpoint else None)
        weights.add(deep)
    deep.load_state_dict(weights.mean)
    return Network(encoder.cpu(), tokenizer, head.cpu(), wide_layer)


def go_on(
    network: Network,
    examples: Sequence[Example],
    codebook: Codebook,
    plan: Plan,
    report: Report,
    checkpoint: Checkpoint | None = None,
) -> None:
    """Train the encoder and head of `network` further on `examples`, in place; its n-grams stay as they are."""
    torch.manual_seed(plan.seed)
    folded = [fold(example.text) for example in examples]
    drawer = Drawer(folded, examples, targets(examples, codebook), network.tokenizer, plan)
    _train(Deep(network.encoder, network.head), drawer, codebook, plan, report, checkpoint)
    network.encoder.cpu()
    network.head.cpu()


class Averaged:
    """The mean of the weights of several trainings (Wortsman et al. 2022, Model soups).

    They start from the same weights, head included, so that they end in one basin; their mean does better on strangers
    than each of them, at the cost of one in use.
    """

    def __init__(self, runs: int) -> None:
        self._runs = runs
        self.mean: dict[str, Tensor] = {}

    def add(self, deep: Deep) -> None:
        """Take in the weights of one training."""
        for name, tensor in deep.state_dict().items():
            share = tensor.detach().cpu().clone()
            if share.is_floating_point():
                share /= self._runs
                self.mean[name] = self.mean[name] + share if name in self.mean else share
            else:
                self.mean[name] = share


class Row(NamedTuple):
    """An example by its place, and the one it is joined with this time."""

    at: int
    joined: int | None


class Drawer:
    """Draws training batches: joined answers, hidden questions, varied pieces, masks."""

    def __init__(
        self, folded: Sequence[str], examples: Sequence[Example], truth: NDArray[np.float32], tokenizer: Any, plan: Plan
    ) -> None:
        self.folded, self.examples, self.truth, self.tokenizer, self.plan = folded, examples, truth, tokenizer, plan
        self.draw = np.random.default_rng(plan.seed)

    def epoch(self, exclusive: bool) -> list[list[Row]]:
        """Shuffled batches of similar length, so that little is padded."""
        plan, count = self.plan, len(self.folded)
        joined = self.draw.random(count) < (0 if exclusive else plan.joined)
        others = self.draw.integers(count, size=count)
        order = [Row(int(at), int(others[at]) if joined[at] else None) for at in self.draw.permutation(count)]
        span = plan.batch * 8
        chunks = [sorted(order[i : i + span], key=self._length) for i in range(0, count, span)]
        batches = [chunk[i : i + plan.batch] for chunk in chunks for i in range(0, len(chunk), plan.batch)]
        self.draw.shuffle(batches)
        return batches

    def state_dict(self) -> dict[str, Any]:
        """Where the drawing stands, for a checkpoint."""
        return dict(self.draw.bit_generator.state)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on drawing where `state_dict` stood."""
        self.draw.bit_generator.state = state

    def _length(self, row: Row) -> int:
        return len(self.folded[row.at]) + (0 if row.joined is None else len(self.folded[row.joined]))

    def batch(self, rows: Sequence[Row]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(pieces, mask, questions, truth) of one batch."""
        texts, questions, truth = [], [], []
        for row in rows:
            text, carried = self.folded[row.at], self.truth[row.at]
            question = self.examples[row.at].question or 0
            if row.joined is not None:
                text, carried = f"{text} {self.folded[row.joined]}", np.maximum(carried, self.truth[row.joined])
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


def _train(
    deep: Deep, drawer: Drawer, codebook: Codebook, plan: Plan, report: Report, checkpoint: Checkpoint | None
) -> None:
    accelerator = Accelerator()
    steps = plan.epochs * len(drawer.epoch(codebook.exclusive))
    groups = [
        {"params": deep.encoder.parameters(), "lr": plan.encoder_rate},
        {"params": deep.head.parameters(), "lr": plan.head_rate},
    ]
    # Fused: on a CPU the unfused step over the piece vectors takes as long as the gradients.
    optimiser = torch.optim.AdamW(groups, weight_decay=plan.decay, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _share(step / max(steps, 1), plan.warmup))
    spread, optimiser = accelerator.prepare(deep, optimiser)
    accelerator.register_for_checkpointing(schedule, drawer)
    done = checkpoint.resume(accelerator) if checkpoint else 0
    cutter = drawer.tokenizer.backend_tokenizer.model
    if hasattr(cutter, "dropout"):
        cutter.dropout = plan.piece_dropout
    bar = tqdm(total=steps, initial=steps * done // max(plan.epochs, 1), unit="step", disable=_hidden(accelerator))
    began = time.monotonic()
    for epoch in range(done, plan.epochs):
        spread.train()
        losses = []
        for rows in drawer.epoch(codebook.exclusive):
            loss = _step(spread, drawer.batch(rows), codebook, plan, accelerator)
            accelerator.clip_grad_norm_(spread.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            losses.append(loss)
            bar.update()
        left = (time.monotonic() - began) / (epoch + 1 - done) * (plan.epochs - epoch - 1) / 60
        if checkpoint:
            checkpoint.save(accelerator, epoch + 1)
        if accelerator.is_main_process:
            report(f"epoch {epoch + 1} of {plan.epochs}  loss {np.mean(losses):.4f}  left {left:.0f} min")
    bar.close()
    if hasattr(cutter, "dropout"):
        cutter.dropout = None


def _hidden(accelerator: Accelerator) -> bool | None:
    """No bar but on a terminal (None lets tqdm see), and one only, whatever the number of processes."""
    return None if accelerator.is_main_process else True


def _step(spread: Any, batch: Sequence[Tensor], codebook: Codebook, plan: Plan, accelerator: Accelerator) -> float:
    """Gradients of one batch, of which this process takes its part; returns the loss."""
    own = slice(accelerator.process_index, None, accelerator.num_processes)
    # A last batch smaller than the number of processes would leave one without work and the others waiting for it.
    enough = len(batch[0]) >= accelerator.num_processes
    pieces, mask, questions, truth = (part[own] if enough else part for part in batch)
    device = accelerator.device
    logits = spread(pieces.to(device), mask.to(device), questions.to(device))
    loss = _loss(logits, truth.to(device), codebook, plan)
    accelerator.backward(loss)
    return float(loss.item())


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
    known = ~truth[:, count:].isnan()
    every = nn.functional.binary_cross_entropy_with_logits(
        logits[:, count:], truth[:, count:].nan_to_num(), known.float(), reduction="sum"
    )
    codes = every / known.sum().clamp(min=1)
    return categories + plan.code_loss * codes * len(codebook.codes) / count

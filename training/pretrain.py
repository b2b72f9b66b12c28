"""Pretrain a small two-language encoder from text alone: pieces, first vectors, then masked pieces.

The public encoders that know Kazakh have hundreds of megabytes and still cut Kazakh in Russian letters to crumbs. This
one is sized to be shipped with the code and to code an answer in milliseconds on one thread. The stages read top to
bottom: fold and learn the pieces, count neighbours for first vectors, then train a BertModel to fill masked pieces
(Devlin et al. 2019) in blocks without padding. The result is a plain `save_pretrained` folder for `AutoModel`.
Two things save time: a masked piece competes with the pieces of its own step and some drawn ones instead of the whole
vocabulary (sampled softmax, Jean et al. 2015), and a quarter is masked instead of 15 % (Wettig et al. 2023). With a
`base`, training goes on from that encoder and its tokenizer instead, to make it at home in other text.

It can be stopped at any time: the same command goes on from the last checkpoint. Left out: several processes, mixed
precision (this is for a CPU), next-sentence prediction.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel

from classifier.text import fold
from training.pieces import learn, stream
from training.sources import balanced, permitted
from training.vectors import first_vectors

_NOT_MASKED = -100


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of the encoder and the length of its training."""

    pieces: int = 12_000
    dimensions: int = 256
    layers: int = 3
    heads: int = 4
    inner: int = 512
    longest: int = 256  # pieces of an input
    block: int = 64  # pieces of a training block
    batch: int = 64  # blocks a step
    masked: float = 0.25  # share of pieces to fill
    rivals: int = 2_000  # pieces drawn in each step to compete with the masked ones
    cut_anew: float = 0.1  # of half the lines, share of joins left out, so that odd spellings have known pieces
    rate: float = 1e-3  # peak learning rate
    warmup: float = 0.04  # share of the training
    repeats: int = 5  # how often text of one's own is read
    minutes: float = 50.0
    steps: int = 1_000_000  # whichever of minutes and steps ends first
    every: int = 200  # steps between checkpoints
    seed: int = 1


class Filler(nn.Module):
    """An encoder and the head that fills masked pieces; the head shares the encoder's piece vectors."""

    def __init__(self, encoder: Any, dimensions: int, pieces: int) -> None:
        super().__init__()
        self.encoder: Any = encoder
        self.transform = nn.Sequential(nn.Linear(dimensions, dimensions), nn.GELU(), nn.LayerNorm(dimensions))
        self.bias = nn.Parameter(torch.zeros(pieces))

    def forward(self, shown: Tensor, hidden: Tensor, rivals: Tensor, log_chance: Tensor) -> Tensor:
        """Mean cross-entropy of the pieces in `hidden` (-100 where nothing is masked) given `shown`.

        Only the masked pieces and `rivals` compete; `log_chance` (one per piece of the vocabulary) is the logarithm of
        its chance to take part, which is taken off its score, as the sampled softmax demands.
        """
        states = self.encoder(input_ids=shown).last_hidden_state
        at = hidden != _NOT_MASKED
        candidates, right = torch.unique(torch.cat([hidden[at], rivals]), return_inverse=True)
        vectors = self.encoder.get_input_embeddings().weight[candidates]
        offsets = self.bias[candidates] - log_chance[candidates]
        scores = self.transform(states[at]) @ vectors.T + offsets
        return nn.functional.cross_entropy(scores, right[: int(at.sum())])


def pretrain(
    folder: Path,
    also: Sequence[Path],
    out: Path,
    plan: Plan,
    base: Path | None = None,
    report: Callable[[str], None] = print,
) -> Path:
    """Train or go on training in `out`; `report` gets a line of progress now and then. Returns `out`.

    `base`: an encoder made by this program to start from; its size and pieces stand instead of the plan's.
    """
    torch.manual_seed(plan.seed)
    if not (out / "resume.pt").exists():
        _prepare(folder, also, out, plan, base, report)
    pieces = np.load(out / "stream.npy", mmap_mode="r")
    _train(pieces, out, plan, report)
    for leftover in ("resume.pt", "stream.npy"):
        (out / leftover).unlink(missing_ok=True)
    return out


def _prepare(
    folder: Path, also: Sequence[Path], out: Path, plan: Plan, base: Path | None, report: Callable[[str], None]
) -> None:
    """Tokenizer, stream of pieces, encoder with its first vectors (or those of `base`), and an empty checkpoint."""
    out.mkdir(parents=True, exist_ok=True)
    sources = permitted(folder)
    folded = [fold(line.replace("\t", " ")) for line in balanced(sources, also, plan.seed, plan.repeats)]
    report(f"{len(folded)} lines of {len(sources)} sources folded")
    tokenizer = AutoTokenizer.from_pretrained(base) if base else learn(folded, plan.pieces, plan.longest)
    tokenizer.save_pretrained(out)
    pieces = stream(tokenizer, folded, plan.cut_anew)
    np.save(out / "stream.npy", pieces)
    report(f"{len(tokenizer)} different pieces, {len(pieces)} in the text")
    encoder = _loaded(base) if base else _first(pieces, tokenizer, plan)
    encoder.save_pretrained(out)
    _write_run(out, plan, folder, also, base, len(pieces))
    filler = Filler(encoder, encoder.config.hidden_size, len(tokenizer))
    _checkpoint(out, filler, _optimiser(filler, plan), 0, 0.0)
    report("ready")


def _loaded(folder: Path) -> Any:
    """The encoder in `folder`, in full precision: a shipped one is stored in half, in which nothing can be trained."""
    return AutoModel.from_pretrained(folder, local_files_only=True, add_pooling_layer=False, dtype=torch.float32)


def _first(pieces: NDArray[np.uint16], tokenizer: Any, plan: Plan) -> BertModel:
    """An untrained encoder whose piece vectors already know their neighbours."""
    encoder = BertModel(_config(plan, len(tokenizer), tokenizer.pad_token_id), add_pooling_layer=False)
    vectors = first_vectors(pieces, len(tokenizer), plan.dimensions, tokenizer.sep_token_id, plan.seed)
    encoder.get_input_embeddings().weight.data.copy_(torch.from_numpy(vectors))
    return encoder


def _config(plan: Plan, pieces: int, padding: int) -> BertConfig:
    return BertConfig(
        vocab_size=pieces,
        hidden_size=plan.dimensions,
        num_hidden_layers=plan.layers,
        num_attention_heads=plan.heads,
        intermediate_size=plan.inner,
        max_position_embeddings=plan.longest,
        pad_token_id=padding,
        attention_probs_dropout_prob=0.0,
        hidden_dropout_prob=0.05,
    )


def _write_run(out: Path, plan: Plan, folder: Path, also: Sequence[Path], base: Path | None, pieces: int) -> None:
    rows = [
        {"file": s.path.name, "register": s.register, "origin": s.origin, "licence": s.licence, "read": s.repeats}
        for s in permitted(folder)
    ]
    run = {"plan": asdict(plan), "pieces": pieces, "sources": rows, "also": [path.name for path in also]}
    if base and (base / "run.json").is_file():
        run["base"] = _described(json.loads((base / "run.json").read_text(encoding="utf-8")))
    (out / "run.json").write_text(json.dumps(run, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _described(run: dict[str, Any]) -> dict[str, Any]:
    """What is known of an encoder to go on from; of one that comes out of a coder, with what it was tuned on."""
    if "encoder" not in run:
        return run
    tuned = {"coder": run["fingerprint"], "examples": run["split"]["fitting"], "files": run["data"]["files"]}
    return {**run["encoder"], "tuned": tuned}


def _optimiser(filler: Filler, plan: Plan) -> torch.optim.AdamW:
    return torch.optim.AdamW(filler.parameters(), lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)


def _train(pieces: NDArray[np.uint16], out: Path, plan: Plan, report: Callable[[str], None]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(out, local_files_only=True)
    encoder = _loaded(out)
    filler = Filler(encoder, encoder.config.hidden_size, len(tokenizer))
    log_chance = _log_chance(pieces, len(tokenizer), plan)
    optimiser = _optimiser(filler, plan)
    saved = torch.load(out / "resume.pt", weights_only=True)
    filler.load_state_dict(saved["filler"])
    optimiser.load_state_dict(saved["optimiser"])
    step, before, began = int(saved["step"]), float(saved["seconds"]), time.monotonic()
    filler.train()
    average = 0.0
    while (done := _done(step, before + time.monotonic() - began, plan)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * min(done / plan.warmup, (1 - done) / (1 - plan.warmup))
        shown, hidden = _masked(_blocks(pieces, step, plan), tokenizer, step, plan)
        loss = filler(shown, hidden, _rivals(len(tokenizer), step, plan), log_chance)
        loss.backward()
        nn.utils.clip_grad_norm_(filler.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        step += 1
        average = loss.item() if average == 0 else 0.98 * average + 0.02 * loss.item()
        if step % plan.every == 0:
            seconds = before + time.monotonic() - began
            _checkpoint(out, filler, optimiser, step, seconds)
            report(_progress(step, seconds, average, plan))
    seconds = before + time.monotonic() - began
    _checkpoint(out, filler, optimiser, step, seconds)
    report(_progress(step, seconds, average, plan))


def _done(step: int, seconds: float, plan: Plan) -> float:
    """Share of the training that is over, by whichever limit is nearer."""
    return max(step / plan.steps, seconds / (60 * plan.minutes), 1e-6)


def _progress(step: int, seconds: float, loss: float, plan: Plan) -> str:
    done = _done(step, seconds, plan)
    read = step * plan.batch * plan.block
    left = seconds / done * (1 - done) / 60
    return (
        f"step {step}  pieces {read / 1e6:.2f} M  loss {loss:.3f}  {read / seconds:.0f} pieces/s  left {left:.0f} min"
    )


def _blocks(pieces: NDArray[np.uint16], step: int, plan: Plan) -> Tensor:
    """The blocks of one step, drawn by the step's own seed, so that going on after a stop reads what was due."""
    draw = np.random.default_rng((plan.seed, step))
    starts = draw.integers(0, max(len(pieces) - plan.block, 1), plan.batch)
    rows = np.stack([pieces[start : start + plan.block] for start in starts])
    return torch.from_numpy(rows.astype(np.int64))


def _masked(blocks: Tensor, tokenizer: Any, step: int, plan: Plan) -> tuple[Tensor, Tensor]:
    """(what is shown, what is hidden): of the chosen pieces 80 % become [MASK], 10 % another piece, 10 % stay."""
    draw = torch.Generator().manual_seed(plan.seed * 1_000_003 + step)
    blocks[:, 0] = tokenizer.cls_token_id
    chosen = torch.rand(blocks.shape, generator=draw) < plan.masked
    chosen &= blocks >= len(tokenizer.all_special_ids)
    fate = torch.rand(blocks.shape, generator=draw)
    shown = torch.where(chosen & (fate < 0.8), tokenizer.mask_token_id, blocks)
    other = torch.randint(len(tokenizer), blocks.shape, generator=draw)
    shown = torch.where(chosen & (fate >= 0.9), other, shown)
    return shown, torch.where(chosen, blocks, _NOT_MASKED)


def _rivals(vocabulary: int, step: int, plan: Plan) -> Tensor:
    draw = torch.Generator().manual_seed(plan.seed * 2_000_003 + step)
    return torch.randperm(vocabulary, generator=draw)[: plan.rivals]


def _log_chance(pieces: NDArray[np.uint16], vocabulary: int, plan: Plan) -> Tensor:
    """Logarithm of each piece's chance to compete in a step: masked somewhere in it, or drawn as a rival."""
    share = np.bincount(pieces, minlength=vocabulary) / len(pieces)
    unseen = (1 - share) ** (plan.masked * plan.batch * plan.block) * (1 - min(plan.rivals / vocabulary, 1))
    return torch.from_numpy(np.log(np.maximum(1 - unseen, 1e-9))).float()


def _checkpoint(out: Path, filler: Filler, optimiser: torch.optim.AdamW, step: int, seconds: float) -> None:
    """Write to a side file first: a stop while writing must leave the older checkpoint whole."""
    state = {"filler": filler.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "seconds": seconds}
    torch.save(state, out / "resume.part")
    (out / "resume.part").replace(out / "resume.pt")
    _note_progress(out, step, seconds)
    filler.encoder.save_pretrained(out)


def _note_progress(out: Path, step: int, seconds: float) -> None:
    """What the encoder beside it has really seen, for the model card: a training may be stopped before its time."""
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    run["seen"] = {
        "steps": step,
        "pieces": step * run["plan"]["batch"] * run["plan"]["block"],
        "seconds": round(seconds),
    }
    (out / "run.json").write_text(json.dumps(run, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

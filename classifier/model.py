"""The heavy file: load a model directory and score texts. The one place of the classifier with torch and transformers.

A model directory holds a `save_pretrained` encoder with its tokenizer, `head.safetensors` (the deep head and the wide
n-gram layer), `coder.json` (thresholds, temperature, review rule), the `codebook.toml` it was trained on, `run.json`
and a model card. A coder is both halves: their logits are averaged with the weight in `coder.json`, divided by the
temperature, and become calibrated probabilities.

A model directory may come from a stranger, so whatever could run code is refused before anything is read: pickles,
`auto_map`, and kernels named in the configuration. Left out: meaning units, output rows, and rules; see `coding`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging as transformers_logging

from classifier import wide
from classifier.codebook import Codebook, load_codebook
from classifier.errors import ModelError
from classifier.head import Head
from classifier.text import fold

PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz", ".msgpack", ".h5"})
FORBIDDEN_KEYS = ("auto_map", "_attn_implementation_internal", "custom_pipelines")
NEEDED = ("config.json", "model.safetensors", "head.safetensors", "coder.json", "codebook.toml", "tokenizer.json")
BATCH = 32
# Bars and reports of weights belong to no output of ours: `code` writes its rows to stdout, errors to stderr.
transformers_logging.disable_progress_bar()
transformers_logging.set_verbosity_error()
_OVERLAP = 32  # pieces shared by two windows of a text longer than the encoder reads
_FINGERPRINT_LENGTH = 12
Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scores:
    """Calibrated probabilities: texts x categories and texts x descriptive codes, in codebook order."""

    categories: Rows
    codes: Rows


@dataclass(frozen=True, slots=True)
class Settings:
    """`coder.json`. Thresholds are probabilities; `margin` is the distance to a threshold below which people look."""

    thresholds: Mapping[str, float]
    code_threshold: float
    temperature: float
    wide_weight: float
    margin: float
    longest: int
    codebook_sha256: str

    def as_json(self) -> dict[str, Any]:
        """The content of `coder.json`."""
        return {
            "thresholds": dict(self.thresholds),
            "code_threshold": self.code_threshold,
            "temperature": self.temperature,
            "wide_weight": self.wide_weight,
            "review": {"margin": self.margin},
            "longest": self.longest,
            "codebook_sha256": self.codebook_sha256,
        }


def probabilities(logits: Rows, temperature: float, exclusive: bool) -> Rows:
    """Logits as probabilities: each label by itself, or, where `exclusive`, adding up to one per text."""
    scaled = logits / temperature
    if not exclusive:
        return np.asarray(1 / (1 + np.exp(-np.clip(scaled, -60, 60))))
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


class Network:
    """Both halves without calibration: texts to logits, texts x (categories, then descriptive codes)."""

    def __init__(self, encoder: Any, tokenizer: Any, head: Head, wide_layer: Mapping[str, NDArray[np.float32]]) -> None:
        self.encoder, self.tokenizer, self.head, self.wide_layer = encoder, tokenizer, head, wide_layer

    def deep(self, folded: Sequence[str], questions: Sequence[int | None], longest: int) -> Rows:
        """Logits of the encoder and its head; of a text with several windows the greatest."""
        self.encoder.eval()
        self.head.eval()
        rows = [np.full((0, len(self.head.bias)), 0.0)]
        order = sorted(range(len(folded)), key=lambda i: len(folded[i]))
        for first in range(0, len(order), BATCH):
            chosen = order[first : first + BATCH]
            rows.append(self._batch([folded[i] for i in chosen], [questions[i] for i in chosen], longest))
        return np.concatenate(rows)[np.argsort(order)] if order else rows[0]

    @torch.inference_mode()
    def _batch(self, folded: Sequence[str], questions: Sequence[int | None], longest: int) -> Rows:
        encoded = self.tokenizer(
            list(folded),
            truncation=True,
            max_length=longest,
            stride=min(_OVERLAP, longest // 4),
            return_overflowing_tokens=True,
            padding=True,
            return_tensors="pt",
        )
        text_of = encoded["overflow_to_sample_mapping"]
        asked = torch.tensor([question or 0 for question in questions])[text_of]
        mask = encoded["attention_mask"]
        hidden = self.encoder(
            input_ids=encoded["input_ids"], attention_mask=mask, output_hidden_states=True
        ).hidden_states
        windows = self.head(hidden, mask, asked).double().numpy()
        logits = np.full((len(folded), windows.shape[1]), -np.inf)
        np.maximum.at(logits, text_of.numpy(), windows)
        return logits

    def broad(self, folded: Sequence[str], questions: Sequence[int | None]) -> Rows:
        """Logits of the wide layer."""
        layer = self.wide_layer
        rows = [
            wide.score(text, question, layer["rarity"], layer["weights"], layer["bias"])
            for text, question in zip(folded, questions, strict=True)
        ]
        return np.array(rows).reshape(len(rows), len(layer["bias"]))

    def logits(self, texts: Sequence[str], questions: Sequence[int | None], wide_weight: float, longest: int) -> Rows:
        """The weighted mean of both halves."""
        folded = [fold(text) for text in texts]
        deep = self.deep(folded, questions, longest)
        return (1 - wide_weight) * deep + wide_weight * self.broad(folded, questions)


class Coder:
    """A trained coder: texts in, calibrated probabilities out. `fingerprint` names its weights and settings."""

    def __init__(self, network: Network, settings: Settings, codebook: Codebook, fingerprint: str) -> None:
        self.network, self.settings, self.codebook, self.fingerprint = network, settings, codebook, fingerprint
        self.thresholds = settings.thresholds
        self.code_threshold = settings.code_threshold
        self._limits = np.array([settings.thresholds[category.id] for category in codebook.categories])

    @classmethod
    def load(cls, directory: Path, threads: int = 1) -> Coder:
        """The coder in `directory`, on `threads` threads (for the whole process). Raises ModelError, CodebookError."""
        refuse_unsafe(directory)
        torch.set_num_threads(threads)
        codebook = load_codebook(directory / "codebook.toml")
        settings = read_settings(directory / "coder.json", codebook)
        return cls(read_network(directory, codebook), settings, codebook, fingerprint(directory))

    def score(self, texts: Sequence[str], questions: Sequence[int | None]) -> Scores:
        """Probabilities of each text read as the answer to its question (1 to 7, or None where it is unknown)."""
        settings = self.settings
        logits = self.network.logits(texts, questions, settings.wide_weight, settings.longest)
        split = len(self.codebook.categories)
        return Scores(
            probabilities(logits[:, :split], settings.temperature, self.codebook.exclusive),
            probabilities(logits[:, split:], settings.temperature, exclusive=False),
        )

    def labels(self, row: Rows) -> tuple[str, ...]:
        """The categories that one row of category probabilities carries: all that reach their threshold, or the one."""
        ids = self.codebook.category_ids
        if self.codebook.exclusive:
            return (ids[int(row.argmax())],)
        return tuple(ids[i] for i in np.flatnonzero(row >= self._limits))

    def needs_review(self, row: Rows) -> bool:
        """Whether one row of category probabilities is too close to another decision to stand without a person."""
        if self.codebook.exclusive:
            best = np.sort(row)[::-1]
            return bool(len(best) > 1 and best[0] - best[1] < self.settings.margin)
        return bool((np.abs(row - self._limits) < self.settings.margin).any())


def refuse_unsafe(directory: Path) -> None:
    """Raise ModelError if `directory` lacks a file of a model, or holds one that could run code when it is read."""
    if not directory.is_dir():
        raise ModelError(f"{directory}: no such folder; a model is a folder with {', '.join(NEEDED)}")
    for path in sorted(directory.rglob("*")):
        if path.suffix.lower() in PICKLES or path.suffix == ".py":
            raise ModelError(f"{path}: refused, it could run code; weights must be .safetensors")
        if path.suffix == ".json" and (key := _forbidden(path)):
            raise ModelError(f"{path}: refused, the key `{key}` could run code")
    for name in NEEDED:
        if not (directory / name).is_file():
            raise ModelError(f"{directory / name}: missing; a model folder holds {', '.join(NEEDED)}")


def _forbidden(path: Path) -> str | None:
    content = _read_json(path)
    return next((key for key in FORBIDDEN_KEYS if isinstance(content, dict) and key in content), None)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: is not JSON in UTF-8 ({error})") from error


def read_settings(path: Path, codebook: Codebook) -> Settings:
    """`coder.json` checked against the codebook beside it. Raises ModelError."""
    content = _read_json(path)
    try:
        settings = Settings(
            thresholds={category.id: float(content["thresholds"][category.id]) for category in codebook.categories},
            code_threshold=float(content["code_threshold"]),
            temperature=float(content["temperature"]),
            wide_weight=float(content["wide_weight"]),
            margin=float(content["review"]["margin"]),
            longest=int(content["longest"]),
            codebook_sha256=str(content["codebook_sha256"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: {error} is missing or no number") from error
    if settings.codebook_sha256 != codebook.sha256:
        raise ModelError(f"{path}: codebook_sha256 is not that of codebook.toml beside it; the model is incomplete")
    return settings


def read_network(directory: Path, codebook: Codebook) -> Network:
    """Both halves of the model in `directory`, in full precision. Raises ModelError."""
    try:
        encoder = AutoModel.from_pretrained(
            directory, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
        )
        tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True, trust_remote_code=False)
        tensors = {name: tensor.float() for name, tensor in load_file(directory / "head.safetensors").items()}
        labels = len(codebook.categories) + len(codebook.codes)
        head = Head(encoder.config.hidden_size, encoder.config.num_hidden_layers, labels)
        head.load_state_dict({name[5:]: tensor for name, tensor in tensors.items() if name.startswith("head.")})
        wide_layer = {name: tensors[f"wide.{name}"].numpy() for name in ("rarity", "weights", "bias")}
        if len(wide_layer["rarity"]) != wide.BUCKETS:
            raise ValueError(f"its n-grams are {len(wide_layer['rarity'])}, not {wide.BUCKETS}; train it anew")
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"{directory}: cannot be loaded ({str(error).splitlines()[0]})") from error
    return Network(encoder, tokenizer, head, wide_layer)


def fingerprint(directory: Path) -> str:
    """Twelve hex digits that change with any weight or setting."""
    digest = hashlib.sha256()
    for name in ("model.safetensors", "head.safetensors", "tokenizer.json", "coder.json"):
        digest.update((directory / name).read_bytes())
    return digest.hexdigest()[:_FINGERPRINT_LENGTH]

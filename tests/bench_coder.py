"""The coder's part of `make bench`: speed and memory beside a randomly initialised xlm-roberta-base in the same run.

Both code the same answers on two threads. The peer gets as many pieces per answer as our tokenizer makes; its own
vocabulary cuts Kazakh finer, so this favours the peer. The peer only runs its encoder and one linear layer; ours
also divides the answers into meaning units and codes those. It prints figures and decides nothing.
"""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

from classifier.codebook import load_codebook
from classifier.coding import Input, code_batch
from classifier.model import Coder
from training.corpus import Example, read_examples

ROOT = Path(__file__).parent.parent
ANSWERS, PEER_ANSWERS, SINGLE = 512, 96, 100
BATCH = 32
BASE = {"vocab_size": 250_002, "max_position_embeddings": 514, "type_vocab_size": 1, "num_labels": 5}


def main() -> None:
    """Run everything and print one line a figure."""
    torch.set_num_threads(2)
    directory = ROOT / "data/models" / (ROOT / "data/models/current").read_text(encoding="utf-8").strip()
    codebook = load_codebook(ROOT / "data/codebook.toml")
    answers = read_examples(sorted((ROOT / "data/examples").glob("ru*.jsonl"))[:1], codebook)
    answers += read_examples(sorted((ROOT / "data/examples").glob("kk*.jsonl"))[:1], codebook)
    answers = answers[:ANSWERS]
    before = _resident()
    began = time.perf_counter()
    coder = Coder.load(directory, threads=2)
    print(f"coder: loaded in {time.perf_counter() - began:.2f} s, {_size(directory):.1f} MB on disk")
    ours = _ours("coder", coder, answers)
    lengths = [len(coder.network.tokenizer(one.text)["input_ids"]) for one in answers]
    _ours("coder, dynamic int8", _in_integers(coder), answers)
    _try_compiled(coder, answers)
    torch.set_num_threads(1)
    _ours("coder, one thread", coder, answers)
    torch.set_num_threads(2)
    print(f"coder process: {_process_memory():.0f} MB resident; this process grew by {_resident() - before:.0f} MB")
    peer = _peer(lengths)
    print(f"bulk, coder / xlm-roberta-base: {ours / peer:.1f} times (wanted 8, goal 20)")


def _ours(name: str, coder: Coder, answers: Sequence[Example]) -> float:
    """Answers a second of `coder` in bulk, meaning units included, after printing its figures."""
    inputs = [Input(one.id, one.text, one.question) for one in answers]
    code_batch(coder, inputs[:BATCH])
    _print_single(name, lambda at: code_batch(coder, [inputs[at]]))
    began = time.perf_counter()
    code_batch(coder, inputs)
    rate = len(inputs) / (time.perf_counter() - began)
    print(f"{name}: {rate:.0f} answers/s in bulk")
    return rate


def _peer(lengths: Sequence[int]) -> float:
    """The same for an xlm-roberta-base with random weights, answers of equal length together."""
    model = XLMRobertaForSequenceClassification(XLMRobertaConfig(**BASE)).eval()
    draw = torch.Generator().manual_seed(1)

    def read(sizes: Sequence[int]) -> None:
        pieces = torch.randint(5, 250_000, (len(sizes), max(sizes)), generator=draw)
        mask = torch.arange(max(sizes))[None, :] < torch.tensor(sizes)[:, None]
        with torch.inference_mode():
            model(input_ids=pieces, attention_mask=mask.long())

    read(lengths[:2])
    _print_single("xlm-roberta-base", lambda at: read([lengths[at]]), count=SINGLE // 4)
    ordered = sorted(lengths[:: max(1, len(lengths) // PEER_ANSWERS)])
    began = time.perf_counter()
    for first in range(0, len(ordered), BATCH):
        read(ordered[first : first + BATCH])
    rate = len(ordered) / (time.perf_counter() - began)
    print(f"xlm-roberta-base: {rate:.1f} answers/s in bulk")
    return rate


def _print_single(name: str, code: Callable[[int], Any], count: int = SINGLE) -> None:
    times = []
    for at in range(count):
        began = time.perf_counter()
        code(at)
        times.append(1000 * (time.perf_counter() - began))
    low, high = np.percentile(times, [50, 95])
    print(f"{name}: one answer p50 {low:.1f} ms, p95 {high:.1f} ms")


def _in_integers(coder: Coder) -> Coder:
    """The same coder with its linear layers in eight-bit integers."""
    network = copy.deepcopy(coder.network)
    network.encoder = torch.ao.quantization.quantize_dynamic(network.encoder, {torch.nn.Linear}, dtype=torch.qint8)
    return Coder(network, coder.settings, coder.codebook, coder.fingerprint)


def _try_compiled(coder: Coder, answers: Sequence[Example]) -> None:
    """The same coder through torch.compile, where there is a compiler; answers of any length without compiling anew."""
    if shutil.which("g++") is None and shutil.which("clang++") is None:
        print("coder, torch.compile: not tried, no C++ compiler")
        return
    network = copy.deepcopy(coder.network)
    network.encoder = torch.compile(network.encoder, dynamic=True)
    began = time.perf_counter()
    code_batch(Coder(network, coder.settings, coder.codebook, coder.fingerprint), [Input(1, "пандус жоқ", 3)])
    print(f"coder, torch.compile: {time.perf_counter() - began:.0f} s to compile")
    _ours("coder, torch.compile", Coder(network, coder.settings, coder.codebook, coder.fingerprint), answers)


def _process_memory() -> float:
    """Resident megabytes of a coder process that has coded one answer."""
    process = subprocess.Popen(
        [sys.executable, "-m", "classifier", "code", "-"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write('{"id": 1, "text": "пандус жоқ", "question": 3}\n'.encode())
    process.stdin.flush()
    process.stdout.readline()
    resident = psutil.Process(process.pid).memory_info().rss / 2**20
    process.stdin.close()
    process.wait()
    return float(resident)


def _resident() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


def _size(directory: Path) -> float:
    return sum(path.stat().st_size for path in directory.rglob("*")) / 2**20


if __name__ == "__main__":
    main()

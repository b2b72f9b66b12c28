"""The model directory: what may be loaded, what is refused, and what a loaded coder answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from classifier.codebook import Codebook, load_codebook
from classifier.errors import ModelError
from classifier.head import Head
from classifier.model import Coder, Network, Settings, fingerprint, probabilities
from classifier.wide import BUCKETS, features
from training.finetune import write
from training.pieces import learn

TEXTS = ["пандус жоқ, балабақшаға кіре алмаймыз", "Всё хорошо, спасибо", "nan", "акша жок " * 60, ""]
QUESTIONS = [4, 4, None, 5, 1]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def codebook_file(folder: Path, exclusive: bool) -> Path:
    path = folder / "codebook.toml"
    ids = "".join(f'[[categories]]\nid = "{name}"\n' for name in ("one", "two", "three"))
    codes = "" if exclusive else '[[codes]]\nid = "first"\ncategories = ["one"]\n'
    path.write_text(f'version = "1"\nexclusive = {str(exclusive).lower()}\n{ids}{codes}', encoding="utf-8")
    return path


def tiny_network(codebook: Codebook) -> Network:
    torch.manual_seed(3)
    tokenizer = learn(["пандус жок балабакшага кире алмаймыз все хорошо спасибо акша"] * 3, 120, 32)
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    encoder = BertModel(BertConfig(vocab_size=len(tokenizer), max_position_embeddings=32, **shape))
    labels = len(codebook.categories) + len(codebook.codes)
    draw = np.random.default_rng(3)
    layer = {
        "rarity": draw.random(BUCKETS, dtype=np.float32).astype(np.float16).astype(np.float32),
        "weights": draw.random((BUCKETS, labels), dtype=np.float32).astype(np.float16).astype(np.float32),
        "bias": np.zeros(labels, dtype=np.float32),
    }
    return Network(encoder, tokenizer, Head(16, 1, labels), layer)


def tiny_settings(codebook: Codebook) -> Settings:
    limits = {category.id: 0.4 for category in codebook.categories}
    return Settings(limits, 0.5, 1.3, 0.5, 0.1, 32, codebook.sha256)


def tiny_run(codebook: Codebook) -> dict[str, object]:
    return {
        "seed": 1,
        "data": {"examples": 5, "digest": "0"},
        "codebook": {"version": codebook.version},
        "split": {"fitting": 3, "calibration": 1, "test": 1, "test_writers": [], "calibration_writers": []},
        "encoder": {"name": "tiny"},
        "everything": False,
    }


@pytest.fixture(scope="module", params=[False, True], ids=["several", "exclusive"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Network]:
    folder = tmp_path_factory.mktemp("written")
    path = codebook_file(folder, request.param)
    codebook = load_codebook(path)
    network = tiny_network(codebook)
    return write(network, tiny_settings(codebook), path, tiny_run(codebook), folder / "models"), network


@pytest.fixture
def model(written: tuple[Path, Network], tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return shutil.copytree(written[0], tmp_path / "model")


def test_a_saved_coder_scores_like_the_one_in_memory(written: tuple[Path, Network]) -> None:
    directory, network = written
    coder = Coder.load(directory)
    kept = Coder(network, coder.settings, coder.codebook, "kept")
    loaded, original = coder.score(TEXTS, QUESTIONS), kept.score(TEXTS, QUESTIONS)
    np.testing.assert_allclose(loaded.categories, original.categories, atol=2e-3)
    np.testing.assert_allclose(loaded.codes, original.codes, atol=2e-3)


def test_scores_have_a_row_per_text_and_do_not_depend_on_the_company(written: tuple[Path, Network]) -> None:
    coder = Coder.load(written[0])
    together = coder.score(TEXTS, QUESTIONS)
    assert together.categories.shape == (len(TEXTS), 3)
    assert together.codes.shape == (len(TEXTS), len(coder.codebook.codes))
    for i, (text, question) in enumerate(zip(TEXTS, QUESTIONS, strict=True)):
        np.testing.assert_allclose(coder.score([text], [question]).categories[0], together.categories[i], atol=1e-5)
    assert coder.score([], []).categories.shape == (0, 3)


def test_an_exclusive_codebook_gives_one_category_and_shares_of_one(tmp_path: Path) -> None:
    path = codebook_file(tmp_path, exclusive=True)
    codebook = load_codebook(path)
    coder = Coder(tiny_network(codebook), tiny_settings(codebook), codebook, "x")
    rows = coder.score(TEXTS, QUESTIONS).categories
    np.testing.assert_allclose(rows.sum(axis=1), 1)
    assert all(len(coder.labels(row)) == 1 for row in rows)
    assert coder.needs_review(np.array([0.45, 0.41, 0.14]))
    assert not coder.needs_review(np.array([0.7, 0.2, 0.1]))


def test_thresholds_and_margin_decide_labels_and_review(tmp_path: Path) -> None:
    codebook = load_codebook(codebook_file(tmp_path, exclusive=False))
    coder = Coder(tiny_network(codebook), tiny_settings(codebook), codebook, "x")
    assert coder.labels(np.array([0.41, 0.1, 0.9])) == ("one", "three")
    assert coder.needs_review(np.array([0.45, 0.0, 0.0]))
    assert not coder.needs_review(np.array([0.55, 0.0, 0.0]))


def test_the_question_and_the_spelling_are_seen(written: tuple[Path, Network]) -> None:
    coder = Coder.load(written[0])
    asked = coder.score(["нет", "нет"], [4, 6]).categories
    assert not np.allclose(asked[0], asked[1])
    spelt = coder.score(["мүғалім жоқ", "мугалим жок"], [4, 4]).categories
    np.testing.assert_allclose(spelt[0], spelt[1], atol=1e-6)


def test_temperature_draws_probabilities_to_the_middle() -> None:
    logits = np.array([[2.0, -2.0]])
    assert probabilities(logits, 4.0, exclusive=False)[0, 0] < probabilities(logits, 1.0, exclusive=False)[0, 0]
    assert probabilities(np.array([[1e9, -1e9]]), 1.0, exclusive=True).tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize("name", ["pytorch_model.bin", "extra.pt", "scaler.pkl", "modeling.py", "deep/er/x.PKL"])
def test_a_file_that_could_run_code_is_refused(model: Path, name: str) -> None:
    (model / name).parent.mkdir(parents=True, exist_ok=True)
    (model / name).write_bytes(b"\x80")
    with pytest.raises(ModelError, match="could run code"):
        Coder.load(model)


@pytest.mark.parametrize("key", ["auto_map", "_attn_implementation_internal"])
@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_a_setting_that_could_run_code_is_refused(model: Path, key: str, name: str) -> None:
    content = json.loads((model / name).read_text(encoding="utf-8"))
    (model / name).write_text(json.dumps(content | {key: "evil/repo--model.Evil"}), encoding="utf-8")
    with pytest.raises(ModelError, match=key):
        Coder.load(model)


@pytest.mark.parametrize("name", ["head.safetensors", "coder.json", "codebook.toml", "model.safetensors"])
def test_a_missing_file_is_named(model: Path, name: str) -> None:
    (model / name).unlink()
    with pytest.raises(ModelError, match=name):
        Coder.load(model)


def test_a_model_without_its_own_codebook_is_refused(model: Path) -> None:
    with (model / "codebook.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    with pytest.raises(ModelError, match="codebook_sha256"):
        Coder.load(model)


def test_damaged_weights_are_one_line(model: Path) -> None:
    (model / "head.safetensors").write_bytes(b"not tensors")
    with pytest.raises(ModelError) as caught:
        Coder.load(model)
    assert "\n" not in str(caught.value)


def test_the_fingerprint_follows_weights_and_settings(model: Path) -> None:
    before = fingerprint(model)
    assert before == fingerprint(model)
    codebook = load_codebook(model / "codebook.toml")
    changed = replace(tiny_settings(codebook), temperature=1.4)
    (model / "coder.json").write_text(json.dumps(changed.as_json()), encoding="utf-8")
    assert fingerprint(model) != before
    assert len(before) == 12


def test_features_are_stable_and_hold_the_question_of_a_short_answer() -> None:
    buckets, values = features("жок", 4)
    again, _ = features("жок", 4)
    assert buckets.tolist() == again.tolist()
    assert len(buckets) == len(values)
    assert set(buckets.tolist()) != set(features("жок", 6)[0].tolist())
    assert len(features("", None)[0]) == 0

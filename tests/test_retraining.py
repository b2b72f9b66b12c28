"""From what people have coded to the model that counts, and back: small sizes, the real commands and files."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from transformers import BertConfig, BertModel

from bot.store import erasure
from bot.store.database import opened
from classifier.model import Coder
from tests.conftest import DATA
from tests.retraining_world import BOOK, CODEBOOK, Row, file_of, fixed_home, move_in, rows_of
from tests.store_world import NOW, later
from tests.test_model import tiny_network
from tests.tiny_model import tiny_model
from training.__main__ import commands
from training.errors import DiskError, PromotionError, SnapshotError
from training.finetune import Held, finetune
from training.fit import Plan
from training.models import Models
from training.promote import Pair, promote
from training.retrain import GOING_ON, Places, retrain
from training.snapshot import take

ROOT = DATA.parent
PLAN = Plan(epochs=1, longest=32, wide_weight=0.9, calibration=0.3)
SHORT = replace(GOING_ON, epochs=1, longest=32, wide_weight=0.9)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder with random weights: one layer of 16 dimensions."""
    folder = tmp_path_factory.mktemp("encoder")
    tokenizer = tiny_network(BOOK).tokenizer
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=len(tokenizer), max_position_embeddings=160, **shape)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples that ship, in small."""
    return file_of(tmp_path_factory.mktemp("old") / "old.jsonl", rows_of("kk6", "ru6", "kk7", "ru7", most=120))


@pytest.fixture(scope="module")
def shipped(encoder: Path, old: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `models` with a model that counts."""
    folder = tmp_path_factory.mktemp("models")
    held = Held(calibration=("kk7", "ru7"))
    made = finetune([old], CODEBOOK, str(encoder), folder, PLAN, held, report=lambda _: None)
    assert made is not None
    (folder / "current").write_text(made.name)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return fixed_home(tmp_path)


@contextmanager
def disk_full_at(size: int) -> Iterator[None]:
    """No file can grow beyond `size` bytes, which fails like a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def snapshot_of(home: Path, rows: list[Row]) -> Path:
    with opened(home) as store:
        move_in(store, rows)
    return take(home, CODEBOOK, None, NOW)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class TestRetrain:
    def test_a_model_goes_on_from_the_current_one_and_its_card_says_of_what(
        self, home: Path, old: Path, shipped: Path
    ) -> None:
        snapshot = snapshot_of(home, rows_of("kk8", "ru8", most=80))
        before = contents(shipped)
        said: list[str] = []
        places = Places(snapshot, (old,), CODEBOOK, home, home / "models")
        made = retrain(places, Models(home, shipped).in_use(), SHORT, NOW, said.append)
        assert made is not None and Coder.load(made).fingerprint == made.name
        assert contents(shipped) == before
        run = json.loads((made / "run.json").read_text(encoding="utf-8"))
        assert run["goes_on_from"] == (shipped / "current").read_text()
        assert run["snapshot"]["people"] > 0 and run["split"]["calibration_writers"] == ["kk7", "ru7"]
        card = (made / "README.md").read_text(encoding="utf-8")
        assert f"New answers of snapshot {snapshot.name}" in card
        assert sorted(path.name for path in (home / "models").iterdir()) == [made.name], "no checkpoint is left"

    def test_one_language_only_is_said_and_so_is_an_empty_set_aside(self, home: Path, old: Path, shipped: Path) -> None:
        snapshot = snapshot_of(home, rows_of("kk8", most=40))
        said: list[str] = []
        retrain(Places(snapshot, (old,), CODEBOOK, home, home / "models"), _current(shipped), SHORT, NOW, said.append)
        assert "all new answers are in one language (kk)" in said[0]

    def test_of_another_codebook_is_refused(self, home: Path, old: Path, shipped: Path, tmp_path: Path) -> None:
        snapshot = snapshot_of(home, rows_of("kk8", most=40))
        other = tmp_path / "codebook.toml"
        other.write_text(CODEBOOK.read_text(encoding="utf-8").replace('version = "1"', 'version = "2"'), "utf-8")
        places = Places(snapshot, (old,), other, home, home / "models")
        with pytest.raises(SnapshotError, match="coded by codebook version 1"):
            retrain(places, _current(shipped), SHORT, NOW, print)
        assert not (home / "models").exists()

    def test_later_models_say_that_an_earlier_one_saw_what_was_withdrawn(
        self, home: Path, old: Path, shipped: Path
    ) -> None:
        snapshot = snapshot_of(home, rows_of("kk8", "ru8", most=60))
        places = Places(snapshot, (old,), CODEBOOK, home, home / "models")
        first = retrain(places, _current(shipped), SHORT, NOW, lambda _: None)
        with opened(home) as store:
            for chat in store.rows("SELECT chat_key FROM respondents ORDER BY chat_key LIMIT 6"):
                erasure.erase(store, chat["chat_key"], 0, NOW)
        again = Places(take(home, CODEBOOK, None, later(days=1)), (old,), CODEBOOK, home, home / "models")
        second = retrain(again, _current(shipped), SHORT, NOW, lambda _: None)
        assert first and second
        earlier = json.loads((second / "run.json").read_text(encoding="utf-8"))["earlier"]
        assert [one["model"] for one in earlier] == [first.name] and earlier[0]["answers"] > 0
        said = f"The earlier coder {first.name} learnt from {earlier[0]['answers']} answers whose authors have since"
        assert said in (second / "README.md").read_text(encoding="utf-8")


def _current(shipped: Path) -> Path:
    return shipped / (shipped / "current").read_text()


class TestInterrupted:
    PLAN = Plan(epochs=3, longest=32, piece_dropout=0.0)

    def test_a_stopped_training_goes_on_and_ends_where_it_would_have_ended(
        self, encoder: Path, old: Path, tmp_path: Path
    ) -> None:
        few = file_of(tmp_path / "few.jsonl", rows_of("kk6", "ru6", most=40))
        held = Held(calibration=("ru6",))

        def train(out: Path, report: object = lambda _: None) -> Path:
            made = finetune([few], CODEBOOK, str(encoder), out, self.PLAN, held, report=report)  # type: ignore[arg-type]
            assert made is not None
            return made

        def stop(line: str) -> None:
            if line.startswith("epoch 2"):
                raise KeyboardInterrupt

        whole = train(tmp_path / "whole")
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "parts", stop)
        assert [path.name for path in (tmp_path / "parts").iterdir()] == ["checkpoint-parts"]
        heard: list[str] = []
        made = train(tmp_path / "parts", heard.append)
        assert [line.split()[1] for line in heard] == ["3"], "only what was missing"
        assert made.name == whole.name, "the same weights"
        assert [path.name for path in (tmp_path / "parts").iterdir()] == [made.name]

    def test_a_checkpoint_of_another_training_is_not_taken_up(self, encoder: Path, tmp_path: Path) -> None:
        few = file_of(tmp_path / "few.jsonl", rows_of("kk6", "ru6", most=30))

        def stop(line: str) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            finetune([few], CODEBOOK, str(encoder), tmp_path / "m", self.PLAN, Held(calibration=("ru6",)), report=stop)
        heard: list[str] = []
        other, held = replace(self.PLAN, epochs=2), Held(calibration=("kk6",))
        finetune([few], CODEBOOK, str(encoder), tmp_path / "m", other, held, report=heard.append)
        assert [line.split()[1] for line in heard] == ["1", "2"]


@pytest.mark.parametrize(
    ("size", "what"),
    [(40_000, "checkpoint-.*the models are"), (3_000_000, "the model cannot be written.*the models are")],
)
def test_a_full_disk_is_one_line_and_leaves_the_models_as_they_were(
    home: Path, old: Path, shipped: Path, size: int, what: str
) -> None:
    snapshot = snapshot_of(home, rows_of("kk8", most=40))
    shutil.copytree(shipped, home / "models")
    before = contents(home / "models")
    places = Places(snapshot, (old,), CODEBOOK, home, home / "models")
    with disk_full_at(size), pytest.raises(DiskError, match=what) as error:
        retrain(places, _current(home / "models"), SHORT, NOW, lambda _: None)
    assert "\n" not in str(error.value)
    left = contents(home / "models")
    assert {name: left[name] for name in left if not name.startswith("checkpoint")} == before


class TestPromotion:
    """Small test sets of other writers; `test.jsonl` itself is for nobody's choice."""

    @pytest.fixture
    def test(self, tmp_path: Path) -> Path:
        return file_of(tmp_path / "measure.jsonl", rows_of("kk9", "ru9", "kk11"))

    def made(self, home: Path, old: Path, shipped: Path, snapshot: Path) -> Path:
        made = retrain(
            Places(snapshot, (old,), CODEBOOK, home, home / "candidates"), _current(shipped), SHORT, NOW, lambda _: None
        )
        assert made is not None
        return made

    def test_good_codings_are_promoted_and_rolled_back(self, home: Path, old: Path, shipped: Path, test: Path) -> None:
        candidate = self.made(home, old, shipped, snapshot_of(home, rows_of("kk8", "ru8", "kk10", "ru10", most=250)))
        models = Models(home, shipped)
        pair = Pair(candidate, models.in_use(), home, CODEBOOK, test)
        parts = promote(pair, "Aigul", None, NOW)
        assert parts[0].better and models.in_use() == home / "models" / candidate.name
        entry = models.history()[-1]
        assert (entry["event"], entry["by"], entry["before"]) == ("promoted", "Aigul", "shipped")
        assert entry["macro_f1"] > entry["macro_f1_before"]
        again = Pair(candidate, models.in_use(), home, CODEBOOK, test)
        with pytest.raises(PromotionError, match="is the current model"):
            promote(again, "Aigul", None, NOW)
        assert models.roll_back("Dana", later(days=1)) == "shipped"
        assert models.in_use() == _current(shipped)
        with pytest.raises(PromotionError, match="no promoted model to go back from"):
            models.roll_back("Dana", later(days=1))

    def test_a_bias_in_one_language_is_refused(self, home: Path, old: Path, shipped: Path, test: Path) -> None:
        """A coder who never sees a lack of people in Kazakh answers: the respondents set aside are coded as wrongly, so
        only the test set tells."""

        def blind(row: Row) -> list[str]:
            codes = [code for code in row["codes"] if "human_resources" not in BOOK.code(code).categories]
            return codes if row["lang"] == "kk" else row["codes"]

        with opened(home) as store:
            move_in(store, rows_of("kk8", "ru8", "kk10", "ru10", most=250), blind)
        candidate = self.made(home, old, shipped, take(home, CODEBOOK, None, NOW))
        models = Models(home, shipped)
        for reason in (None, "as good, I would say"):
            with pytest.raises(PromotionError, match=r"not promoted: it is worse in .*kk human_resources on measure"):
                promote(Pair(candidate, models.in_use(), home, CODEBOOK, test), "Aigul", reason, NOW)
        assert models.in_use() == _current(shipped) and models.history() == []

    def test_a_full_disk_leaves_the_current_model(self, home: Path, shipped: Path, tmp_path: Path) -> None:
        models, candidate = Models(home, shipped), tiny_model(tmp_path)
        with disk_full_at(10_000), pytest.raises(DiskError, match="the current model is untouched"):
            models.keep(candidate, "abc")
        assert list((home / "models").iterdir()) == [] and models.in_use() == _current(shipped)


class TestModels:
    def test_the_way_back_follows_the_history_whatever_happened_between(self, home: Path, shipped: Path) -> None:
        models = Models(home, shipped)
        for name in ("a", "b", "c"):
            (home / "models" / name).mkdir(parents=True)
            (home / "models" / name / "coder.json").write_text("{}")
        for name in ("a", "b"):
            models.promote(name, "x", NOW, {})
        assert models.roll_back("x", NOW) == "a"
        models.promote("c", "x", NOW, {})
        assert [models.roll_back("x", NOW) for _ in range(2)] == ["a", "shipped"]
        models.promote("a", "x", NOW, {})
        (home / "models" / "current").write_text("b\n")
        assert models.roll_back("x", NOW) == "a", "a pointer moved by hand is one step more"
        models.promote("b", "x", NOW, {})
        shutil.rmtree(home / "models" / "a")
        with pytest.raises(PromotionError, match="no longer there"):
            models.roll_back("x", NOW)

    def test_the_list_says_which_counts_and_who_promoted_it(self, home: Path) -> None:
        models = home / "models"
        made = tiny_model(models)
        Models(home).promote(made.name, "Aigul", NOW, {"macro_f1": 0.8, "macro_f1_before": 0.7})
        shown = CliRunner().invoke(commands, ["models", "--home", str(home)])
        assert f"* {made.name}" in shown.output and "by Aigul; macro-F1 0.8, before 0.7" in shown.output
        back = CliRunner().invoke(commands, ["rollback", "--by", "Dana", "--home", str(home)])
        assert back.output == "counts again: shipped\n"
        assert f"  {made.name}" in CliRunner().invoke(commands, ["models", "--home", str(home)]).output


def test_several_processes_train_one_model(encoder: Path, tmp_path: Path) -> None:
    """`accelerate launch` with two processes on this machine: each takes its part, one model is written."""
    few = file_of(tmp_path / "few.jsonl", rows_of("kk6", "ru6", most=30))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"),
            *("--num_machines", "1"),
            *("--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0", "-m", "training"),
            *("finetune", "--examples", few, "--base", encoder, "--out", tmp_path / "m", "--epochs", "1"),
            *("--calibration-writer", "ru6", "--threads", "1", "--codebook", CODEBOOK),
        ],
        env={**os.environ, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"},
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    (made,) = (tmp_path / "m").iterdir()
    assert done.stdout.count("epoch 1 of 1") == 1 and done.stdout.count(f"model: {made}") == 1
    assert Coder.load(made).fingerprint == made.name

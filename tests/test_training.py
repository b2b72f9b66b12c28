"""Training from text to model directory, on tiny sizes: sources, splits, figures, pretraining, fine-tuning."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from classifier.codebook import load_codebook
from classifier.model import Coder
from training import metrics, split
from training.__main__ import commands
from training.corpus import Example, digest, read_examples, targets
from training.errors import ExampleError, SourceError, SplitError
from training.evaluate import evaluate
from training.finetune import Held, finetune
from training.fit import Plan as FinePlan
from training.inventory import training_files
from training.pretrain import Plan as PrePlan
from training.pretrain import pretrain
from training.sources import balanced, permitted

DATA = Path(__file__).parent.parent / "data"
EXAMPLES = training_files(DATA / "examples")
TINY = PrePlan(
    pieces=200, dimensions=16, layers=1, heads=2, inner=16, longest=48, block=16, batch=4, steps=6, every=3, minutes=9
)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    texts = {
        "kk_reviews_a.txt.xz": "өте жақсы мектеп екен\nмұғалім жетпейді\n" * 20,
        "ru_news_b.txt.xz": "в школе открыли новый класс\nучителей не хватает\n" * 100,
        "kk-ru_c.tsv.xz": "мектеп\tшкола\n" * 5,
        "ru_secret_d.txt.xz": "этого никто не читает\n" * 5,
    }
    rows = []
    for name, text in texts.items():
        with lzma.open(folder / name, "wt", encoding="utf-8") as file:
            file.write(text)
        rows.append(f"| {name} | 1 | 0.1 | chat | somewhere | CC0 | {'no' if 'secret' in name else 'yes'} |")
    header = "| file | lines | MB raw | register | source (public repository) | licence | ship |\n" + "|---" * 7 + "|\n"
    (folder / "README.md").write_text("# Text\n\n" + header + "\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def encoder(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pretrain(corpus, [EXAMPLES[0]], tmp_path_factory.mktemp("encoder"), TINY, report=lambda _: None)


def example(number: int, **changes: object) -> Example:
    plain = Example(
        f"e{number}", "пандус жоқ", 4, ("infrastructure",), ("no_ramp",), f"r{number}", "w", None, "kk", "kaz"
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


class TestSources:
    def test_only_sources_marked_ship_are_read(self, corpus: Path) -> None:
        assert [source.path.name for source in permitted(corpus)] == [
            "kk_reviews_a.txt.xz",
            "ru_news_b.txt.xz",
            "kk-ru_c.tsv.xz",
        ]
        assert not any("никто" in line for line in balanced(permitted(corpus), [], 1))

    def test_reviews_count_five_times_and_russian_weighs_as_much_as_kazakh(self, corpus: Path) -> None:
        lines = balanced(permitted(corpus), [], 1)
        assert lines.count("мұғалім жетпейді") == 100
        kazakh = sum(len(line) for line in lines if "ө" in line or "ұ" in line)
        russian = sum(len(line) for line in lines if line.startswith(("в школе", "учителей")))
        assert abs(kazakh - russian) < 40

    def test_a_folder_without_its_table_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"README\.md"):
            permitted(tmp_path)
        (tmp_path / "README.md").write_text("nothing", encoding="utf-8")
        with pytest.raises(SourceError, match="ship: yes"):
            permitted(tmp_path)


class TestPretrain:
    def test_the_folder_is_plain_and_has_no_pickle_left(self, encoder: Path) -> None:
        assert {path.suffix for path in encoder.iterdir()} == {".json", ".safetensors"}
        run = json.loads((encoder / "run.json").read_text(encoding="utf-8"))
        assert len(run["sources"]) == 3
        assert run["seen"]["pieces"] == TINY.steps * TINY.batch * TINY.block

    def test_a_stopped_training_goes_on_from_its_checkpoint(self, corpus: Path, encoder: Path, tmp_path: Path) -> None:
        heard: list[str] = []

        def stop(line: str) -> None:
            heard.append(line)
            if line.startswith("step 3"):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            pretrain(corpus, [EXAMPLES[0]], tmp_path, TINY, report=stop)
        assert (tmp_path / "resume.pt").is_file()
        tokenizer = (tmp_path / "tokenizer.json").read_bytes()
        again: list[str] = []
        pretrain(corpus, [EXAMPLES[0]], tmp_path, TINY, report=again.append)
        assert [line.split()[1] for line in again] == ["6", "6"]
        assert (tmp_path / "tokenizer.json").read_bytes() == tokenizer
        assert {path.name for path in tmp_path.iterdir()} == {path.name for path in encoder.iterdir()}


class TestExamples:
    @pytest.mark.parametrize(
        ("line", "named"),
        [
            ("{", "is not JSON"),
            ('{"text": 1, "categories": []}', "text"),
            ('{"text": "a", "categories": ["weather"]}', "weather"),
            ('{"text": "a", "categories": [], "question": 9}', "question"),
            ('{"text": "a"}', "categories"),
        ],
    )
    def test_a_bad_line_is_named(self, tmp_path: Path, line: str, named: str) -> None:
        path = tmp_path / "bad.jsonl"
        path.write_text(f'{{"text": "a", "categories": []}}\n{line}\n', encoding="utf-8")
        with pytest.raises(ExampleError, match=rf"bad\.jsonl:2: .*{named}"):
            read_examples([path], load_codebook(DATA / "codebook.toml"))

    def test_the_digest_changes_with_a_coding(self) -> None:
        assert digest([example(1)]) != digest([example(1, categories=())])


class TestSplit:
    def test_no_respondent_writer_or_pair_is_on_both_sides(self) -> None:
        examples = read_examples(EXAMPLES, load_codebook(DATA / "codebook.toml"))
        parts = split.divide(examples, split.Rule(("kk3", "pairs_ru")))
        sides = [parts.fitting, parts.calibration, parts.test]
        assert sum(map(len, sides)) == len(examples)
        for first, second in ((0, 1), (0, 2), (1, 2)):
            for key in ("respondent", "pair"):
                one = {getattr(each, key) for each in sides[first]} - {None}
                assert not one & {getattr(each, key) for each in sides[second]}
        assert {one.writer for one in parts.test} == {"kk3", "pairs_ru"}
        assert not {one.writer for one in parts.fitting} & {"kk3", "pairs_ru"}

    def test_a_pair_by_two_respondents_keeps_both_together(self) -> None:
        linked = [example(1, pair="p"), example(2, pair="p"), example(2, pair="q"), example(3, pair="q"), example(4)]
        assert len(set(split.groups(linked))) == 2

    def test_impossible_splits_are_errors(self) -> None:
        with pytest.raises(SplitError, match="nobody"):
            split.by_writer([example(1)], ["nobody"])
        with pytest.raises(SplitError, match="0 examples to train on"):
            split.by_writer([example(1)], ["w"])


class TestMetrics:
    TRUTH = np.array([[1, 0], [1, 1], [0, 0], [0, 1]], dtype=bool)
    SAID = np.array([[1, 0], [0, 1], [0, 0], [1, 1]], dtype=bool)

    def test_f1_by_hand(self) -> None:
        assert metrics.f1(self.TRUTH, self.SAID).tolist() == [0.5, 1.0]
        assert metrics.macro_f1(self.TRUTH, self.SAID) == 0.75

    def test_a_category_that_does_not_occur_is_left_out_of_the_mean(self) -> None:
        truth = np.array([[1, 0], [1, 0]], dtype=bool)
        assert metrics.macro_f1(truth, np.array([[1, 0], [1, 1]], dtype=bool)) == 1.0

    def test_the_interval_holds_the_figure_and_needs_several_respondents(self) -> None:
        low, high = metrics.interval(self.TRUTH, self.SAID, ["a", "b", "c", "d"], 1)
        assert low <= 0.75 <= high
        assert metrics.interval(self.TRUTH, self.SAID, ["a"] * 4, 1) == (0.75, 0.75)

    def test_calibration_error_by_hand(self) -> None:
        assert metrics.calibration_error(np.array([[True, False]]), np.array([[0.8, 0.3]])) == pytest.approx(0.25)

    def test_the_margin_sends_the_doubtful_fifth_to_people(self) -> None:
        distance = np.linspace(0.01, 1, 100)
        limit = metrics.margin(distance)
        assert (distance < limit).sum() == 20


class TestFinetune:
    PLAN = FinePlan(epochs=1, longest=32, test=0.3, calibration=0.3)

    def test_a_coder_is_trained_written_read_and_measured_again(self, encoder: Path, tmp_path: Path) -> None:
        few = tmp_path / "few.jsonl"
        lines = [path.read_text(encoding="utf-8").splitlines()[:40] for path in EXAMPLES]
        few.write_text("\n".join(line for part in lines for line in part), encoding="utf-8")
        book = DATA / "codebook.toml"
        directory = finetune([few], book, str(encoder), tmp_path, self.PLAN, Held(("kk3",)), report=lambda _: None)
        assert Coder.load(directory).fingerprint == directory.name
        run = json.loads((directory / "run.json").read_text(encoding="utf-8"))
        measured = evaluate(directory, [few])
        for name in ("coder", "baseline"):
            assert measured[name]["macro_f1"] == pytest.approx(run["metrics"][name]["macro_f1"], abs=0.01)
        card = (directory / "README.md").read_text(encoding="utf-8")
        assert f"{run['metrics']['baseline']['macro_f1']:.3f}" in card
        assert "kk3" in card

    def test_an_exclusive_codebook_without_codes_trains_and_everything_is_not_measured_twice(
        self, encoder: Path, tmp_path: Path
    ) -> None:
        book = tmp_path / "codebook.toml"
        book.write_text(
            'version = "1"\nexclusive = true\n[[categories]]\nid = "good"\n[[categories]]\nid = "bad"\n',
            encoding="utf-8",
        )
        rows = [
            {"text": f"өте {'жақсы' if i % 2 else 'жаман'} {i}", "labels": ["good" if i % 2 else "bad"]}
            for i in range(60)
        ]
        file = tmp_path / "reviews.jsonl"
        file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        held = Held(everything=True)
        directory = finetune([file], book, str(encoder), tmp_path, self.PLAN, held, report=lambda _: None)
        coder = Coder.load(directory)
        scores = coder.score(["өте жаман"], [None])
        assert scores.codes.shape == (1, 0)
        assert coder.labels(scores.categories[0]) == ("bad",)
        with pytest.raises(SplitError, match="--test"):
            evaluate(directory, [file])
        with pytest.raises(SplitError, match="share the same id"):
            evaluate(directory, [file], [file])

    def test_targets_follow_the_order_of_the_codebook(self) -> None:
        codebook = load_codebook(DATA / "codebook.toml")
        row = targets([example(1)], codebook)[0]
        names = [*codebook.category_ids, *codebook.code_ids]
        assert [names[i] for i in np.flatnonzero(row)] == ["infrastructure", "no_ramp"]


def test_help_names_every_command_and_errors_are_one_line(tmp_path: Path) -> None:
    shown = CliRunner().invoke(commands, ["--help"])
    assert shown.exit_code == 0
    assert all(name in shown.output for name in ("pretrain", "finetune", "evaluate"))
    failed = CliRunner().invoke(commands, ["pretrain", "--corpus", str(tmp_path), "--out", str(tmp_path / "out")])
    assert isinstance(failed.exception, SourceError)


class TestEvaluateCommand:
    """`evaluate` as a researcher runs it, on a coder of three writers measured on a fourth."""

    def files(self, folder: Path) -> tuple[Path, Path]:
        lines = {
            name: (DATA / f"examples/{name}.jsonl").read_text(encoding="utf-8").splitlines()[:50]
            for name in ("kk1", "ru1", "kk2", "ru4")
        }
        train, test = folder / "train.jsonl", folder / "fourth.jsonl"
        train.write_text("\n".join(line for name in ("kk1", "ru1", "kk2") for line in lines[name]), encoding="utf-8")
        test.write_text("\n".join(lines["ru4"]), encoding="utf-8")
        return train, test

    def test_tables_pictures_curve_and_card(
        self, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("training.curve.SIZES", (60,))
        train, test = self.files(tmp_path)
        plan = FinePlan(epochs=1, longest=32)
        book = DATA / "codebook.toml"
        held = Held(calibration=("kk2",))
        directory = finetune([train], book, str(encoder), tmp_path / "models", plan, held, report=lambda _: None)
        assert "metrics" not in json.loads((directory / "run.json").read_text(encoding="utf-8"))
        double = tmp_path / "double.jsonl"
        first = json.loads(test.read_text(encoding="utf-8").splitlines()[0])
        double.write_text(
            json.dumps({"id": first["id"], "lang": "ru", "respondent": "r", "first": ["no_ramp"], "second": []}),
            encoding="utf-8",
        )
        pictures, common = tmp_path / "pictures", ["--model", str(directory), "--examples", str(train)]
        shown = CliRunner().invoke(
            commands,
            [
                "evaluate",
                *common,
                *("--test", str(test), "--double", str(double), "--curve", "--base", str(encoder)),
                *("--pictures", str(pictures), "--card", "--threads", "1"),
            ],
        )
        assert shown.exit_code == 0, shown.output
        assert {path.name for path in pictures.iterdir()} == {"confusion.png", "calibration.png", "curve.png"}
        card = (directory / "README.md").read_text(encoding="utf-8")
        for row in ("this coder", "its encoder alone", "TF-IDF + logistic regression", "majority guess"):
            assert row in shown.stdout
            assert row in card
        assert "a second coder beside the first (1 texts" in card
        assert "Pretraining text was not compared" in card
        figures = json.loads((directory / "run.json").read_text(encoding="utf-8"))["curve"]
        assert [60 <= point["examples"] <= 100 for point in figures] == [True, True]
        assert Coder.load(directory).fingerprint == directory.name
        refused = CliRunner().invoke(commands, ["evaluate", *common, "--test", str(train)])
        assert "share the same id" in str(refused.exception)
        other = CliRunner().invoke(commands, ["evaluate", *common[:2], "--examples", str(test), "--test", str(train)])
        assert "was made from train.jsonl" in str(other.exception)
        seen = CliRunner().invoke(
            commands, ["evaluate", *common, "--test", str(test), "--pretraining", str(test), "--threads", "1"]
        )
        assert "pretraining text" in str(seen.exception)


class TestGoingOn:
    def test_an_encoder_can_be_made_at_home_in_other_text(self, corpus: Path, encoder: Path, tmp_path: Path) -> None:
        pretrain(corpus, [EXAMPLES[1]], tmp_path, TINY, encoder, report=lambda _: None)
        assert (tmp_path / "tokenizer.json").read_bytes() == (encoder / "tokenizer.json").read_bytes()
        run = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
        assert run["base"]["also"] == [EXAMPLES[0].name]
        assert (tmp_path / "model.safetensors").read_bytes() != (encoder / "model.safetensors").read_bytes()


class TestPublished:
    def test_a_table_becomes_texts_and_an_exclusive_codebook(self, encoder: Path, tmp_path: Path) -> None:
        labels, words = ("1", "science/technology"), ("жаман", "жақсы")
        rows = [f"{labels[i % 2]}\tөте {words[i % 2]} деген ұзын мәтін {i}" for i in range(60)]
        train, test = tmp_path / "kk.train.tsv", tmp_path / "kk.test.tsv.xz"
        train.write_text("\n".join(rows[:50]), encoding="utf-8")
        with lzma.open(test, "wt", encoding="utf-8") as file:
            file.write("\n".join(rows[:60]))
        made = tmp_path / "made"
        shown = CliRunner().invoke(commands, ["published", str(train), str(test), "--out", str(made)])
        assert {path.name for path in made.iterdir()} == {"kk.train.jsonl", "kk.test.jsonl", "codebook.toml"}
        assert shown.output.split() == [str(made / "kk.train.jsonl"), str(made / "kk.test.jsonl")]
        codebook = load_codebook(made / "codebook.toml")
        assert (codebook.category_ids, codebook.exclusive) == (("label_1", "science_technology"), True)
        plan = FinePlan(epochs=1, longest=32)
        directory = finetune(
            [made / "kk.train.jsonl"], made / "codebook.toml", str(encoder), tmp_path / "m", plan, report=lambda _: None
        )
        with pytest.raises(SplitError, match="near duplicates"):
            evaluate(directory, [made / "kk.train.jsonl"], [made / "kk.test.jsonl"])
        found = evaluate(directory, [made / "kk.train.jsonl"], [made / "kk.test.jsonl"], as_published=True)
        assert found["coder"]["examples"] == 60

    def test_a_line_without_a_tab_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "a.tsv").write_text("x\ty\nno tab", encoding="utf-8")
        failed = CliRunner().invoke(commands, ["published", str(tmp_path / "a.tsv"), "--out", str(tmp_path / "o")])
        assert "a.tsv:2" in str(failed.exception)

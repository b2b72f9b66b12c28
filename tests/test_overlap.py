"""Near duplicates, overlap of test and training, double codings, the figures of an evaluation; all without a model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from classifier.codebook import load_codebook
from tests.test_training import DATA, example
from training import measure, pictures, split
from training.__main__ import commands
from training.agreement import agreement, read_double, verdict
from training.curve import subset
from training.errors import ExampleError, SplitError
from training.overlap import refuse_overlap, refuse_pretraining_overlap, twins, twins_between

LONG = "Мектепте пандус жоқ, баланы күн сайын көтеріп кіргіземіз"
PLAIN = "мектепте пандус жок, баланы кун сайын котерип киргиземиз"
LATIN = "mektepte pandus joq, balany kun saiyn koterip kirgizemiz"
OTHER = "Логопед аптасына бір рет келеді, соған да шүкір дейміз"
BOOK = load_codebook(DATA / "codebook.toml")


class TestTwins:
    def test_the_same_sentence_in_other_letters_is_a_twin(self) -> None:
        found = twins([LONG, OTHER, PLAIN, LATIN])
        assert {(twin.first, twin.second) for twin in found} == {(0, 2), (0, 3), (2, 3)}

    def test_short_answers_are_everybodys(self) -> None:
        assert twins(["жоқ", "жоқ", "не знаю", "не знаю"]) == []

    def test_between_two_sets_each_is_counted_once(self) -> None:
        assert [(twin.first, twin.second) for twin in twins_between([OTHER, LONG], [PLAIN, OTHER])] == [(0, 1), (1, 0)]


class TestRefusal:
    TEST = replace(example(1), text=LONG, writer="new")

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"id": "e1"}, "the same id: e1"),
            ({"respondent": "r1"}, "the same respondent: r1"),
            ({"writer": "new"}, "the same writer: new"),
            ({"pair": "p"}, "the same pair: p"),
            ({"text": LATIN}, "near duplicates: e1 = e2"),
        ],
    )
    def test_whatever_is_shared_is_named(self, changes: dict[str, str], named: str) -> None:
        test = replace(self.TEST, pair="p")
        known = replace(example(2), **{"text": OTHER, "writer": "old", **changes})  # type: ignore[arg-type]
        with pytest.raises(SplitError, match=named):
            refuse_overlap([test], [known])

    def test_strangers_pass_and_a_writer_may_be_shared_where_only_respondents_are_held_out(self) -> None:
        refuse_overlap([self.TEST], [replace(example(2), text=OTHER, writer="old")])
        refuse_overlap([self.TEST], [replace(example(2), text=OTHER, writer="new")], by_writer=False)

    def test_pretraining_text_counts_too(self) -> None:
        refuse_pretraining_overlap([self.TEST], [OTHER])
        with pytest.raises(SplitError, match="pretraining text: e1 = line 2"):
            refuse_pretraining_overlap([self.TEST], [OTHER, PLAIN])


class TestDuplicatesCommand:
    def test_the_later_one_goes_and_takes_its_pair_along(self, tmp_path: Path) -> None:
        rows = [
            {"id": "a", "text": LONG},
            {"id": "b", "text": LATIN, "pair": "p"},
            {"id": "c", "text": "мүлде басқа сөйлем, бірақ жұптың екінші жартысы", "pair": "p"},
            {"id": "d", "text": OTHER},
        ]
        own, kept = tmp_path / "own.jsonl", tmp_path / "kept.jsonl"
        own.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        kept.write_text(json.dumps({"id": "z", "text": OTHER}) + "\n", encoding="utf-8")
        shown = CliRunner().invoke(commands, ["duplicates", str(own), "--against", str(kept)])
        assert [line.split("\t")[:2] for line in shown.stdout.splitlines()] == [["b", "a"], ["d", "z"]]
        assert len(own.read_text(encoding="utf-8").splitlines()) == 4
        CliRunner().invoke(commands, ["duplicates", str(own), "--against", str(kept), "--remove"])
        left = [json.loads(line)["id"] for line in own.read_text(encoding="utf-8").splitlines()]
        assert left == ["a"]

    def test_the_halves_of_a_pair_are_alike_on_purpose(self, tmp_path: Path) -> None:
        file = tmp_path / "pairs.jsonl"
        rows = [{"id": f"{i}", "text": text, "pair": "p"} for i, text in enumerate((LONG, LONG + " емес"))]
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        assert CliRunner().invoke(commands, ["duplicates", str(file)]).stdout == ""

    def test_a_row_without_text_is_named(self, tmp_path: Path) -> None:
        file = tmp_path / "bad.jsonl"
        file.write_text('{"id": 1}\n', encoding="utf-8")
        failed = CliRunner().invoke(commands, ["duplicates", str(file)])
        assert isinstance(failed.exception, ExampleError)
        assert "bad.jsonl:1" in str(failed.exception)


class TestAgreement:
    def doubles(self, path: Path, second: list[list[str]]) -> Path:
        first = [["no_ramp"], [], ["funding"], ["unfunded_posts"]]
        rows = [
            {"id": f"a{i}", "lang": "kk" if i % 2 else "ru", "respondent": f"r{i}", "first": one, "second": other}
            for i, (one, other) in enumerate(zip(first, second, strict=True))
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    def test_codes_count_as_their_categories(self, tmp_path: Path) -> None:
        same = [["infrastructure"], [], ["no_budget"], ["funding", "human_resources"]]
        figures = agreement(read_double(self.doubles(tmp_path / "d.jsonl", same), BOOK), BOOK)
        assert figures["all"]["same_set"] == 1
        assert figures["all"]["alpha"] == pytest.approx(1)
        assert figures["all"]["kappa"]["funding"]["value"] == 1
        assert {"all", "kk", "ru"} == set(figures)
        assert "reliable" in verdict(figures)

    def test_a_difference_lowers_kappa_and_the_verdict_names_the_category(self, tmp_path: Path) -> None:
        other = [["no_ramp"], ["paperwork"], ["funding"], ["no_budget"]]
        figures = agreement(read_double(self.doubles(tmp_path / "d.jsonl", other), BOOK), BOOK)
        assert figures["all"]["kappa"]["human_resources"]["value"] == pytest.approx(-1 / 3, abs=0.001)
        assert figures["all"]["kappa"]["funding"]["value"] == 1
        assert "human_resources" in verdict(figures)

    def test_the_command_prints_figures_and_refuses_an_unknown_code(self, tmp_path: Path) -> None:
        path = self.doubles(tmp_path / "d.jsonl", [["no_ramp"], [], [], []])
        shown = CliRunner().invoke(commands, ["agreement", str(path)])
        assert json.loads(shown.stdout)["all"]["texts"] == 4
        bad = self.doubles(tmp_path / "e.jsonl", [["no_ramps"], [], [], []])
        failed = CliRunner().invoke(commands, ["agreement", str(bad)])
        assert "e.jsonl:1" in str(failed.exception)
        assert "no_ramps" in str(failed.exception)


class TestFigures:
    TRUTH = np.array([[1, 0], [1, 1], [0, 0], [0, 1]], dtype=bool)
    SAID = np.array([[1, 0], [0, 1], [0, 0], [1, 0]], dtype=bool)

    def test_confusion_by_hand(self) -> None:
        # The first is right; of the second the first category is missed and nothing else wrongly said; the third is
        # right to have none; in the fourth the first category is said for the second.
        assert measure.confusion(self.TRUTH, self.SAID).tolist() == [[1, 0, 1], [1, 1, 0], [0, 0, 1]]

    def test_parts_are_told_apart(self) -> None:
        test = [
            replace(example(i), lang=lang, script=script, question=i)
            for i, (lang, script) in enumerate([("kk", "kaz"), ("kk", "mixed"), ("ru", "mixed"), ("ru", "rus")], 1)
        ]
        found = measure.figures(self.TRUTH, self.SAID, test, ["a", "b"], 1)
        assert set(found["by_script"]) == {"kk kaz", "kk mixed", "ru mixed", "ru rus"}
        assert found["by_question"]["4"] == {"examples": 1, "macro_f1": 0.0}
        assert found["exact"] == 0.5

    def test_reliability_counts_every_cell(self) -> None:
        bins = measure.reliability(self.TRUTH, np.array([[0.95, 0.05], [0.9, 0.9], [0.0, 0.1], [0.2, 1.0]]))
        assert sum(one["cells"] for one in bins) == 8
        assert bins[-1] == {"said": pytest.approx(0.938, abs=0.001), "true": 1.0, "cells": 4}

    def test_pictures_are_drawn(self, tmp_path: Path) -> None:
        pictures.confusion([[3, 1], [0, 2]], ["social_perception"], tmp_path / "a.png")
        pictures.calibration([{"said": 0.1, "true": 0.2, "cells": 5}], 0.1, tmp_path / "b.png")
        pictures.curve([{"examples": 10, "coder": 0.5, "baseline": 0.4}], tmp_path / "c.png")
        assert all((tmp_path / f"{name}.png").read_bytes()[:4] == b"\x89PNG" for name in "abc")


def test_smaller_sets_are_whole_respondents_and_lie_in_the_larger_ones() -> None:
    examples = [replace(example(i), respondent=f"r{i // 7}") for i in range(70)]
    small, large = subset(examples, 15, 1), subset(examples, 40, 1)
    assert 15 <= len(small) <= 21
    assert {one.id for one in small} < {one.id for one in large}


def test_writers_may_be_named_for_calibration_alone() -> None:
    examples = [replace(example(i), writer=f"w{i % 3}") for i in range(9)]
    parts = split.divide(examples, split.Rule(calibration_writers=("w2",)))
    assert parts.test == ()
    assert {one.writer for one in parts.calibration} == {"w2"}
    assert {one.writer for one in parts.fitting} == {"w0", "w1"}

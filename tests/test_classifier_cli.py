"""`python -m classifier`: what goes in, what comes out, when, and with which status."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from classifier.__main__ import main
from classifier.codebook import load_codebook
from tests.conftest import DATA
from tests.tiny_model import tiny_model

ROOT = DATA.parent
FIELDS = {"id", "labels", "codes", "scores", "units", "lang", "script", "needs_review", "urgent", "model"}
PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Run:
    """What a finished command left behind."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("models"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Run the command line in this process, which spares the seconds of loading torch again."""

    def command(*arguments: object, stdin: bytes = b"") -> Run:
        monkeypatch.setattr(sys, "argv", ["classifier", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        try:
            main()
            status = 0
        except SystemExit as exit_:
            status = int(exit_.code or 0)
        return Run(status, *capsys.readouterr())

    return command


def lines(*rows: object) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def test_every_row_is_answered_in_order(run: Callable[..., Run], model: Path) -> None:
    given = [{"id": f"№{n}", "text": f"{n} сыныпта ақша жоқ", "question": n % 7 + 1, "other": []} for n in range(150)]
    done = run("code", "--model", model, stdin=lines(*given))
    assert (done.status, done.err) == (0, "")
    assert [row["id"] for row in done.rows] == [row["id"] for row in given]
    book = load_codebook(DATA / "codebook.toml")
    for row in done.rows:
        assert set(row) == FIELDS
        assert tuple(row["scores"]) == book.category_ids
        assert all(0 <= score <= 1 for score in row["scores"].values())
        assert tuple(row["labels"]) == book.in_order(row["labels"])
        assert row["model"] == model.name


def test_ids_come_back_as_they_were_or_are_line_numbers(run: Callable[..., Run], model: Path) -> None:
    stdin = lines(
        {"text": "бір", "id": 0}, {"text": "екі"}, {"text": "үш", "id": {"a": [1]}}, {"text": "төрт", "id": None}
    )
    assert [row["id"] for row in run("code", "-", "--model", model, stdin=stdin).rows] == [0, 2, {"a": [1]}, None]


def test_unreadable_rows_are_named_and_the_rest_is_coded(run: Callable[..., Run], model: Path) -> None:
    stdin = (
        lines({"text": "пандус жоқ"})
        + b"not json\n[]\n\n"
        + lines({"id": 5}, {"text": "а", "question": 8}, {"text": "а", "question": True}, {"text": None})
        + b'{"text": "\xff"}\n{"text": "\\ud83d"}\n'
        + b"[" * 100_000
        + b"\n"
        + lines({"text": "лифт жоқ", "question": "4", "lang": "kk"})
    )
    done = run("code", "--model", model, stdin=stdin)
    assert done.status == 1
    assert [row["id"] for row in done.rows] == [1, 12]
    assert [line.split(":")[0] for line in done.err.splitlines()] == [
        f"line {number}" for number in (2, 3, 5, 6, 7, 8, 9, 10, 11)
    ]
    assert "line 6: `question` must be a number from 1 to 7" in done.err


def test_what_cannot_be_coded_is_answered_too(run: Callable[..., Run], model: Path) -> None:
    done = run("code", "--model", model, stdin=lines({"text": ""}, {"text": "👍"}, {"text": "а" * 100_000}))
    assert done.status == 0
    assert [row["needs_review"] for row in done.rows] == [True, True, True]
    assert [row["labels"] for row in done.rows[:2]] == [[], []]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_takes_the_named_column(run: Callable[..., Run], model: Path, tmp_path: Path, separator: str) -> None:
    path = tmp_path / "answers.csv"
    rows = [
        ("id", "жауап", "question"),
        ("a", '"пандус жоқ,\nлифт; жоқ"', "4"),
        ("", "", "4.0"),
        ("c", "бәрі бар", "9"),
    ]
    path.write_text("\ufeff" + "".join(separator.join(row) + "\n" for row in rows), encoding="utf-8")
    done = run("code", path, "--model", model, "--text-column", "жауап")
    assert [row["id"] for row in done.rows] == ["a", 4]
    assert done.rows[0]["units"][-1]["end"] == len("пандус жоқ,\nлифт; жоқ")
    assert (done.status, done.err) == (1, "line 5: `question` must be a number from 1 to 7\n")


def test_plain_lines_are_coded_one_by_one(run: Callable[..., Run], model: Path) -> None:
    done = run("code", "--format", "lines", "--model", model, stdin="пандус жоқ\r\n\nденег нет".encode())
    assert [(row["id"], row["lang"]) for row in done.rows] == [(1, "kk"), (2, None), (3, "ru")]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["code", "--model", "nowhere"], "nowhere: no such folder"),
        (["code", "--format", "xml"], "'xml' is not one of"),
        (["code", "missing.jsonl"], "missing.jsonl"),
        (["code", "--modle", "x"], "--modle"),
        (["digest"], "No such command 'digest'"),
        (["info", "--model", "nowhere"], "nowhere"),
    ],
)
def test_what_a_person_got_wrong_is_one_line(run: Callable[..., Run], arguments: list[str], complaint: str) -> None:
    done = run(*arguments)
    assert (done.status, done.out) == (2, "")
    assert complaint in done.err
    assert done.err.count("\n") == 1


def test_a_csv_without_the_column_is_refused(run: Callable[..., Run], model: Path) -> None:
    done = run("code", "--format", "csv", "--model", model, stdin="жауап,id\nа,1\n".encode())
    assert done.status == 2
    assert done.err == "--text-column text: must be one of the columns: жауап, id\n"


def test_info_says_what_a_model_is(run: Callable[..., Run], model: Path) -> None:
    done = run("info", "--model", model)
    assert done.status == 0
    assert f"model: {model.name}" in done.out
    assert "codebook: version 1, sha256" in done.out
    assert "    funding: 0.4" in done.out
    assert "  seed: 1" in done.out


def test_a_pipe_that_stays_open_is_answered_line_by_line(model: Path) -> None:
    command = [sys.executable, "-m", "classifier", "code", "-", "--model", str(model)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as coder:
        assert coder.stdin and coder.stdout and coder.stderr
        for number in (1, 2, 3):
            coder.stdin.write(lines({"id": number, "text": "пандус жоқ", "question": 4}))
            coder.stdin.flush()
            assert json.loads(coder.stdout.readline())["id"] == number
        coder.stdin.close()
        assert coder.stdout.read() == coder.stderr.read() == b""
        assert coder.wait(PATIENCE_S) == 0


def test_output_is_utf_8_wherever_it_runs(model: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "classifier", "code", "--model", str(model)],
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        input=lines({"id": "қ", "text": "пандус жоқ"}),
        capture_output=True,
        timeout=PATIENCE_S,
        check=True,
    )
    assert json.loads(done.stdout.decode("utf-8"))["id"] == "қ"

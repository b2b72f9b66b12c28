"""A snapshot: the coded answers that may be trained on, frozen, so that a training can be repeated and explained.

A folder with `examples.jsonl` (to train on), `held.jsonl` (set aside for measuring), the `codebook.toml` they were
coded by, and `snapshot.json` (counts, and a checksum of every row). A fifth of the respondents is set aside for good:
which ones follows from the pseudonym alone, so every later snapshot sets the same ones aside. What authors say of their
own answers is the weaker source: marked, trained on, never measured by.

Whoever withdraws leaves: each use asks the database who is still there, and rewrites the files without the others.
Rows may go but not change or come, which the checksums show.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from classifier.codebook import Codebook, load_codebook
from training.corpus import Example, read_examples
from training.errors import DiskError, SnapshotError
from training.views import PEOPLE, SOURCES, WEAKER, Coded, coded_answers, living

EXAMPLES, HELD, FACTS, CODEBOOK = "examples.jsonl", "held.jsonl", "snapshot.json", "codebook.toml"
_SET_ASIDE = 5  # one respondent in so many, to measure by
_CHOOSES = 8  # of the others one in so many, to choose thresholds by
# What JSON lets stand in a text and Python takes for the end of a line.
_LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a snapshot holds for training: codings by people, the respondents' own checks, and what measures."""

    folder: Path
    facts: dict[str, Any]
    people: tuple[Example, ...]
    checks: tuple[Example, ...]
    held: tuple[Example, ...]

    @property
    def examples(self) -> tuple[Example, ...]:
        """All that may be trained on."""
        return (*self.people, *self.checks)


def set_aside(respondent: str) -> bool:
    """Whether the answers of this respondent are for measuring only, for good."""
    return _drawn(f"set aside for testing: {respondent}", _SET_ASIDE)


def chooses(respondent: str) -> bool:
    """Whether thresholds are chosen by this respondent, of whom then no weight learns, for good."""
    return _drawn(f"set aside for choosing: {respondent}", _CHOOSES)


def _drawn(name: str, one_in: int) -> bool:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % one_in == 0


def take(home: Path, codebook_path: Path, out: Path | None, now: datetime) -> Path:
    """Freeze what may be trained on in a new folder, by default below `home`/snapshots. Returns it.

    Raises SnapshotError where people have coded nothing, DiskError where it cannot be written.
    """
    codebook = load_codebook(codebook_path)
    found = coded_answers(home)
    usable = [one for one in found if not one.disputed and one.codebook_version == codebook.version]
    examples = [one for one in usable if not set_aside(one.respondent)]
    held = [one for one in usable if set_aside(one.respondent) and one.source in PEOPLE]
    if not any(one.source in PEOPLE for one in examples):
        raise SnapshotError(_nothing(home, found, codebook))
    rows = {EXAMPLES: [_row(one) for one in examples], HELD: [_row(one) for one in held]}
    facts = {
        "created": now.isoformat(timespec="seconds"),
        "codebook": {"version": codebook.version, "sha256": codebook.sha256},
        "examples": _counts(examples),
        "held": _counts(held),
        "left out": {
            "people disagree": sum(one.disputed for one in found),
            "coded by another codebook": sum(one.codebook_version != codebook.version for one in found),
            "checks of respondents set aside": sum(
                set_aside(one.respondent) and one.source == WEAKER for one in usable
            ),
        },
        "rows": {name: [_checksum(line) for line in lines] for name, lines in rows.items()},
    }
    folder = out or home / "snapshots" / f"{now:%Y-%m-%d}-{_fingerprint(facts)}"
    _write(folder, rows, facts, codebook_path)
    return folder


def _nothing(home: Path, found: Sequence[Coded], codebook: Codebook) -> str:
    if any(one.source in PEOPLE and one.codebook_version != codebook.version for one in found):
        return f"{home}: the codings there are not by codebook version {codebook.version}; code again by this one"
    return f"{home}: no answer that may be trained on has been coded by a person; code some with /review"


def _row(one: Coded) -> str:
    content = {
        "id": f"a{one.answer_id}",
        "answer": one.answer_id,
        "version": one.version,
        "respondent": one.respondent,
        "round": one.round,
        "role": one.role,
        "question": one.question,
        "lang": one.lang or "",
        "script": one.script or "",
        "text": one.text,
        "source": one.source,
        "categories": sorted(one.categories),
    }
    # Categories without a code may be of a person who names none.
    if one.codes or (not one.categories and one.source in PEOPLE):
        content["codes"] = sorted(one.codes)
    return json.dumps(content, ensure_ascii=False).translate(_LINE_ENDS)


def _counts(rows: Sequence[Coded]) -> dict[str, Any]:
    return {
        "answers": len(rows),
        "respondents": len({one.respondent for one in rows}),
        "by source": dict(sorted(Counter(one.source for one in rows).items())),
        "by language": dict(sorted(Counter(one.lang or "-" for one in rows).items())),
    }


def _checksum(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


def _fingerprint(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps([facts["rows"], facts["codebook"]]).encode()).hexdigest()[:12]


def _write(folder: Path, rows: dict[str, list[str]], facts: dict[str, Any], codebook: Path) -> None:
    """All files beside their place first, readable by their owner only. What is there already stays."""
    if folder.exists():
        if (folder / FACTS).is_file() and _facts(folder)["rows"] == facts["rows"]:
            return
        raise SnapshotError(f"{folder}: is there already; a snapshot needs a folder of its own")
    part = folder.with_name(f"{folder.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True, mode=0o700)
        for name, lines in rows.items():
            _write_lines(part / name, lines)
        shutil.copyfile(codebook, part / CODEBOOK)
        (part / FACTS).write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        part.rename(folder)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise DiskError(f"{folder}: cannot be written ({error.strerror}); no snapshot was taken") from error


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def load(folder: Path, codebook: Codebook, home: Path | None) -> Snapshot:
    """The snapshot in `folder` without those who have withdrawn since, by the database in `home` (None: not asked).

    Raises SnapshotError where it was changed, is of another codebook, or has nothing left.
    """
    facts = _facts(folder)
    if facts["codebook"]["sha256"] != codebook.sha256:
        raise SnapshotError(
            f"{folder}: coded by codebook version {facts['codebook']['version']}, not by {codebook.version} of "
            "data/codebook.toml; take a new snapshot, or put the codebook back"
        )
    here = living(home) if home else None
    rows = {name: _living_rows(folder, name, here) for name in (EXAMPLES, HELD)}
    examples = dict(zip(rows[EXAMPLES], _examples(folder / EXAMPLES, codebook), strict=True))
    people = tuple(one for line, one in examples.items() if json.loads(line)["source"] in PEOPLE)
    if not people:
        raise SnapshotError(f"{folder}: nothing to train on is left; take a new snapshot")
    checks = tuple(one for line, one in examples.items() if json.loads(line)["source"] == WEAKER)
    return Snapshot(folder, facts, people, checks, _examples(folder / HELD, codebook))


def purge(snapshots: Path, home: Path) -> None:
    """Rewrite all snapshots in a folder without those who have withdrawn. Raises SnapshotError, DiskError."""
    here = living(home)
    for folder in sorted(path.parent for path in snapshots.glob(f"*/{FACTS}")):
        for name in (EXAMPLES, HELD):
            _living_rows(folder, name, here)


def withdrawn(folder: Path) -> int:
    """How many rows to train on have left the snapshot since it was taken. Raises SnapshotError."""
    return len(_facts(folder)["rows"][EXAMPLES]) - len(_lines(folder / EXAMPLES))


def _examples(path: Path, codebook: Codebook) -> tuple[Example, ...]:
    return read_examples([path], codebook) if path.stat().st_size else ()


def _facts(folder: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        facts["codebook"]["sha256"], facts["rows"][EXAMPLES], facts["rows"][HELD]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SnapshotError(f"{folder / FACTS}: missing or no snapshot; take one with: snapshot --home DIR") from error
    return facts


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SnapshotError(f"{path}: cannot be read ({type(error).__name__}); take a new snapshot") from error


def _living_rows(folder: Path, name: str, here: frozenset[tuple[int, str]] | None) -> list[str]:
    """The rows of one file that still count; the file is rewritten where that is fewer."""
    lines = _lines(folder / name)
    known = set(_facts(folder)["rows"][name])
    for number, line in enumerate(lines, 1):
        if _checksum(line) not in known or json.loads(line)["source"] not in SOURCES:
            raise SnapshotError(f"{folder / name}:{number}: was changed after the snapshot was taken; take a new one")
    kept = [line for line in lines if here is None or _author(line) in here]
    if len(kept) < len(lines):
        _rewrite(folder / name, kept)
    return kept


def _author(line: str) -> tuple[int, str]:
    row = json.loads(line)
    return int(row["answer"]), str(row["respondent"])


def _rewrite(path: Path, lines: Sequence[str]) -> None:
    part = path.with_suffix(".part")
    try:
        _write_lines(part, lines)
        part.replace(path)
    except OSError as error:
        raise DiskError(f"{path}: cannot be rewritten without those who withdrew ({error.strerror})") from error

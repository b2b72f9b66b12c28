"""The models of a KEDERGI_HOME: which one counts, which one came before it, and who put it there.

Each lies in `models/<fingerprint>/`; `current`, one line, is replaced in one step, so that a bot that looks at it sees
the old name or the new one. Without it the model that ships counts. `history.jsonl` is only ever added to: the model
before is what its lines say, so going back needs no memory of its own.

Left out: whether a model is good enough; see `promote`. The bot notes by itself, in its database, since when it codes
with which model.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from classifier import MODELS, model_in_use
from training.errors import DiskError, PromotionError

SHIPPED = "shipped"  # what stands in the history where `current` is absent
_CURRENT, _HISTORY = "current", "history.jsonl"


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of `models`: a model that is there, the run that made it and the promotion that last brought it in."""

    name: str
    counts: bool
    run: Mapping[str, Any]
    promoted: Mapping[str, Any] | None


class Models:
    """The folder `models` of a KEDERGI_HOME, and the shipped models that stand in for it."""

    def __init__(self, home: Path, shipped: Path = MODELS) -> None:
        self.folder = home / "models"
        self._home, self._shipped = home, shipped

    def in_use(self) -> Path:
        """The directory of the model that counts. Raises ModelError."""
        return model_in_use(self._home, self._shipped)

    def history(self) -> list[dict[str, Any]]:
        """All promotions and returns, oldest first. Raises PromotionError for a line that is not one."""
        path = self.folder / _HISTORY
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        found = []
        for number, line in enumerate(lines, 1):
            try:
                entry: dict[str, Any] = json.loads(line)
                entry["event"], entry["model"], entry["before"]
            except (ValueError, KeyError, TypeError) as error:
                raise PromotionError(f"{path}:{number}: is no line of a history ({error})") from error
            found.append(entry)
        return found

    def keep(self, candidate: Path, name: str) -> str:
        """Copy a model directory to its place below `models`, under its fingerprint `name`. Raises DiskError."""
        target = self.folder / name
        part = target.with_name(f"{target.name}.part")
        try:
            if not target.exists():
                shutil.rmtree(part, ignore_errors=True)
                shutil.copytree(candidate, part)
                part.rename(target)
        except (OSError, shutil.Error) as error:
            shutil.rmtree(part, ignore_errors=True)
            raise DiskError(f"{target}: cannot be written ({error}); the current model is untouched") from error
        return target.name

    def promote(self, name: str, by: str, now: datetime, facts: Mapping[str, Any]) -> None:
        """Let the model `name` count, and remember who said so. Raises DiskError."""
        self._change("promoted", name, by, now, facts)

    def roll_back(self, by: str, now: datetime) -> str:
        """Let the model before count again; its name, or `shipped`. Raises PromotionError where there is none."""
        stack = self._stack()
        if len(stack) < 2:  # the shipped one is at the bottom
            raise PromotionError(f"{self.folder}: no promoted model to go back from; {self.in_use().name} counts")
        before = stack[-2]
        if before != SHIPPED and not (self.folder / before).is_dir():
            raise PromotionError(f"{self.folder / before}: the model before is no longer there; promote another one")
        self._change("rolled back", before, by, now, {})
        return before

    def listed(self) -> list[Listed]:
        """All models that could count, the shipped one first. Raises ModelError where none counts."""
        counts = self.in_use().resolve()
        promoted = {entry["model"]: entry for entry in self.history() if entry["event"] == "promoted"}
        shipped = model_in_use(self._home / SHIPPED, self._shipped)
        own = sorted(path.parent for path in self.folder.glob("*/coder.json")) if self.folder.is_dir() else []
        return [
            Listed(path.name, path.resolve() == counts, run_of(path), promoted.get(path.name))
            for path in (shipped, *own)
        ]

    def _stack(self) -> list[str]:
        """What counted, the model that counts now at the end. A change that was cut short before the pointer moved, or
        a pointer moved by hand, is believed as the pointer has it."""
        stack = [SHIPPED]
        for entry in self.history():
            back = entry["event"] == "rolled back"
            stack = _up_to(stack, entry["model"]) if back else [*stack, entry["model"]]
        return _up_to(stack, self._counting())

    def _counting(self) -> str:
        return self.in_use().name if (self.folder / _CURRENT).exists() else SHIPPED

    def _change(self, event: str, name: str, by: str, now: datetime, facts: Mapping[str, Any]) -> None:
        """First the history, then the pointer: a promotion cut short is one that can be made again."""
        at, before = now.isoformat(timespec="seconds"), self._counting()
        entry = {"at": at, "event": event, "model": name, "before": before, "by": by}
        pointer = self.folder / _CURRENT
        part = pointer.with_suffix(".part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if name != SHIPPED:
                _write_through(part, f"{name}\n", "w")
            _write_through(self.folder / _HISTORY, json.dumps({**entry, **facts}, ensure_ascii=False) + "\n", "a")
            if name == SHIPPED:
                pointer.unlink(missing_ok=True)
            else:
                part.replace(pointer)
        except OSError as error:
            raise DiskError(f"{pointer}: cannot be replaced ({error.strerror}); the model before counts") from error


def _up_to(stack: list[str], name: str) -> list[str]:
    """`stack` with `name` at its end: cut where it last stands, or longer by it."""
    return stack[: len(stack) - stack[::-1].index(name)] if name in stack else [*stack, name]


def run_of(directory: Path) -> dict[str, Any]:
    """`run.json` of a model, or nothing where it has none."""
    try:
        run: dict[str, Any] = json.loads((directory / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return run


def _write_through(path: Path, text: str, mode: str) -> None:
    with path.open(mode, encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())

"""The one list of migrations, which every file of this folder adds to, and how a script is carried out."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations


class _Numbered(Migrations):
    """Migrations are carried out in the order of their numbers, in whatever order their files were imported."""

    def pending(self, db: Database) -> list[Any]:
        return sorted(super().pending(db), key=lambda migration: migration.name)


migrations = _Numbered("kedergi")


def run(db: Database, script: str) -> None:
    """Carry out the statements of `script`, each of which ends a line with its semicolon."""
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)

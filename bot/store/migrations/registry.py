"""The one list of migrations, which every file of this folder adds to, and how a script is carried out."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("kedergi")


def run(db: Database, script: str) -> None:
    """Carry out the statements of `script`, each of which ends a line with its semicolon."""
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)

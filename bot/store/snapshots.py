"""Snapshots for retraining, as far as erasure goes: who is no longer in the database leaves their files.

Researchers take snapshots into `KEDERGI_HOME/snapshots/`; each row names its respondent by pseudonym. Left out: taking
and reading them, which is training's; it too leaves out whoever is gone, wherever a snapshot lies.
"""

from __future__ import annotations

import json

from bot.errors import StoreError
from bot.store.database import Store


def purge_snapshots(store: Store) -> None:
    """Rewrite the snapshots of this home without the rows of respondents who are gone, and without rows that nobody
    can read. Raises StoreError."""
    paths = sorted((store.home / "snapshots").glob("*/*.jsonl"))
    here = {row["respondent_key"] for row in store.rows("SELECT respondent_key FROM respondents")} if paths else set()
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            kept = [line for line in lines if _respondent(line) in here]
            if len(kept) < len(lines):
                part = path.with_suffix(".part")
                part.touch(mode=0o600)
                part.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
                part.replace(path)
        except OSError as error:
            raise StoreError(f"{path}: cannot be rewritten without the erased ({error.strerror})") from error


def _respondent(line: str) -> str | None:
    try:
        return str(json.loads(line)["respondent"])
    except (ValueError, KeyError, TypeError):
        return None

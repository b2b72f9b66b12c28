"""The coder process: `python -m classifier code` at the other end of two pipes, one JSON object a line.

The command line of the classifier is the whole protocol, so what the bot gets is what a researcher gets who runs the
same command. torch lives in that process only: the bot starts, greets and keeps receiving while the model loads, and
a coder that dies or hangs takes nothing with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# The longest an answer may take before the process counts as hanging; loading the model on a slow disk included.
PATIENCE_S = 90.0
# A line holds all meaning units of one answer with their codes; asyncio's default of 64 KiB is too short for some.
LINE_LIMIT = 16 * 2**20

ROOT = Path(__file__).resolve().parents[2]

Row = Mapping[str, Any]


class CoderFailedError(Exception):
    """The coder process ended, hung or answered nonsense. It has been stopped; the next call starts a new one."""


class CoderProcess:
    """A coder process that is started when first needed. One conversation at a time."""

    def __init__(self, model: Path, threads: int, patience_s: float = PATIENCE_S) -> None:
        self._command = (sys.executable, "-m", "classifier", "code", "-", "--model", str(model.resolve()))
        self._threads = threads
        self.patience_s = patience_s
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the running coder, or None."""
        return self._process.pid if self._process else None

    async def code(self, rows: Sequence[Row]) -> list[Row]:
        """The coding of each row, in order. Raises CoderFailedError; then no row counts as coded."""
        try:
            async with asyncio.timeout(self.patience_s):
                return await self._converse(rows)
        except (TimeoutError, OSError, ValueError, EOFError) as error:
            await self.stop()
            raise CoderFailedError(f"coder: {type(error).__name__}") from error

    async def stop(self) -> None:
        """End the process, if there is one, and wait for its end."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.wait()

    async def _converse(self, rows: Sequence[Row]) -> list[Row]:
        process = self._process or await self._start()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.writelines(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)
        await process.stdin.drain()
        return [_result(await process.stdout.readline(), row) for row in rows]

    async def _start(self) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.DEVNULL,
            limit=LINE_LIMIT,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": str(self._threads)},
        )
        return self._process


def _result(line: bytes, row: Row) -> Row:
    """The coding in `line`. Raises EOFError at the end of the stream, ValueError when it is not the answer to `row`."""
    if not line:
        raise EOFError
    result: dict[str, Any] = json.loads(line)
    if result.get("id") != row["id"]:
        raise ValueError("an answer to another row")
    return result

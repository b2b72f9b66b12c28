"""Keeps all finished answers coded: reads what has no coding yet, has it coded, stores the codings.

The database is the queue. A coder that dies loses nothing: what it was coding still has no coding and is read again.
An answer on which the coder dies again and again is set aside until the next start, so that it cannot hold up the
others; it stays uncoded, in the pile of those to be reviewed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog

from bot.coding.process import CoderFailedError, CoderProcess, Row
from bot.store import codings
from bot.store.database import Store
from classifier.codebook import Codebook

BATCH = 32
# How often the database is looked at when nobody says that an answer was finished, seconds.
IDLE_S = 1.0
BACKOFF_S = (1.0, 2.0, 5.0, 15.0, 60.0)
TRIES = 3

log = structlog.get_logger(__name__)


class Keeper:
    """Runs one coder process for one store. `after` is called whenever codings were stored."""

    def __init__(
        self, store: Store, process: CoderProcess, codebook: Codebook, after: Callable[[], None] = lambda: None
    ) -> None:
        self.coder: str | None = None
        self._store = store
        self._process = process
        self._codebook = codebook
        self._categories_of = {code.id: code.categories for code in codebook.codes}
        self._after = after
        self._wake = asyncio.Event()
        self._failures: Counter[int] = Counter()

    def wake(self) -> None:
        """Say that an answer was finished, so that it is coded at once."""
        self._wake.set()

    async def run(self) -> None:
        """Code until cancelled; a failing coder is started again after a pause that grows."""
        failed = 0
        try:
            while True:
                try:
                    idle = await self.step() == 0
                    failed = 0
                except CoderFailedError as error:
                    log.warning("coder failed", reason=str(error), again_in_s=BACKOFF_S[min(failed, 4)])
                    await asyncio.sleep(BACKOFF_S[min(failed, 4)])
                    failed += 1
                    continue
                if idle:
                    await self._rest()
        finally:
            await self._process.stop()

    async def close(self) -> None:
        """End the coder process."""
        await self._process.stop()

    async def step(self) -> int:
        """Code one batch; number of answers coded. Raises CoderFailedError."""
        if self.coder is None:
            hello = await self._process.code([{"id": 0, "text": ""}])
            self.coder = f"model:{hello[0]['model']}"
        pending = codings.uncoded(self._store, self.coder, BATCH + len(self._failures))
        batch = [one for one in pending if self._failures[one.answer_id] < TRIES][:BATCH]
        if any(self._failures[one.answer_id] for one in batch):
            batch = batch[:1]
        if batch:
            self._keep(batch, await self._code(batch))
            self._after()
        return len(batch)

    async def _code(self, batch: Sequence[codings.Uncoded]) -> list[Row]:
        rows = [{"id": one.answer_id, "text": one.text, "question": one.question} for one in batch]
        try:
            return await self._process.code(rows)
        except CoderFailedError:
            # The next step greets the coder first, so that a coder that cannot start is not blamed on an answer.
            self.coder = None
            self._failures.update(one.answer_id for one in batch)
            for one in batch:
                if self._failures[one.answer_id] == TRIES:
                    log.error("answer set aside: the coder fails on it", answer=one.answer_id)
            raise

    def _keep(self, batch: Sequence[codings.Uncoded], results: Sequence[Row]) -> None:
        now = datetime.now(UTC)
        with self._store.atomic():
            for one, result in zip(batch, results, strict=True):
                codings.save_model_coding(
                    self._store, one.answer_id, one.version, result, self._categories_of, self._codebook.version, now
                )
                self._failures.pop(one.answer_id, None)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(IDLE_S):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

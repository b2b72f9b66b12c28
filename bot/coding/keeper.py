"""Keeps all finished answers coded: reads what has no coding yet, has it coded, stores the codings.

The database is the queue. A coder that dies loses nothing: what it was coding still has no coding and is read again.
An answer on which the coder dies again and again is set aside until the next start, so that it cannot hold up the
others; it stays uncoded, in the pile of those to be reviewed.

When another model is put in the place of the one that codes, its process is started beside the old one, which goes on
coding until the new one has greeted. A new one that cannot start is refused with an alarm, and the old one stays.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

import structlog

from bot.coding.process import CoderFailedError, CoderProcess, Row
from bot.store import coders, codings
from bot.store.database import Store
from classifier.codebook import Codebook
from classifier.errors import ClassifierError

BATCH = 32
# How often the database is looked at when nobody says that an answer was finished, seconds.
IDLE_S = 1.0
BACKOFF_S = (1.0, 2.0, 5.0, 15.0, 60.0)
TRIES = 3

log = structlog.get_logger(__name__)


class Successor(Protocol):
    """Says when another model counts, and starts it; `bot.coding.model.Succession` does."""

    def changed(self) -> bool: ...
    def process(self) -> CoderProcess: ...


class Keeper:
    """Runs one coder process for one store. `after` is called whenever codings were stored, `refused` when a model that
    should take over cannot."""

    def __init__(
        self,
        store: Store,
        process: CoderProcess,
        codebook: Codebook,
        after: Callable[[], None] = lambda: None,
        succession: Successor | None = None,
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        self.coder: str | None = None
        self._succession = succession
        self._refused = refused
        self._next: tuple[CoderProcess, asyncio.Task[str]] | None = None
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
            await self.close()

    async def close(self) -> None:
        """End the coder process, and the one that was to follow it."""
        await self._process.stop()
        if self._next:
            process, greeting = self._next
            greeting.cancel()
            await asyncio.gather(greeting, return_exceptions=True)
            await process.stop()

    async def step(self) -> int:
        """Code one batch; number of answers coded. Raises CoderFailedError."""
        await self._follow()
        if self.coder is None:
            self._name(await _greet(self._process))
        assert self.coder is not None
        pending = codings.uncoded(self._store, self.coder, BATCH + len(self._failures))
        batch = [one for one in pending if self._failures[one.answer_id] < TRIES][:BATCH]
        if any(self._failures[one.answer_id] for one in batch):
            batch = batch[:1]
        if batch:
            self._keep(batch, await self._code(batch))
            self._after()
        return len(batch)

    async def _follow(self) -> None:
        """Start the model that is to take over, or hand over to it once it has greeted."""
        if self._next and self._next[1].done():
            (process, greeting), self._next = self._next, None
            if greeting.exception():
                self._refuse(greeting.exception())
            else:
                self._process, old = process, self._process
                self._name(greeting.result())
                await old.stop()
        if self._succession and self._next is None and self._succession.changed():
            try:
                process = self._succession.process()
            except ClassifierError as error:
                self._refuse(error)
            else:
                self._next = (process, asyncio.create_task(_greet(process)))
                self._next[1].add_done_callback(lambda _: self.wake())

    def _refuse(self, error: BaseException | None) -> None:
        log.error("new model refused, the old one goes on", reason=str(error))
        self._refused()

    def _name(self, coder: str) -> None:
        """From now on `coder` codes; an answer that the one before failed on has another chance."""
        self.coder = coder
        if coders.note_coder(self._store, coder, datetime.now(UTC)):
            self._failures.clear()
            log.info("coder", model=coder)

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


async def _greet(process: CoderProcess) -> str:
    """The coder's name, once it is ready. Raises CoderFailedError."""
    hello = await process.code([{"id": 0, "text": ""}])
    return f"model:{hello[0]['model']}"

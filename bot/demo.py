"""`make demo`: the study's sample, re-enacted through the real interview, store and coder.

Seventy invented respondents answer on phones without a network: what they type goes through the inbox and the engine,
what the bot says comes out of the outbox. Their hand codings are kept as a human coder's, the model codes beside it,
and both are counted from the database by the digest's own query. The sample is never trained on.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bot.app import build_host, build_keeper
from bot.channels.incoming import ButtonIn, CommandIn, Incoming, TextIn
from bot.channels.message import Message, from_json
from bot.coding.keeper import Keeper
from bot.delivery.alarms import Alarms
from bot.delivery.worker import Worker
from bot.errors import KedergiError
from bot.interview.state import question_of_step
from bot.settings import DATA, Settings
from bot.store import codings, delivery, interviews, people
from bot.store.database import Store, open_reader, opened
from bot.store.digests import respondents_by_category
from classifier.codebook import Codebook

SAMPLE = DATA / "sample" / "answers.jsonl"
HAND_CODER = "human:sample"

Record = Mapping[str, Any]


async def run_demo(settings: Settings, keep: Path | None) -> None:
    """Play the sample and print one line per category: study, hand coding, model."""
    with _home(keep) as home:
        demo = settings.model_copy(
            update={"home": home, "pilot": False, "quotas": {}, "school_quota": None, "coder": True}
        )
        with opened(home) as store:
            host, codebook = build_host(demo, store, "/start ")
            keeper = build_keeper(demo, store, codebook, lambda: None)
            if keeper is None:
                raise KedergiError("demo: there is no model to code with; see python -m classifier info")
            worker = Worker(store, host, read, Alarms(), pilot=False)
            play(store, worker, codebook)
            try:
                await _code(store, keeper)
            finally:
                await keeper.close()
        print_comparison(home, codebook)
        if keep:
            sys.stdout.write(f"{keep}\n")


def print_comparison(home: Path, codebook: Codebook) -> None:
    """Respondents per category: as the study has them, by hand, by the model; the last two from the database."""
    with closing(open_reader(home)) as reader:
        by_hand, by_model = (respondents_by_category(reader, kind) for kind in ("human", "model"))
    widest = max(len(category.name.ru) for category in codebook.categories)
    sys.stdout.write(f"{'':{widest}}  study  by hand  model\n")
    for category in codebook.categories:
        counts = (category.study_mentions or 0, by_hand.get(category.id, 0), by_model.get(category.id, 0))
        sys.stdout.write(f"{category.name.ru:{widest}}  {counts[0]:5}  {counts[1]:7}  {counts[2]:5}\n")


def play(store: Store, worker: Worker, codebook: Codebook, *, show_progress: bool = True) -> None:
    """Hold all interviews and keep the hand codings."""
    records = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    schools: dict[str, str] = {}
    respondents = [list(own) for _, own in groupby(records, key=lambda record: record["respondent"])]
    for number, own in enumerate(
        tqdm(respondents, unit="interview", file=sys.stderr, disable=not show_progress), start=1
    ):
        phone = Phone(store, worker, number, own, schools)
        phone.hold_interview()
        _keep_hand_codings(store, phone.chat_key, own, codebook)


async def _code(store: Store, keeper: Keeper) -> None:
    total = int(store.value("SELECT count(*) FROM units WHERE whole"))
    with tqdm(total=total, unit="answer", file=sys.stderr) as bar:
        while coded := await keeper.step():
            bar.update(coded)


def _keep_hand_codings(store: Store, chat_key: int, records: Sequence[Record], codebook: Codebook) -> None:
    coding = codings.Coding(HAND_CODER, "human", codebook.version)
    by_question = {record["question"]: record for record in records}
    with store.atomic():
        for answer in interviews.answers_of(store, chat_key):
            record = by_question[answer["question"]]
            codes = [
                (category, code, None)
                for category in record["categories"]
                for code in [c for c in record["codes"] if category in codebook.code(c).categories] or [None]
            ]
            codings.save_coding(store, answer["answer_id"], coding, codes, datetime.now(UTC))


@dataclass
class Phone:
    """One respondent's phone: shows what the outbox holds, types what the record says."""

    store: Store
    worker: Worker
    chat_id: int
    records: Sequence[Record]
    schools: dict[str, str]
    chat_key: int = 0
    _last_id: int = 0
    _answered: set[int] = field(default_factory=set)

    def hold_interview(self) -> None:
        """From /start to the thanks at the end."""
        self._do(text="/start")
        self.chat_key = people.chat_key_of(self.store, self.chat_id, datetime.now(UTC))
        while shown := delivery.sendable(self.store, datetime.now(UTC), 1):
            self._see(shown[0])

    def _see(self, row: delivery.OutboxRow) -> None:
        self._last_id += 1
        with self.store.atomic():
            delivery.begin_send(self.store, row.outbox_id)
            delivery.sent(self.store, row, self._last_id, datetime.now(UTC))
        message = from_json(row.message)
        if message.buttons and message.step:
            self._react(message, message.step, self._last_id)

    def _react(self, message: Message, step: str, message_id: int) -> None:
        person = self.records[0]
        question = question_of_step(step)
        if question is not None:
            self._answer(question, message_id)
        elif step in ("job_title", "school"):
            self._do(text=person[step])
        elif step == "permissions":
            self._permit(person, message_id)
        else:
            self._press(message_id, step, self._choice(step, person, message))

    def _choice(self, step: str, person: Record, message: Message) -> str:
        if step == "school_confirm":
            known = {button.label: button.data.split(":")[1] for row in message.buttons for button in row}
            name = self.schools.setdefault(person["school_key"], person["school"])
            return known.get(name, "new")
        return {"language": person["lang"], "consent": "yes", "screening": "yes"}.get(step) or str(person[step])

    def _permit(self, person: Record, message_id: int) -> None:
        for name in ("quote", "training"):
            if person[f"consent_{name}"]:
                self._press(message_id, "permissions", name)
        self._press(message_id, "permissions", "done")

    def _answer(self, question: int, message_id: int) -> None:
        if question not in self._answered:
            self._answered.add(question)
            self._do(text=next(r["text"] for r in self.records if r["question"] == question))
        self._press(message_id, f"q{question}", "next")

    def _press(self, message_id: int, step: str, option: str) -> None:
        self._do(pressed=message_id, data=f"{step}:{option}")

    def _do(self, **raw: Any) -> None:
        """One update: kept in the inbox, then handled, as every channel's are."""
        self._last_id += 1
        update = {"chat": self.chat_id, "message_id": self._last_id, **raw}
        received = delivery.Received(self.chat_id * 1000 + self._last_id, self.chat_id, json.dumps(update))
        with self.store.atomic():
            delivery.receive(self.store, [received], datetime.now(UTC))
        self.worker.step()


def read(raw: Record) -> Incoming:
    """What a phone of the demo did."""
    if "pressed" in raw:
        return ButtonIn(raw["chat"], raw["pressed"], raw["data"])
    if raw["text"] == "/start":
        return CommandIn(raw["chat"], raw["message_id"], "start")
    return TextIn(raw["chat"], raw["message_id"], raw["text"])


@contextmanager
def _home(keep: Path | None) -> Iterator[Path]:
    """The folder to keep, which must be empty, or a temporary one."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="kedergi-demo-") as folder:
            yield Path(folder)
    elif keep.exists() and any(keep.iterdir()):
        raise KedergiError(f"--keep {keep}: must be an empty or a new folder")
    else:
        yield keep

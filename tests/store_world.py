"""A small world for the tests of the store: people who are interviewed, answers that are written, coded and edited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.store import codings, delivery, interviews, people
from bot.store.codings import Coding
from bot.store.database import Store, open_store

# A Tuesday in week 48 of 2026.
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
BOOK = "1"
OPENING = interviews.Opening("2026", False, "ru", "1", "ru", "1")


def later(**units: float) -> datetime:
    """NOW and so much more."""
    return NOW + timedelta(**units)


@contextmanager
def fresh_store() -> Iterator[Store]:
    """An empty store in a folder of its own."""
    with TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "var")
        try:
            yield store
        finally:
            store.close()


class _UndoneError(Exception):
    """Rolls a transaction back."""


@contextmanager
def undone(store: Store) -> Iterator[None]:
    """A transaction that leaves the store as it was: for property tests, which run many times on one store."""
    with suppress(_UndoneError), store.atomic():
        yield
        raise _UndoneError


def person(store: Store, chat_id: int = 100, opening: interviews.Opening = OPENING, now: datetime = NOW) -> int:
    """The chat key of a person who has just consented."""
    chat = people.chat_key_of(store, chat_id, now)
    interviews.open_interview(store, chat, opening, now)
    people.write_state(store, chat, "{}")
    return chat


def write(store: Store, chat: int, question: int, *texts: str, now: datetime = NOW) -> int:
    """Write an answer of these messages and finish it; its key. Message ids go on from what the chat has."""
    newest = store.value("SELECT coalesce(max(message_id), 0) FROM messages WHERE chat_key = ?", chat)
    for number, text in enumerate(texts, newest + 1):
        interviews.save_message(store, chat, question, number, text, now)
    interviews.finish_answer(store, chat, question, now)
    return answer_of(store, chat, question)


def answer_of(store: Store, chat: int, question: int) -> int:
    """The key of the answer to a question."""
    return next(int(row["answer_id"]) for row in interviews.answers_of(store, chat) if row["question"] == question)


def version_of(store: Store, answer: int) -> int:
    """The current version of an answer."""
    return int(store.value("SELECT current_version FROM answers WHERE answer_id = ?", answer))


def code(
    store: Store, answer: int, coder: str, categories: Iterable[str], kind: str = "human", *, urgent: bool = False
) -> None:
    """A person codes the whole answer."""
    coding = Coding(coder, kind, BOOK, urgent=urgent)
    assert codings.save_coding(store, answer, coding, [(one, None, None) for one in categories], NOW)


def result(
    labels: Iterable[str],
    codes: Iterable[str] = (),
    *,
    units: Iterable[dict[str, object]] = (),
    model: str = "abc",
    needs_review: bool = False,
    urgent: bool = False,
) -> dict[str, object]:
    """What the classifier says of one answer."""
    labels = list(labels)
    scores = {"funding": 0.1, "infrastructure": 0.2, "human_resources": 0.3} | dict.fromkeys(labels, 0.9)
    return {
        "labels": labels, "codes": list(codes), "scores": scores, "units": list(units), "model": model,
        "needs_review": needs_review, "urgent": urgent, "lang": "ru", "script": "rus",
    }  # fmt: skip


CATEGORIES_OF = {
    "no_ramp": ("infrastructure",),
    "no_budget": ("funding",),
    "unfunded_posts": ("funding", "human_resources"),
}


def model_codes(store: Store, answer: int, labels: Iterable[str], codes: Iterable[str] = (), **flags: object) -> None:
    """A model codes the current version of an answer."""
    said = result(labels, codes, **flags)  # type: ignore[arg-type]  # flags of `result`
    assert codings.save_model_coding(store, answer, version_of(store, answer), said, CATEGORIES_OF, BOOK, NOW)


def standing(store: Store, answer: int) -> tuple[set[str | None], str | None, str]:
    """(categories, source, pile) of an answer in `answer_categories_current`."""
    rows = store.rows("SELECT * FROM answer_categories_current WHERE answer_id = ?", answer)
    assert len({(row["source"], row["pile"]) for row in rows}) == 1
    return {row["category"] for row in rows}, rows[0]["source"], rows[0]["pile"]


def received(store: Store, update_id: int, chat_id: int | None = 100, raw: str = "{}", now: datetime = NOW) -> int:
    """One update comes in."""
    with store.atomic():
        return delivery.receive(store, [delivery.Received(update_id, chat_id, raw)], now)

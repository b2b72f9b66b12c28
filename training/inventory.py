"""What a folder of coded answers holds, as Markdown: the part of its README that a program must write.

Counts, shares and checksums of the training files together and of the test set, so that nobody has to believe a number
that was typed. Left out: whether the codings are right; see `agreement`.
"""

from __future__ import annotations

import hashlib
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from classifier.codebook import Codebook
from classifier.text import words
from training.corpus import Example, read_examples

TEST = "test.jsonl"


def training_files(folder: Path) -> list[Path]:
    """The files that may be trained on: all but the test set, in order of their names."""
    return sorted(path for path in folder.glob("*.jsonl") if path.name != TEST)


def inventory(folder: Path, codebook: Codebook) -> str:
    """Tables of files, languages and ways of writing, questions, lengths and descriptive codes."""
    train = read_examples(training_files(folder), codebook)
    test = read_examples([folder / TEST], codebook)
    sides = (("training", train), (TEST, test))
    sizes = ("", "answers", "respondents", "writers", "contrast pairs", "words, median", "words, most")
    parts = [_table(sizes, map(_size, sides))]
    parts.append(_shares("language and writing", lambda one: f"{one.lang} {one.script}", sides))
    parts.append(_shares("question", lambda one: str(one.question), sides))
    parts.append(_shares("categories in an answer", lambda one: str(len(one.categories)), sides))
    parts.append(_none_by_question(sides))
    parts.append(_codes(codebook, sides))
    files = [*training_files(folder), folder / TEST]
    parts.append(_table(("file", "answers", "SHA-256"), (_file(path, codebook) for path in files)))
    return "\n\n".join(parts)


def _size(side: tuple[str, Sequence[Example]]) -> list[str]:
    name, examples = side
    lengths = [words(one.text) for one in examples]
    pairs = {one.pair for one in examples} - {None}
    people, writers = {one.respondent for one in examples}, {one.writer for one in examples}
    figures = (len(examples), len(people), len(writers), len(pairs), statistics.median(lengths), max(lengths))
    return [name, *(f"{figure:.0f}" for figure in figures)]


def _shares(title: str, key: Callable[[Example], str], sides: Iterable[tuple[str, Sequence[Example]]]) -> str:
    counts = {name: Counter(key(one) for one in examples) for name, examples in sides}
    keys = sorted({value for count in counts.values() for value in count})
    rows = ([value, *(_share(count[value], count.total()) for count in counts.values())] for value in keys)
    return _table((title, *counts), rows)


def _none_by_question(sides: Iterable[tuple[str, Sequence[Example]]]) -> str:
    columns = {}
    for name, examples in sides:
        total = Counter(one.question for one in examples)
        none = Counter(one.question for one in examples if not one.categories)
        columns[name] = {question: none[question] / total[question] for question in sorted(total, key=str)}
    questions = sorted({question for column in columns.values() for question in column}, key=str)
    rows = ([str(q), *(f"{column.get(q, 0):.0%}" for column in columns.values())] for q in questions)
    return _table(("no barrier, by question", *columns), rows)


def _codes(codebook: Codebook, sides: Iterable[tuple[str, Sequence[Example]]]) -> str:
    columns = {
        (name, lang): Counter(code for one in examples if one.lang == lang for code in one.codes)
        for name, examples in sides
        for lang in ("kk", "ru")
    }
    rows = ([code, *(str(column[code]) for column in columns.values())] for code in codebook.code_ids)
    return _table(("descriptive code", *(" ".join(key) for key in columns)), rows)


def _file(path: Path, codebook: Codebook) -> list[str]:
    return [path.name, str(len(read_examples([path], codebook))), hashlib.sha256(path.read_bytes()).hexdigest()]


def _share(count: int, total: int) -> str:
    return f"{count} ({count / total:.0%})"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)

"""The blocks of the READMEs that are output of the code: `python -m tests.readme_blocks --write` renews them."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from bot.__main__ import cli
from bot.channels.texts import LANGUAGES, texts_for
from bot.operation.privacy import kept_table
from bot.settings import DATA, Settings
from bot.store.database import opened
from bot.store.migrations import schema_text
from classifier.__main__ import commands as classifier_commands
from classifier.codebook import load_codebook
from tests.simulated_year import block as year
from training.__main__ import commands as training_commands
from training.agreement import agreement as agreement_of
from training.agreement import read_double, verdict
from training.inventory import inventory
from training.urgency import table as urgent_table

ROOT = Path(__file__).resolve().parent.parent
CONVERSATION = ROOT / "tests" / "golden" / "chat_ru.txt"
# From the first question to the probe of the fourth.
FROM, TO = "> Вопрос 3 из 7", "> Вопрос 5 из 7"


def conversation() -> str:
    """A part of the golden conversation, which a test replays."""
    text = CONVERSATION.read_text(encoding="utf-8")
    return f"```\n{text[text.index(FROM) : text.index(TO)].rstrip()}\n```"


def command_help() -> str:
    """Every command of the three packages with its first line of help."""
    lines = []
    for package, group in (("bot", cli), ("classifier", classifier_commands), ("training", training_commands)):
        for name, command in sorted(group.commands.items()):
            lines.append(f"python -m {package} {name}\n    {command.get_short_help_str(110)}")
    return "```\n" + "\n".join(lines) + "\n```"


def settings() -> str:
    """The settings with their defaults."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = "" if default in (None, "", {}) else f"`{default}`"
        rows.append(f"| `KEDERGI_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows)


def categories() -> str:
    """The categories of the codebook in three languages, and the study's figures."""
    rows = ["| id | English | қазақша | по-русски | respondents in the study |", "|---|---|---|---|---|"]
    for category in load_codebook(DATA / "codebook.toml").categories:
        name = category.name
        rows.append(f"| `{category.id}` | {name.en} | {name.kk} | {name.ru} | {category.study_mentions} |")
    return "\n".join(rows)


def schema() -> str:
    """Tables and views of a new database."""
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as store:
        return f"```\n{schema_text(store.db)}\n```"


def examples() -> str:
    """What the coded answers are."""
    return inventory(DATA / "examples", load_codebook(DATA / "codebook.toml"))


def agreement() -> str:
    """How far two coders agree on the answers that both have coded."""
    codebook = load_codebook(DATA / "codebook.toml")
    figures = agreement_of(read_double(DATA / "coding" / "double.jsonl", codebook), codebook)
    header = ["", "texts", "same set", "alpha (MASI)", *(f"kappa {name}" for name in codebook.category_ids)]
    rows = [header, ["---"] * len(header)]
    for name, one in figures.items():
        kappas = ["{:.2f} ({:.2f} to {:.2f})".format(k["value"], *k["interval"]) for k in one["kappa"].values()]
        rows.append(
            [
                name,
                str(one["texts"]),
                f"{one['same_set']:.1%}",
                "{:.3f} ({:.3f} to {:.3f})".format(one["alpha"], *one["alpha_interval"]),
                *kappas,
            ]
        )
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + f"\n\n{verdict(figures)}"


def urgent() -> str:
    """How the rules for urgent texts do."""
    return urgent_table(sorted((DATA / "urgent").glob("*.jsonl")))


def kept(language: str) -> str:
    """What is kept, where and how long, with the default settings."""
    return kept_table(texts_for(language), Settings.model_construct())


BLOCKS: dict[Path, dict[str, Callable[[], str]]] = {
    ROOT / "README.md": {
        "conversation": conversation,
        "help": command_help,
        "settings": settings,
        "categories": categories,
        "schema": schema,
    },
    ROOT / "PRIVACY.md": {f"kept-{language}": partial(kept, language) for language in LANGUAGES},
    DATA / "README.md": {"examples": examples, "agreement": agreement, "year": year, "urgent": urgent},
}


def renewed(path: Path) -> str:
    """The file with every block as the code has it now."""
    text = path.read_text(encoding="utf-8")
    for name, block in BLOCKS[path].items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        text, found = re.subn(
            pattern, lambda match, block=block: match[1] + block() + "\n" + match[2], text, flags=re.S
        )
        assert found == 1, f"{path}: block {name} stands {found} times"
    return text


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        click.echo("use: python -m tests.readme_blocks --write", err=True)
        sys.exit(2)
    for file in BLOCKS:
        file.write_text(renewed(file), encoding="utf-8")

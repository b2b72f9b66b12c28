"""How the rules for urgent texts do on texts that people have sorted: what they find, and what they take for urgent.

Left out: choosing rules by these figures; the texts of files that `HELD_BACK` names
were read by nobody who wrote a rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from classifier.urgent import is_urgent
from training.errors import ExampleError

# Writers whose texts nobody saw who wrote the rules.
HELD_BACK = frozenset({"c"})


def table(files: Sequence[Path]) -> str:
    """Markdown: for each file and language how many urgent texts the rules find and how many look-alikes they take for
    urgent. ExampleError names file and line of a text that is not sorted."""
    rows = ["| file | language | urgent, found | look-alikes, taken for urgent |", "| --- | --- | --- | --- |"]
    for path in files:
        texts = list(_read(path))
        name = path.name + (" (held back)" if path.stem in HELD_BACK else "")
        for language in ("kk", "ru"):
            own = [(urgent, is_urgent(text)) for lang, urgent, text in texts if lang == language]
            sides = [[said for true, said in own if true is side] for side in (True, False)]
            rows.append(f"| {name} | {language} | {_share(sides[0])} | {_share(sides[1])} |")
    return "\n".join(rows)


def _read(path: Path) -> Iterator[tuple[str, bool, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            yield str(row["lang"]), bool(row["urgent"]), str(row["text"])
        except (ValueError, KeyError, TypeError):
            raise ExampleError(f"{path}:{number}: must be an object with lang, urgent and text") from None


def _share(said: Sequence[bool]) -> str:
    return f"{sum(said)} of {len(said)} ({sum(said) / len(said):.1%})" if said else "-"

"""The READMEs say what the code does and what the data holds: their blocks are the code's own output."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.readme_blocks import BLOCKS, renewed


@pytest.mark.parametrize("path", BLOCKS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_blocks_are_what_the_code_says_now(path: Path) -> None:
    assert renewed(path) == path.read_text(encoding="utf-8"), "renew them: python -m tests.readme_blocks --write"

"""The README says what the code does: its blocks are the code's own output."""

from __future__ import annotations

from tests.readme_blocks import README, renewed


def test_the_blocks_of_the_readme_are_what_the_code_says_now() -> None:
    text = README.read_text(encoding="utf-8")
    assert renewed(text) == text, "renew them: python -m tests.readme_blocks --write"

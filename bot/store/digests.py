"""Counts over all rounds that no week bounds: what `make demo` compares with the study."""

from __future__ import annotations

import sqlite3


def respondents_by_category(reader: sqlite3.Connection, coder_kind: str) -> dict[str, int]:
    """Distinct respondents per category, over all rounds, as coders of one kind have coded whole answers."""
    found = reader.execute(
        "SELECT category, count(DISTINCT respondent_key) FROM answers_current JOIN whole_codings USING (answer_id) "
        "JOIN coding_codes USING (coding_id) WHERE coder_kind = ? GROUP BY category ORDER BY category",
        (coder_kind,),
    )
    return {row[0]: row[1] for row in found}

"""Migration 8: what cannot wait until Monday, from the message that said it to the note that closed it."""

from __future__ import annotations

from sqlite_utils import Database

from bot.store.migrations.registry import migrations, run

CASES = """
CREATE TABLE urgent_cases (
    case_id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_key INTEGER NOT NULL REFERENCES messages,
    opened_at TEXT NOT NULL,
    closed_at TEXT,
    closed_by TEXT,
    note TEXT,
    CHECK ((closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (note IS NULL))
);
CREATE INDEX urgent_cases_of ON urgent_cases (message_key);
CREATE INDEX urgent_cases_open ON urgent_cases (case_id) WHERE closed_at IS NULL;
DROP VIEW answer_categories_current;
DROP VIEW standing;
CREATE VIEW standing AS
SELECT
    answer.answer_id,
    CASE
        WHEN adjudicated.coding_id IS NOT NULL THEN 'adjudicated'
        WHEN people.coders > 0 THEN 'human'
        WHEN respondent.coding_id IS NOT NULL THEN 'respondent'
        WHEN model.coding_id IS NOT NULL THEN 'model'
    END AS source,
    CASE
        WHEN urgent.open > 0 THEN 'urgent'
        WHEN adjudicated.coding_id IS NOT NULL OR people.sets = 1 THEN 'settled'
        WHEN model.urgent = 1 AND urgent.open IS NULL THEN 'urgent'
        WHEN people.sets > 1 THEN 'review'
        WHEN respondent.coding_id IS NOT NULL THEN 'settled'
        WHEN model.needs_review = 0 THEN 'confident'
        ELSE 'review'
    END AS pile,
    coalesce(adjudicated.coding_id, people.coding_id, respondent.coding_id, model.coding_id) AS coding_id,
    coalesce(people.coders, 0) AS coders
FROM answers_current AS answer
LEFT JOIN (
    SELECT answer_id, sum(closed_at IS NULL) AS open
    FROM urgent_cases JOIN messages USING (message_key) WHERE answer_id IS NOT NULL GROUP BY answer_id
) AS urgent ON urgent.answer_id = answer.answer_id
LEFT JOIN (
    SELECT answer_id, max(coding_id) AS coding_id FROM whole_codings WHERE coder_kind = 'adjudicated' GROUP BY answer_id
) AS adjudicated ON adjudicated.answer_id = answer.answer_id
LEFT JOIN (
    SELECT answer_id, max(coding_id) AS coding_id, count(*) AS coders, count(DISTINCT categories) AS sets
    FROM whole_codings WHERE coder_kind = 'human' GROUP BY answer_id
) AS people ON people.answer_id = answer.answer_id
LEFT JOIN (
    SELECT answer_id, max(coding_id) AS coding_id FROM whole_codings WHERE coder_kind = 'respondent' GROUP BY answer_id
) AS respondent ON respondent.answer_id = answer.answer_id
LEFT JOIN (
    SELECT answer_id, max(coding_id) AS coding_id, needs_review, urgent
    FROM current_codings WHERE coder_kind = 'model' AND whole = 1 GROUP BY answer_id
) AS model ON model.answer_id = answer.answer_id;
CREATE VIEW answer_categories_current AS
SELECT standing.answer_id, agreed.category, standing.source, standing.pile
FROM standing
LEFT JOIN (
    SELECT DISTINCT one.answer_id, code.category
    FROM standing AS one
    JOIN coding_codes AS code ON code.coding_id = one.coding_id
    WHERE one.source <> 'human' OR one.coders = (
        SELECT count(DISTINCT other.coding_id) FROM whole_codings AS other
        JOIN coding_codes AS also ON also.coding_id = other.coding_id AND also.category = code.category
        WHERE other.answer_id = one.answer_id AND other.coder_kind = 'human'
    )
) AS agreed ON agreed.answer_id = standing.answer_id
"""


@migrations()
def m008_triage(db: Database) -> None:
    """Urgent cases: opened by a message when it is kept, closed by a person with a note; the pile `urgent` follows.

    closed_at, closed_by (the person's pseudonym) and note are NULL while a case is open. An answer with an open case is
    urgent whatever anybody has coded; one without any case is urgent while its model coding says so, as before.
    """
    run(db, CASES)

"""Migration 12: what every interview said in a week, ready to be counted: a digest need not read every coding."""

from __future__ import annotations

from sqlite_utils import Database

from bot.store.migrations.registry import migrations, run

TALLIES = """
CREATE TABLE tallies (
    interview_id INTEGER NOT NULL,
    week TEXT NOT NULL,
    respondent_id INTEGER NOT NULL,
    round TEXT NOT NULL,
    role TEXT, district TEXT, school_key TEXT, locality TEXT,
    said TEXT NOT NULL,
    answers TEXT NOT NULL,
    named TEXT NOT NULL,
    lang TEXT NOT NULL,
    review INTEGER NOT NULL, urgent INTEGER NOT NULL, compared INTEGER NOT NULL, agreed INTEGER NOT NULL,
    PRIMARY KEY (interview_id, week)
) WITHOUT ROWID;
CREATE INDEX tallies_by_week ON tallies (week);
CREATE INDEX tallies_of_round ON tallies (round, interview_id, week, district, school_key, named);
CREATE INDEX tallies_of_piles ON tallies (district, school_key, review, urgent, compared, agreed)
    WHERE review + urgent + compared > 0;
CREATE TABLE tallies_stale (interview_id INTEGER PRIMARY KEY);
CREATE INDEX interviews_alike ON interviews (round, role, district, locality, school_key);
CREATE INDEX interviews_by_time ON interviews (consented_at);
"""
# What may change what counts about an interview: the event, and how the interview is found from the changed row.
_CHANGES = (
    (
        "codings_added AFTER INSERT ON codings",
        "SELECT interview_id FROM units JOIN answers USING (answer_id) WHERE unit_id = NEW.unit_id AND whole",
    ),
    (
        "codings_removed AFTER DELETE ON codings",
        "SELECT interview_id FROM units JOIN answers USING (answer_id) WHERE unit_id = OLD.unit_id AND whole",
    ),
    (
        "answers_changed AFTER UPDATE OF current_version, first_finished_at ON answers",
        "SELECT NEW.interview_id WHERE true",
    ),
    (
        "interviews_changed AFTER UPDATE OF round, pilot, role, district, school_key, locality ON interviews",
        "SELECT NEW.interview_id WHERE true",
    ),
    (
        "cases_opened AFTER INSERT ON urgent_cases",
        "SELECT interview_id FROM messages JOIN answers USING (answer_id) WHERE message_key = NEW.message_key",
    ),
    (
        "cases_changed AFTER UPDATE ON urgent_cases",
        "SELECT interview_id FROM messages JOIN answers USING (answer_id) WHERE message_key = NEW.message_key",
    ),
    (
        "messages_placed AFTER UPDATE OF answer_id ON messages",
        "SELECT interview_id FROM answers WHERE answer_id = NEW.answer_id",
    ),
)
# The views of migrations 5 and 8 with a look-up for each answer instead of groups over all codings: whoever asks about
# some answers does not wait for all of them.
_STANDING = """
DROP VIEW answer_categories_current;
DROP VIEW standing;
CREATE VIEW standing AS
SELECT
    answer_id,
    CASE
        WHEN adjudicated IS NOT NULL THEN 'adjudicated'
        WHEN coders > 0 THEN 'human'
        WHEN respondent IS NOT NULL THEN 'respondent'
        WHEN model IS NOT NULL THEN 'model'
    END AS source,
    CASE
        WHEN open_cases > 0 THEN 'urgent'
        WHEN adjudicated IS NOT NULL OR sets = 1 THEN 'settled'
        WHEN open_cases IS NULL AND (SELECT urgent FROM codings WHERE coding_id = model) THEN 'urgent'
        WHEN sets > 1 THEN 'review'
        WHEN respondent IS NOT NULL THEN 'settled'
        WHEN (SELECT needs_review FROM codings WHERE coding_id = model) = 0 THEN 'confident'
        ELSE 'review'
    END AS pile,
    coalesce(adjudicated, human, respondent, model) AS coding_id,
    coders
FROM (
    SELECT
        answer.answer_id,
        (SELECT max(coding_id) FROM whole_codings AS own
            WHERE own.answer_id = answer.answer_id AND coder_kind = 'adjudicated') AS adjudicated,
        (SELECT max(coding_id) FROM whole_codings AS own
            WHERE own.answer_id = answer.answer_id AND coder_kind = 'human') AS human,
        (SELECT count(*) FROM whole_codings AS own
            WHERE own.answer_id = answer.answer_id AND coder_kind = 'human') AS coders,
        (SELECT count(DISTINCT categories) FROM whole_codings AS own
            WHERE own.answer_id = answer.answer_id AND coder_kind = 'human') AS sets,
        (SELECT max(coding_id) FROM whole_codings AS own
            WHERE own.answer_id = answer.answer_id AND coder_kind = 'respondent') AS respondent,
        (SELECT max(coding_id) FROM whole_codings AS own
            WHERE own.answer_id = answer.answer_id AND coder_kind = 'model') AS model,
        (SELECT sum(closed_at IS NULL) FROM messages JOIN urgent_cases USING (message_key)
            WHERE messages.answer_id = answer.answer_id) AS open_cases
    FROM answers_current AS answer
);
CREATE VIEW answer_categories_current AS
SELECT standing.answer_id, code.category, standing.source, standing.pile
FROM standing
LEFT JOIN coding_codes AS code ON code.coding_id = standing.coding_id AND code.rowid = (
    SELECT min(rowid) FROM coding_codes AS same WHERE same.coding_id = code.coding_id AND same.category = code.category
) AND (
    standing.source <> 'human' OR standing.coders = (
        SELECT count(DISTINCT other.coding_id) FROM whole_codings AS other
        JOIN coding_codes AS also ON also.coding_id = other.coding_id AND also.category = code.category
        WHERE other.answer_id = standing.answer_id AND other.coder_kind = 'human'
    )
);
"""


@migrations()
def m012_digest_speed(db: Database) -> None:
    """A row for each interview and week with what counts about its answers then, and the names of rows to renew.

    tallies.said and answers (JSON, see bot/store/tallies.py) and named (categories and descriptive codes, separated by
    spaces) hold no text of an answer. lang is the language used more often; review and urgent count answers in those
    piles, compared those that people have settled and a model has coded too, agreed those of them where both name the
    same. A row that tallies_stale names is out of date or missing; readers work it out themselves.
    """
    run(db, TALLIES)
    for change, interview in _CHANGES:
        db.execute(
            f"CREATE TRIGGER tallies_{change} BEGIN INSERT INTO tallies_stale {interview} ON CONFLICT DO NOTHING; END"
        )
    db.execute(
        "CREATE TRIGGER tallies_interviews_removed AFTER DELETE ON interviews BEGIN "
        "DELETE FROM tallies WHERE interview_id = OLD.interview_id; "
        "DELETE FROM tallies_stale WHERE interview_id = OLD.interview_id; END"
    )
    db.execute("INSERT INTO tallies_stale SELECT interview_id FROM interviews")
    run(db, _STANDING)

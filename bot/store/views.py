"""The public views: the readable face of the store, and a contract. Columns and their order do not change.

`coded_units` has one row per unit, coder and code: a descriptive code that belongs to two categories stands in two
rows, a category without a fitting code has descriptive_code NULL, a unit judged to hold no barrier has one row with
both NULL. `answer_categories_current` says what counts now; an answer that nobody has coded yet has one row with
category and source NULL in the pile `review`. Pilot rounds and unfinished answers are in none of them; the withdrawn
are not in the database at all. Where two people disagree, the categories that all of them chose stand, in `review`.
These are the views as they were first made; later migrations replace some of them.
"""

VIEWS = """
CREATE VIEW current_codings AS
SELECT coding.*, unit.answer_id, unit.version, unit.whole
FROM codings AS coding
JOIN units AS unit ON unit.unit_id = coding.unit_id
JOIN answers AS answer ON answer.answer_id = unit.answer_id AND answer.current_version = unit.version
WHERE NOT EXISTS (
    SELECT 1 FROM codings AS newer
    WHERE newer.unit_id = coding.unit_id AND newer.coder = coding.coder AND newer.coding_id > coding.coding_id
);
CREATE VIEW answers_current AS
SELECT
    answer.answer_id,
    version.version,
    interview.interview_id,
    respondent.respondent_key,
    interview.round,
    interview.role,
    interview.region,
    interview.district,
    interview.school_key,
    interview.locality,
    answer.question,
    version.lang,
    version.script,
    version.text,
    version.submitted_at,
    interview.consent_quote,
    interview.consent_training
FROM answers AS answer
JOIN answer_versions AS version ON version.answer_id = answer.answer_id AND version.version = answer.current_version
JOIN interviews AS interview ON interview.interview_id = answer.interview_id
JOIN respondents AS respondent ON respondent.respondent_id = interview.respondent_id
WHERE interview.pilot = 0;
CREATE VIEW coded_units AS
SELECT
    unit.unit_id,
    unit.answer_id,
    unit.version AS answer_version,
    respondent.respondent_key,
    interview.round,
    interview.role,
    answer.question,
    version.lang,
    version.script,
    interview.consent_training,
    substr(version.text, unit.start + 1, unit."end" - unit.start) AS unit_text,
    unit.start,
    unit."end",
    code.category,
    code.descriptive_code,
    coding.coder,
    coding.coder_kind,
    code.score,
    coding.codebook_version,
    coding.coded_at,
    CASE WHEN answer.current_version = unit.version AND NOT EXISTS (
        SELECT 1 FROM codings AS newer
        WHERE newer.unit_id = coding.unit_id AND newer.coder = coding.coder AND newer.coding_id > coding.coding_id
    ) THEN 1 ELSE 0 END AS is_current
FROM codings AS coding
JOIN units AS unit ON unit.unit_id = coding.unit_id
JOIN answer_versions AS version ON version.answer_id = unit.answer_id AND version.version = unit.version
JOIN answers AS answer ON answer.answer_id = unit.answer_id
JOIN interviews AS interview ON interview.interview_id = answer.interview_id
JOIN respondents AS respondent ON respondent.respondent_id = interview.respondent_id
LEFT JOIN coding_codes AS code ON code.coding_id = coding.coding_id
WHERE interview.pilot = 0;
CREATE VIEW whole_codings AS
SELECT coding.*, (
    SELECT coalesce(group_concat(category, ','), '') FROM (
        SELECT DISTINCT category FROM coding_codes WHERE coding_id = coding.coding_id ORDER BY category
    )
) AS categories
FROM current_codings AS coding
WHERE coding.whole = 1;
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
        WHEN adjudicated.coding_id IS NOT NULL OR people.sets = 1 THEN 'settled'
        WHEN model.urgent = 1 THEN 'urgent'
        WHEN people.sets > 1 THEN 'review'
        WHEN respondent.coding_id IS NOT NULL THEN 'settled'
        WHEN model.needs_review = 0 THEN 'confident'
        ELSE 'review'
    END AS pile,
    coalesce(adjudicated.coding_id, people.coding_id, respondent.coding_id, model.coding_id) AS coding_id,
    coalesce(people.coders, 0) AS coders
FROM answers_current AS answer
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

"""The first five migrations: people, interviews, codings, delivery, and the public views."""

from __future__ import annotations

from sqlite_utils import Database

from bot.store.migrations.registry import migrations, run
from bot.store.views import VIEWS

PEOPLE = """
CREATE TABLE chats (
    chat_key INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL UNIQUE,
    state TEXT,
    referral_hash TEXT,
    last_activity TEXT NOT NULL,
    blocked INTEGER NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1))
);
CREATE TABLE respondents (
    respondent_id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_key INTEGER NOT NULL UNIQUE REFERENCES chats,
    respondent_key TEXT NOT NULL UNIQUE,
    referrer_key TEXT,
    depth INTEGER NOT NULL CHECK (depth >= 0),
    created_at TEXT NOT NULL
);
CREATE TABLE suppressed (
    chat_hmac TEXT NOT NULL,
    erased_at TEXT NOT NULL
);
CREATE INDEX suppressed_chats ON suppressed (chat_hmac);
CREATE TABLE referrals (
    token_hash TEXT PRIMARY KEY,
    respondent_id INTEGER NOT NULL REFERENCES respondents,
    round TEXT NOT NULL,
    uses INTEGER NOT NULL DEFAULT 0,
    max_uses INTEGER NOT NULL,
    expires_at TEXT NOT NULL
);
CREATE INDEX referrals_of ON referrals (respondent_id);
"""

INTERVIEWS = """
CREATE TABLE schools (
    school_key TEXT PRIMARY KEY,
    district TEXT,
    name TEXT NOT NULL
);
CREATE TABLE interviews (
    interview_id INTEGER PRIMARY KEY AUTOINCREMENT,
    respondent_id INTEGER NOT NULL REFERENCES respondents,
    round TEXT NOT NULL,
    pilot INTEGER NOT NULL CHECK (pilot IN (0, 1)),
    guide_version TEXT NOT NULL,
    language TEXT NOT NULL,
    role TEXT, job_title TEXT, region TEXT, district TEXT,
    school_key TEXT REFERENCES schools,
    locality TEXT,
    consent_version TEXT NOT NULL,
    consent_language TEXT NOT NULL,
    consented_at TEXT NOT NULL,
    consent_quote INTEGER NOT NULL DEFAULT 0 CHECK (consent_quote IN (0, 1)),
    consent_training INTEGER NOT NULL DEFAULT 0 CHECK (consent_training IN (0, 1)),
    consent_contact INTEGER NOT NULL DEFAULT 0 CHECK (consent_contact IN (0, 1)),
    finished_at TEXT,
    check_sent_at TEXT,
    checked_at TEXT,
    UNIQUE (respondent_id, round)
);
CREATE TABLE reminders (
    interview_id INTEGER NOT NULL REFERENCES interviews,
    hours INTEGER NOT NULL,
    sent_at TEXT NOT NULL,
    PRIMARY KEY (interview_id, hours)
);
CREATE TABLE answers (
    answer_id INTEGER PRIMARY KEY AUTOINCREMENT,
    interview_id INTEGER NOT NULL REFERENCES interviews,
    question INTEGER NOT NULL CHECK (question BETWEEN 1 AND 7),
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'finished', 'skipped')),
    current_version INTEGER NOT NULL DEFAULT 0,
    first_finished_at TEXT,
    clear INTEGER CHECK (clear IN (0, 1)),
    UNIQUE (interview_id, question)
);
CREATE INDEX answers_by_time ON answers (first_finished_at);
CREATE TABLE messages (
    message_key INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_key INTEGER NOT NULL REFERENCES chats,
    message_id INTEGER NOT NULL,
    answer_id INTEGER REFERENCES answers,
    text TEXT NOT NULL,
    UNIQUE (chat_key, message_id)
);
CREATE INDEX messages_of ON messages (answer_id);
CREATE TABLE answer_versions (
    answer_id INTEGER NOT NULL REFERENCES answers,
    version INTEGER NOT NULL,
    text TEXT NOT NULL,
    lang TEXT,
    script TEXT,
    submitted_at TEXT NOT NULL,
    PRIMARY KEY (answer_id, version)
);
"""

CODINGS = """
CREATE TABLE units (
    unit_id INTEGER PRIMARY KEY AUTOINCREMENT,
    answer_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    whole INTEGER NOT NULL CHECK (whole IN (0, 1)),
    UNIQUE (answer_id, version, start, "end"),
    FOREIGN KEY (answer_id, version) REFERENCES answer_versions
);
CREATE TABLE codings (
    coding_id INTEGER PRIMARY KEY AUTOINCREMENT,
    unit_id INTEGER NOT NULL REFERENCES units,
    coder TEXT NOT NULL,
    coder_kind TEXT NOT NULL CHECK (coder_kind IN ('human', 'adjudicated', 'respondent', 'model')),
    codebook_version TEXT NOT NULL,
    scores TEXT,
    needs_review INTEGER NOT NULL DEFAULT 0 CHECK (needs_review IN (0, 1)),
    urgent INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1)),
    coded_at TEXT NOT NULL
);
CREATE INDEX codings_of ON codings (unit_id, coder, coding_id);
CREATE TABLE coding_codes (
    coding_id INTEGER NOT NULL REFERENCES codings,
    category TEXT NOT NULL,
    descriptive_code TEXT,
    score REAL
);
CREATE INDEX coding_codes_of ON coding_codes (coding_id);
"""

DELIVERY = """
CREATE TABLE inbox (
    inbox_key INTEGER PRIMARY KEY AUTOINCREMENT,
    update_id INTEGER NOT NULL UNIQUE,
    chat_key INTEGER,
    raw TEXT,
    received_at TEXT NOT NULL,
    done_at TEXT,
    dead_reason TEXT
);
CREATE INDEX inbox_waiting ON inbox (inbox_key) WHERE done_at IS NULL;
CREATE TABLE outbox (
    outbox_id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_key INTEGER NOT NULL,
    cause TEXT NOT NULL,
    seq INTEGER NOT NULL,
    message TEXT,
    step TEXT,
    queued_at TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    doubt_from INTEGER,
    next_at TEXT,
    done_at TEXT,
    dead_reason TEXT,
    UNIQUE (cause, seq)
);
CREATE INDEX outbox_waiting ON outbox (chat_key, outbox_id) WHERE done_at IS NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;
CREATE TABLE marks (
    chat_key INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    step TEXT NOT NULL,
    doubt_from INTEGER,
    PRIMARY KEY (chat_key, message_id)
) WITHOUT ROWID;
"""


@migrations()
def m001_people(db: Database) -> None:
    """Who is talking, kept apart from what they say.

    chats.state NULL: no conversation is open; referral_hash NULL: came without an invitation that holds.
    respondents.referrer_key NULL: a seed, or the referrer has been erased.
    """
    run(db, PEOPLE)


@migrations()
def m002_interviews(db: Database) -> None:
    """Interviews, answers and every version of them.

    A profile field is NULL when its step was skipped; a finished_at, check_sent_at or checked_at until it happens;
    first_finished_at while an answer has never been finished; clear outside pilot rounds; messages.answer_id while
    nobody knows to which question the message belongs; lang and script where a text has no words of either language.
    answers.current_version is 0 before the first finish.
    """
    run(db, INTERVIEWS)


@migrations()
def m003_codings(db: Database) -> None:
    """Units and the append-only codings of people, respondents and models.

    scores (JSON, category -> probability) and coding_codes.score are NULL unless the coder is a model;
    descriptive_code is NULL when no listed code fits. A coding without coding_codes says: no barrier.
    """
    run(db, CODINGS)


@migrations()
def m004_delivery(db: Database) -> None:
    """Inbox, outbox and marks: what came is here before it is acknowledged, what must be said before it is sent.

    inbox.raw is NULL once the update is done, chat_key where there is no private chat; done_at while it waits;
    dead_reason unless it failed for good. outbox.cause names what made the row ('u<update id>', 'reminder:<interview>:
    <hours>', 'check:<interview>'); message is NULL once it was erased or purged; doubt_from is the newest inbox row
    at the first try whose outcome is unknown, NULL while every try is known to have failed; next_at NULL: at once.
    """
    run(db, DELIVERY)


@migrations()
def m005_views(db: Database) -> None:
    """The public views: what training, the digest and any SQL client may read."""
    run(db, VIEWS)

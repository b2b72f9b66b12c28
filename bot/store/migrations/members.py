"""Migration 6: people with rights, the invitations that give a right, and the links that they give to respondents."""

from __future__ import annotations

from sqlite_utils import Database

from bot.store.migrations.registry import migrations, run

MEMBERS = """
CREATE TABLE members (
    member_id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_key INTEGER UNIQUE REFERENCES chats,
    member_key TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('coordinator', 'researcher', 'coder')),
    scope TEXT NOT NULL,
    name TEXT,
    language TEXT NOT NULL,
    since TEXT NOT NULL,
    expected TEXT,
    expected_until TEXT,
    CHECK ((expected IS NULL) = (expected_until IS NULL))
);
CREATE TABLE role_invitations (
    invitation_id INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('coordinator', 'researcher', 'coder')),
    scope TEXT NOT NULL,
    name TEXT,
    made_by INTEGER REFERENCES members,
    made_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT
);
CREATE TABLE failed_invitations (
    chat_hmac TEXT NOT NULL,
    failed_at TEXT NOT NULL
);
CREATE INDEX failed_invitations_of ON failed_invitations (chat_hmac, failed_at);
CREATE TABLE member_links (
    token_hash TEXT PRIMARY KEY,
    member_id INTEGER NOT NULL REFERENCES members,
    round TEXT NOT NULL,
    uses INTEGER NOT NULL DEFAULT 0,
    max_uses INTEGER NOT NULL,
    expires_at TEXT NOT NULL
)
"""


@migrations()
def m006_members(db: Database) -> None:
    """Members and how one becomes one. A role invitation is a hash, holds once, and says what it gives.

    members.chat_key is NULL once the right is revoked: the row stays, for what the person has coded under its
    member_key. name is what the inviting person wrote, NULL where nothing; expected (`handler:data`, what the next
    text of the member is for) while nothing is expected. role_invitations.made_by is NULL for the command line, used_at
    while the invitation can still be used. failed_invitations counts tries that named no open invitation.
    """
    run(db, MEMBERS)

"""Migration 10: what is looked at all the time is found without reading what was done long ago."""

from __future__ import annotations

from sqlite_utils import Database

from bot.store.migrations.registry import migrations, run

OPERATIONS = """
CREATE INDEX inbox_dead ON inbox (inbox_key) WHERE dead_reason IS NOT NULL;
CREATE INDEX outbox_dead ON outbox (outbox_id) WHERE dead_reason IS NOT NULL;
CREATE TABLE to_code (unit_id INTEGER PRIMARY KEY REFERENCES units ON DELETE CASCADE);
INSERT INTO to_code SELECT unit_id FROM units WHERE whole
AND NOT EXISTS (SELECT 1 FROM codings WHERE codings.unit_id = units.unit_id AND coder_kind = 'model');
"""
_TRIGGERS = (
    "CREATE TRIGGER units_to_code AFTER INSERT ON units WHEN NEW.whole "
    "BEGIN INSERT INTO to_code VALUES (NEW.unit_id); END",
    "CREATE TRIGGER codings_of_models AFTER INSERT ON codings WHEN NEW.coder_kind = 'model' "
    "BEGIN DELETE FROM to_code WHERE unit_id = NEW.unit_id; END",
)


@migrations()
def m010_operations(db: Database) -> None:
    """The dead letters by index, and to_code: the whole answers that no model has coded, kept by triggers.

    The coder asks every second what waits. Without the table that is a walk through all answers ever given.
    """
    run(db, OPERATIONS)
    for trigger in _TRIGGERS:
        db.execute(trigger)

"""What the database itself refuses about the audit trail; as frozen as the migration that uses it.

The trail only grows: an entry continues the chain where the head ends, the head moves on to the
entry just written, and nothing is changed or removed. Whoever may alter the schema can switch
this off; what they do then is found by `acctflows.documents.audit.verify`.
"""

TABLES = ("audit_entry", "audit_head")

GENESIS = "INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '" + "0" * 64 + "')"
"""The empty chain: sixty-four zeros stand for the entry before the first."""

_CONTINUES = (
    "EXISTS (SELECT 1 FROM audit_head WHERE seq + 1 = NEW.seq AND hash = NEW.previous_hash)"
)
_FOLLOWS = (
    "NEW.id = OLD.id AND NEW.seq = OLD.seq + 1"
    " AND EXISTS (SELECT 1 FROM audit_entry WHERE seq = NEW.seq AND hash = NEW.hash)"
)

_SQLITE_REFUSES = "SELECT RAISE(ABORT, 'the audit trail only grows');"

SQLITE = (
    # Also stops INSERT OR REPLACE, which would remove a row without asking the delete trigger.
    f"CREATE TRIGGER audit_entry_continues BEFORE INSERT ON audit_entry"
    f" WHEN NOT {_CONTINUES} BEGIN {_SQLITE_REFUSES} END",
    f"CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry BEGIN {_SQLITE_REFUSES} END",
    f"CREATE TRIGGER audit_entry_kept BEFORE DELETE ON audit_entry BEGIN {_SQLITE_REFUSES} END",
    f"CREATE TRIGGER audit_head_follows BEFORE UPDATE ON audit_head"
    f" WHEN NOT ({_FOLLOWS}) BEGIN {_SQLITE_REFUSES} END",
    f"CREATE TRIGGER audit_head_alone BEFORE INSERT ON audit_head BEGIN {_SQLITE_REFUSES} END",
    f"CREATE TRIGGER audit_head_kept BEFORE DELETE ON audit_head BEGIN {_SQLITE_REFUSES} END",
)

_POSTGRES_REFUSES = "RAISE EXCEPTION 'the audit trail only grows'"


def _function(name: str, condition: str) -> str:
    body = f"IF {condition} THEN RETURN NEW; END IF; {_POSTGRES_REFUSES};"
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"


POSTGRESQL = (
    _function("audit_refuse", "false"),
    _function("audit_entry_continues", _CONTINUES),
    _function("audit_head_follows", _FOLLOWS),
    "CREATE TRIGGER audit_entry_continues BEFORE INSERT ON audit_entry"
    " FOR EACH ROW EXECUTE FUNCTION audit_entry_continues()",
    "CREATE TRIGGER audit_entry_kept BEFORE UPDATE OR DELETE ON audit_entry"
    " FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_head_follows BEFORE UPDATE ON audit_head"
    " FOR EACH ROW EXECUTE FUNCTION audit_head_follows()",
    "CREATE TRIGGER audit_head_kept BEFORE INSERT OR DELETE ON audit_head"
    " FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    *(
        f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        for table in TABLES
    ),
)

BY_DIALECT = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
"""The statements that set the guard up, in order, per database."""

DROP_POSTGRESQL = "DROP FUNCTION audit_refuse, audit_entry_continues, audit_head_follows CASCADE"

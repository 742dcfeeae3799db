"""The history of the schema; read by alembic through `acctflows.db.migrate`."""

"""The catalogue, one SQLite file: engine, tables, migrations, the hash-chained event log."""

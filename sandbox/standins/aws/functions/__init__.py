"""The tables: one row for each imitated function."""

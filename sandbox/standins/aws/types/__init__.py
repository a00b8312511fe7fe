"""The tables: one row for each imitated resource type."""

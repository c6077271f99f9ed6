"""Calls, outcomes and what is derived from them, in Parquet under a SQLite manifest."""

"""The project folder: YAML in, with file, line and column."""

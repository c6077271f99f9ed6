"""All that a folder holds as text, packed tables included: what must not be stored must not be in it."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq


def everything_in(folder: Path) -> str:
    """The bytes of every file, and the values of every Parquet table, whose pages may be compressed."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    texts = [file.read_bytes().decode("utf-8", errors="replace") for file in files]
    tables = [repr(pq.read_table(file).to_pylist()) for file in files if file.suffix == ".parquet"]
    assert tables, f"{folder} holds no table"
    return "\n".join((*texts, *tables))

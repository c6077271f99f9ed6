"""The product's import as a child of its own: `python -m bench.ingest PROJECT KIND_OR_FORMAT FILE`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from routefit.ledger.formats.registry import FORMATS
from routefit.ledger.importing import import_file
from routefit.ledger.schema import TableKind

if __name__ == "__main__":
    project, kind, file = sys.argv[1:]
    form = FORMATS.get(kind)
    summaries = import_file(
        Path(project) / "ledger",
        None if form else cast("TableKind", kind),
        Path(file),
        form=form,
        now=datetime.now(tz=UTC),
    )
    print(*summaries, sep="\n")

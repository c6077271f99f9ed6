"""`make bench`, with options: `make bench BENCH="--calls 200000 --only help import"`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.cases import CASES, Bench, rows_of
from bench.fleet import Fleet
from bench.measure import stay_on_one_core
from bench.report import document, table


def arguments() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000, help="calls in the fleet (default %(default)s)")
    parser.add_argument("--days", type=int, default=33, help="days that they spread over, 1 to 59 (default 33)")
    parser.add_argument("--seed", type=int, default=20260601, help="seed of the fleet (default %(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each child, the least counts (default 3)")
    parser.add_argument("--only", nargs="+", choices=sorted(CASES), default=list(CASES), metavar="CASE")
    parser.add_argument("--folder", type=Path, help="keep the generated files here (default: a temporary folder)")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of the table")
    return parser.parse_args()


def main() -> int:
    """Measure the cases and print them; 1 where one is over its budget."""
    options = arguments()
    core = stay_on_one_core()
    with tempfile.TemporaryDirectory(prefix="routefit-bench-") as temporary:
        fleet = Fleet(calls=options.calls, days=options.days, seed=options.seed)
        bench = Bench(fleet=fleet, repeats=options.repeats, folder=options.folder or Path(temporary))
        bench.folder.mkdir(parents=True, exist_ok=True)
        rows = []
        for name in options.only:
            print(f"measuring {name} …", file=sys.stderr)
            rows += rows_of(name, bench)
    settings = {**asdict(fleet), "repeats": bench.repeats, "core": core}
    print(document(rows, settings) if options.json else table(rows))
    return int(any(row.verdict == "OVER" for row in rows))


if __name__ == "__main__":
    sys.exit(main())

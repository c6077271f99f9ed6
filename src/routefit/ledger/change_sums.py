"""The calls of a window's units, summed as a change of cost is split."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import pyarrow as pa

from routefit.lcpr.change_inputs import CALL_SUMS_FIELDS, CallKind, CallSums, Served
from routefit.ledger.engine import register_table, statement
from routefit.ledger.view import CellKey, LedgerView

NO_MODEL = "(no model)"
"""Who served calls that name neither a provider nor a model."""


def change_sums(ledger: LedgerView, start: date, end: date) -> dict[CellKey, dict[Served, CallSums]]:
    """{(workload, route): sums by kind of call and model} of the units at home in [start, end).

    All production calls of these units count, on whatever day they started, so that the sums are those of the
    cells.
    """
    engine = ledger.view_units(date.min, end)
    if engine is None:
        return {}
    register_table(engine, "change_window", pa.table({"start_on": [start], "end_on": [end]}))
    engine.execute(f"CREATE OR REPLACE TEMP TABLE travelling_units AS {statement('travelling_units')}")
    rows = engine.execute("SELECT max(last_on) FROM travelling_units WHERE home_day >= ?", [start]).fetchall()
    last_on = max(end - timedelta(days=1), rows[0][0] or date.min)
    ledger.view_calls(start, last_on + timedelta(days=1))
    # Roles that the log does not give follow from the order of a unit's calls; here each unit has all of them.
    engine.execute(f"CREATE OR REPLACE TEMP VIEW uninferred_calls AS {statement('home_calls')}")
    gaps = engine.execute("SELECT count(*) FROM calls WHERE role IS NULL").fetchall()
    costed = statement("inferred_roles") if gaps[0][0] else "SELECT * FROM uninferred_calls"
    engine.execute(f"CREATE OR REPLACE TEMP VIEW costed_calls AS {costed}")
    found: dict[CellKey, dict[Served, CallSums]] = defaultdict(dict)
    for workload, route, kind, provider, model, *values in engine.execute(statement("change_sums")).fetchall():
        served = Served(CallKind(kind), "/".join(part for part in (provider, model) if part) or NO_MODEL)
        sums = CallSums(**dict(zip(CALL_SUMS_FIELDS, map(int, values), strict=True)))
        found[workload, route][served] = found[workload, route].get(served, CallSums()) + sums
    return dict(found)

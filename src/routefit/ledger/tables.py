"""Every table of facts by its kind."""

from __future__ import annotations

from routefit.ledger.load_tests import LOAD_TESTS
from routefit.ledger.schema import CALLS, CAPACITY, INVOICES, LABELS, OUTCOMES, SCORES, Table, TableKind

TABLES: dict[TableKind, Table] = {
    table.kind: table for table in (CALLS, OUTCOMES, SCORES, LABELS, INVOICES, CAPACITY, LOAD_TESTS)
}

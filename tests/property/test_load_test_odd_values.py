"""Whatever stands in a field of a load test, the file is read or refused by name, and never ends in a fault."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import given

import load_tests as made
from odd_values import spoiled
from routefit.errors import BadInputError
from routefit.ledger.formats.aiperf import AiPerf
from routefit.ledger.formats.format import Format, Notes
from routefit.ledger.formats.guidellm import GuideLlm
from routefit.ledger.formats.load_test import Subject
from routefit.ledger.load_tests import LOAD_TESTS
from routefit.ledger.row_check import RowCheck
from routefit.ledger.row_rules import RowRefusedError
from routefit.ledger.source_file import scan
from routefit.ledger.values import LeftOut

SUBJECT = Subject(route="own-gpus", workload="support", replicas=1.0)
STEP = made.sent(1, answered=2, failed=1, cancelled=1)


def taken(form: Format, name: str, text: str) -> None:
    """Reads the file: every row is taken or refused, and numbers are unique. A file refused by name is fine."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(text)
        with suppress(BadInputError):
            rows = list(form.rows(scan(path), Notes()))
            assert len({found.number for found in rows}) == len(rows)
            check = RowCheck(LOAD_TESTS, hash_key=None, left_out=LeftOut())
            for found in rows:
                with suppress(RowRefusedError):
                    check(found)


@given(spoiled(made.guidellm_report([STEP])))
def test_odd_values_of_a_report(odd: dict[str, Any]) -> None:
    taken(GuideLlm(SUBJECT), "benchmarks.json", json.dumps(odd))


@given(spoiled(made.guidellm_report([STEP], release="0.3.1")))
def test_odd_values_of_an_older_report(odd: dict[str, Any]) -> None:
    taken(GuideLlm(SUBJECT), "benchmarks.json", json.dumps(odd))


@given(spoiled(made.aiperf_aggregates(STEP)))
def test_odd_values_of_aggregates(odd: dict[str, Any]) -> None:
    taken(AiPerf(SUBJECT), "profile_export_aiperf.json", json.dumps(odd, indent=1))


@given(spoiled({"lines": made.aiperf_records(STEP)}))
def test_odd_values_of_records(odd: dict[str, Any]) -> None:
    lines = odd["lines"] if isinstance(odd["lines"], list) else [odd["lines"]]
    taken(AiPerf(SUBJECT), "profile_export.jsonl", "".join(json.dumps(line) + "\n" for line in lines))

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
from routefit.ledger.formats.format import Format
from routefit.ledger.formats.guidellm import GuideLlm
from routefit.ledger.formats.load_test import Subject
from routefit.ledger.importing import import_file
from routefit.ledger.load_tests import load_tests
from routefit.ledger.manifest import Manifest
from small_project import NOW

SUBJECT = Subject(route="own-gpus", workload="support", replicas=1.0)
STEP = made.sent(1, answered=2, failed=1, cancelled=1)


def taken(form: Format, name: str, text: str) -> None:
    """Imports the file, and reads what came of it; a refusal by name is fine."""
    with tempfile.TemporaryDirectory() as folder:
        path, ledger = Path(folder) / name, Path(folder) / "ledger"
        path.write_text(text)
        with suppress(BadInputError):
            (summary,) = import_file(ledger, None, path, form=form, now=NOW)
            assert summary.read == summary.imported + summary.duplicate + summary.rejected
        with Manifest(ledger) as manifest:
            paths = [segment.path for segment in manifest.visible("load_tests")]
        for steps in load_tests(paths).values():
            assert all(step.answered_requests >= 0 for step in steps)


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

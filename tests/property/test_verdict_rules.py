"""Verdict rules in SQL say of every set of scores what the rules in Python say: values, precedence, settling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_cases import Row, arrow_rows
from routefit.declared.model import VerdictRule, Workload
from routefit.declared.verdict import default_sampling, meanings
from routefit.lcpr.verdict import Score, Verdict, deciding_verdict
from routefit.ledger.attribution import NO_RULES
from routefit.ledger.engine import connect
from routefit.ledger.judgements import JudgedUnits, JudgementFile, Judgements
from routefit.ledger.schema import OUTCOMES, SCORES
from routefit.ledger.verdict_rules import VerdictRules

NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)
KINDS = ("score", "ticket_status", "feedback", "grader", "test")
NUMBERS = ["0.7", "0.70", "0.69999", "1", "0", "-1", "+1", "1e0", "7e-1", "true", "False"]
NO_NUMBERS = ["1e999", ".7", "1.", "1_0", "nan", "inf", "++1", "n/a"]
VALUES = (*NUMBERS, *NO_NUMBERS, "resolved", "RESOLVED", "reopened", "İx", "ẞ", "open")
TESTS = (
    ">=0.7",
    ">0.7",
    "<=0.7",
    "<0.7",
    "==1",
    "!=0",
    ">= -1",
    "resolved",
    ("Reopened", "n/a"),
    ("open", "İX", "ß"),
)
UNITS = ("u1", "u2")

Units = Mapping[str, tuple[list[Row], list[Row]]]


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(threads=1) as connection:
        connection.execute(
            "CREATE TEMP TABLE units AS SELECT CAST(NULL AS VARCHAR) AS workload, CAST(NULL AS VARCHAR) AS route, "
            "CAST(NULL AS VARCHAR) AS unit_id, 1 AS production_calls WHERE FALSE"
        )
        yield connection


@st.composite
def rules(draw: st.DrawFn) -> VerdictRule:
    accept, reject = draw(st.none() | st.sampled_from(TESTS)), draw(st.none() | st.sampled_from(TESTS))
    return VerdictRule.model_validate(
        {
            "from": draw(st.sampled_from(KINDS)),
            "name": draw(st.sampled_from([None, "judge"])),
            "accept": accept,
            "reject": reject,
            "settle_hours": draw(st.sampled_from([None, 0, 24, 72.5])),
            "sampled": draw(st.sampled_from([None, "random", "self_selected"])),
        }
    )


_times = st.none() | st.integers(0, 8).map(lambda half_days: NOW - timedelta(hours=12 * half_days))


@st.composite
def score_rows(draw: st.DrawFn) -> Row:
    return {
        "unit_id": draw(st.sampled_from(UNITS)),
        "workload": "w",
        "route": "r",
        "judgement": draw(st.sampled_from([None, *KINDS])),
        "name": draw(st.sampled_from([None, "judge", "toxicity"])),
        "value": draw(st.none() | st.sampled_from(VALUES)),
        "decided_at": draw(_times),
        "evaluated_by": draw(st.sampled_from([None, "a"])),
        "suite_version": draw(st.sampled_from([None, "v3", "v4"])),
        "sampled": draw(st.sampled_from([None, "all", "stratified"])),
    }


@st.composite
def outcome_rows(draw: st.DrawFn) -> Row:
    return {
        "unit_id": draw(st.sampled_from(UNITS)),
        "workload": "w",
        "route": "r",
        "accepted": draw(st.sampled_from([None, True, False])),
        "decided_at": draw(_times),
        "sampled": draw(st.sampled_from([None, "random"])),
        "evaluated_by": draw(st.sampled_from([None, "person"])),
        "suite_version": draw(st.sampled_from([None, "v1"])),
    }


def stored(directory: Path, name: str, table: Any, rows: Sequence[Row]) -> list[JudgementFile]:
    """The rows as two segments, so that the order of import counts."""
    files = []
    for part in (0, 1):
        half = list(rows[: len(rows) // 2] if part == 0 else rows[len(rows) // 2 :])
        if half:
            path = directory / f"{name}-{part}.parquet"
            pq.write_table(arrow_rows(table, half), path)
            files.append(JudgementFile(f"{name}-{part}", path))
    return files


def in_sql(
    engine: duckdb.DuckDBPyConnection,
    directory: Path,
    declared: Sequence[VerdictRule],
    scores: Sequence[Row],
    outcomes: Sequence[Row],
) -> dict[str, tuple[Any, ...]]:
    judgements = Judgements(
        outcomes=stored(directory, "outcomes", OUTCOMES, outcomes),
        scores=stored(directory, "scores", SCORES, scores),
    )
    verdict_rules = VerdictRules.of({"w": Workload(id="w", verdict=tuple(declared))}, NOW)
    JudgedUnits(engine, judgements, verdict_rules, [], NO_RULES).resolve()
    rows = engine.execute(
        "SELECT o.unit_id, accepted, 31 - (verdict_order >> 122), sampled, "
        "(verdict_order >> 70) & 4503599627370495, "
        "s.evaluated_by, s.suite_version FROM outcomes_latest AS o INNER JOIN (SELECT DISTINCT evaluated_by, "
        "suite_version, hash(evaluated_by, suite_version) AS series_hash FROM outcome_targets) AS s "
        "ON o.series_hash = s.series_hash WHERE accepted IS NOT NULL"
    ).fetchall()
    return {row[0]: (row[1], int(row[2]), row[3], int(row[4]), row[5], row[6]) for row in rows}


def in_python(
    declared: Sequence[VerdictRule], scores: Sequence[Row], outcomes: Sequence[Row]
) -> dict[str, tuple[Any, ...]]:
    by_unit: dict[str, list[Score]] = defaultdict(list)
    for place, row in enumerate(scores):
        by_unit[row["unit_id"]].append(
            Score(
                source=row["judgement"] or "score",
                name=row["name"],
                value=row["value"],
                decided_at=row["decided_at"],
                place=place,
                sampled=row["sampled"],
                evaluated_by=row["evaluated_by"],
                suite_version=row["suite_version"],
            )
        )
    found = {}
    for unit in UNITS:
        verdict = deciding_verdict(latest_outcome(unit, outcomes), meanings(declared), by_unit[unit], now=NOW)
        if verdict is not None:
            decided_us = round(verdict.decided_at.timestamp() * 1e6) if verdict.decided_at else 0
            found[unit] = (
                verdict.accepted,
                verdict.rank,
                verdict.sampled,
                decided_us,
                verdict.evaluated_by,
                verdict.suite_version,
            )
    return found


def latest_outcome(unit: str, outcomes: Sequence[Row]) -> Verdict | None:
    saying = [
        (row["decided_at"] or datetime(1970, 1, 1, tzinfo=UTC), place, row)
        for place, row in enumerate(outcomes)
        if row["unit_id"] == unit and row["accepted"] is not None
    ]
    if not saying:
        return None
    row = max(saying, key=lambda one: one[:2])[2]
    return Verdict(
        accepted=row["accepted"],
        rank=0,
        sampled=row["sampled"] or "all",
        decided_at=row["decided_at"],
        evaluated_by=row["evaluated_by"],
        suite_version=row["suite_version"],
    )


@settings(max_examples=60)
@given(
    declared=st.lists(rules(), max_size=4),
    scores=st.lists(score_rows(), max_size=12),
    outcomes=st.lists(outcome_rows(), max_size=2),
)
def test_the_deciding_verdict_is_the_same_in_sql(
    engine: duckdb.DuckDBPyConnection,
    tmp_path_factory: pytest.TempPathFactory,
    declared: list[VerdictRule],
    scores: list[Row],
    outcomes: list[Row],
) -> None:
    directory = tmp_path_factory.mktemp("rows")
    assert in_sql(engine, directory, declared, scores, outcomes) == in_python(declared, scores, outcomes)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("kind", ["score", "test"])
def test_every_spelling_of_a_value_means_the_same_in_sql(
    engine: duckdb.DuckDBPyConnection, tmp_path: Path, value: str, kind: Literal["score", "test"]
) -> None:
    """Each test by itself on each value: every rule reads a name of its own, one score each."""
    declared = [
        VerdictRule.model_validate({"from": kind, "name": f"n{at}", key: test})
        for at, (key, test) in enumerate((key, test) for key in ("accept", "reject") for test in TESTS)
    ]
    blank = dict.fromkeys(SCORES.stored_names)
    scores = [
        blank
        | {"unit_id": f"{at}", "workload": "w", "route": "r", "judgement": kind, "name": f"n{at}", "value": value}
        for at in range(len(declared))
    ]
    found = in_sql(engine, tmp_path, declared, scores, [])
    expected = {f"{at}": meaning.verdict(value) for at, meaning in enumerate(meanings(declared))}
    assert {unit: found[unit][0] for unit in found} == {
        u: said for u, said in expected.items() if said is not None
    }
    assert {one[2] for one in found.values()} <= {default_sampling(kind)}
    assert {unit: one[1] for unit, one in found.items()} == {unit: int(unit) + 1 for unit in found}

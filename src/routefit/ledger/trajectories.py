"""The trajectories of a workload: its units' calls by what they are for, and who waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from routefit.ledger.engine import statement
from routefit.ledger.view import LedgerView
from routefit.units import day_start_at


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSums:
    """Sums over all calls of one kind: role, operation, and who waits (`facing`, None where no call says it).

    `following_calls` come after another one of their kind in the same unit, `overlapping_calls` of them before
    that one has ended.
    """

    role: str
    operation: str
    facing: str | None
    calls: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cache_known_calls: int
    calls_without_usage: int
    following_calls: int
    overlapping_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectories:
    """The kinds of calls in the order in which they come in a unit, summed over so many units."""

    units: int
    steps: tuple[StepSums, ...]


def trajectories(ledger: LedgerView, start: date, end: date, *, workload: str, route: str) -> Trajectories:
    """The production calls that started in [start, end)."""
    engine = ledger.view_spent_calls(start, end)
    if engine is None:
        return Trajectories(units=0, steps=())
    given = [workload, route, day_start_at(start).replace(tzinfo=None)]
    units = engine.execute(
        "SELECT count(DISTINCT unit_id) FROM calls_with_roles "
        "WHERE workload = ? AND route = ? AND is_shadow = 0 AND role <> 'grader' AND started_at >= ?",
        given,
    ).fetchall()
    rows = engine.execute(statement("trajectory_steps"), given).fetchall()
    return Trajectories(
        units=int(units[0][0]),
        steps=tuple(
            StepSums(
                role=role,
                operation=operation,
                facing=facing or None,
                calls=int(calls),
                input_tokens=int(inputs),
                output_tokens=int(outputs),
                cached_tokens=int(cached),
                cache_known_calls=int(known),
                calls_without_usage=int(without),
                following_calls=int(following),
                overlapping_calls=int(overlapping),
            )
            for (
                role,
                operation,
                facing,
                calls,
                inputs,
                outputs,
                cached,
                known,
                without,
                following,
                overlapping,
                _,
            ) in rows
        ),
    )

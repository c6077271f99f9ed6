"""What changed a cost, from files on disk: windows, sums of calls, causes, what is unknown."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from routefit.answers.diff import DiffAnswer, WorkloadDiff, diff
from routefit.answers.lcpr import lcpr
from routefit.answers.workspace import Workspace
from routefit.errors import BadInputError, CannotTellError, UnknownNameError
from routefit.lcpr.change import ChangePart
from routefit.lcpr.change_factors import Cause
from routefit.lcpr.change_inputs import CallKind, sum_of_calls
from routefit.lcpr.totals import total_of
from routefit.ledger.change_sums import change_sums
from small_project import FIRST_AT, NOW, WORKLOAD, call, load, outcome, write_project

WEEK = timedelta(days=7)
UNITS = range(70)

Rows = list[dict[str, Any]]


def at(week: int, unit: int) -> str:
    """Ten units a day, seven days a week."""
    return (FIRST_AT + week * WEEK + timedelta(days=unit // 10, minutes=unit)).isoformat()


def weeks(directory: Path, *, accepted: tuple[int, int] = (63, 63), **columns: tuple[Any, Any]) -> Path:
    """A project with 70 units on dear in each of two weeks; each column has one value per week."""
    rows: Rows = []
    verdicts: Rows = []
    for week in (0, 1):
        own = {name: values[week] for name, values in columns.items()}
        for unit in UNITS:
            name = f"w{week}-{unit}"
            rows.append(call("dear", name, started_at=at(week, unit), **own))
            verdicts.append(outcome("dear", name, unit < accepted[week]))
    load(directory, "calls", rows)
    load(directory, "outcomes", verdicts)
    return directory


def asked(directory: Path, **arguments: Any) -> DiffAnswer:
    with Workspace(directory, as_of=NOW) as workspace:
        return diff(workspace, **arguments)


def of_work(directory: Path, **arguments: Any) -> WorkloadDiff:
    (found,) = asked(directory, **arguments).workloads
    return found


def moved(found: WorkloadDiff) -> dict[Cause, float]:
    """The parts that are not 0 beside rounding."""
    return {part.cause: part.usd for part in found.causes if part.usd is not None and abs(part.usd) > 1e-12}


def part(found: WorkloadDiff, cause: Cause) -> ChangePart:
    return next(one for one in found.causes if one.cause is cause)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return write_project(tmp_path / "p")


def test_the_change_is_that_of_two_questions_for_the_cost(directory: Path) -> None:
    weeks(directory, accepted=(63, 56), input_tokens=(1000, 1500))
    with Workspace(directory, as_of=NOW) as workspace:
        earlier = lcpr(workspace, start=date(2026, 6, 1), end=date(2026, 6, 8)).cells[0]
        later = lcpr(workspace, start=date(2026, 6, 8), end=date(2026, 6, 15)).cells[0]
    found = of_work(directory)
    assert found.was_usd == pytest.approx(earlier.lcpr_usd_per_accepted_unit)
    assert found.is_usd == pytest.approx(later.lcpr_usd_per_accepted_unit)
    assert found.change_usd == pytest.approx(sum(moved(found).values()), rel=1e-9)
    assert set(moved(found)) == {Cause.TOKEN_MIX, Cause.ACCEPTANCE}
    assert found.window_usd == pytest.approx((found.change_usd or 0) * 56)


@pytest.mark.parametrize(
    ("columns", "cause", "was", "now"),
    [
        pytest.param({"input_tokens": (1000, 1400)}, Cause.TOKEN_MIX, 1100, 1500, id="longer inputs"),
        pytest.param({"output_tokens": (100, 200)}, Cause.TOKEN_MIX, 1100, 1200, id="longer outputs"),
        pytest.param({"model": ("big", "small")}, Cause.MODEL_MIX, 0, 1, id="another model on the same route"),
    ],
)
def test_one_thing_that_moves_is_the_only_cause(
    tmp_path: Path, columns: dict[str, tuple[Any, Any]], cause: Cause, was: float, now: float
) -> None:
    directory = write_project(tmp_path / "p")
    found = of_work(weeks(directory, **columns))
    assert set(moved(found)) == {cause}
    assert part(found, cause).was == pytest.approx(was)
    assert part(found, cause).now == pytest.approx(now)


def test_a_reported_cost_that_no_price_splits_is_a_price(directory: Path) -> None:
    """Twice as much for the same tokens; whatever the cache did to it cannot be told, and that is said."""
    found = of_work(weeks(directory, model=("hidden", "hidden"), cost_usd=(0.01, 0.02)))
    assert moved(found) == {Cause.PRICE: pytest.approx(0.01 * 70 / 63)}
    assert found.reasons == (
        "140 of 140 calls report a cost that no known price splits: what the cache did to them counts as price",
    )


def test_failures_that_are_not_billed_and_tried_again_change_nothing_but_the_calls(directory: Path) -> None:
    """A failed call costs nothing, the second one what the first would have: the parts of retries cancel."""
    dear = directory / "routes" / "dear.yaml"
    dear.write_text(dear.read_text() + "billed_on: {error: none, timeout: none, cancelled: none}\n")
    weeks(directory, status=("ok", "error"))
    again = [
        call("dear", f"w1-{unit}", call_id=f"r-{unit}", role="retry", e2e_ms=9, started_at=at(1, unit))
        for unit in UNITS
    ]
    load(directory, "calls", again, name="again")
    found = of_work(directory)
    retries = part(found, Cause.RETRIES)
    assert moved(found) == {}
    assert (retries.was, retries.now) == (1, 2)
    assert [(figure.name, figure.was, figure.now) for figure in retries.also] == [("failed", 0, 1)]


def test_a_price_that_rises_is_the_only_cause(directory: Path) -> None:
    dear = directory / "routes" / "dear.yaml"
    dear.write_text(
        dear.read_text().replace(
            "valid_from: 2026-01-01, input", "valid_from: 2026-01-01, valid_to: 2026-06-08, input"
        )
        + "  - {valid_from: 2026-06-08, input_usd_per_mtok: 20.00, output_usd_per_mtok: 4.00}\n"
    )
    found = of_work(weeks(directory))
    assert moved(found) == {Cause.PRICE: pytest.approx(found.was_usd)}, "all prices doubled"
    price = part(found, Cause.PRICE)
    assert price.unit == "usd_per_mtok"
    assert price.was == pytest.approx(10_200 / 1100)
    assert price.now == pytest.approx(2 * 10_200 / 1100)


def test_a_cache_that_is_hit_less_is_the_only_cause(directory: Path) -> None:
    dear = directory / "routes" / "dear.yaml"
    dear.write_text(dear.read_text().replace("output_usd", "cache_read_usd_per_mtok: 1.00, output_usd"))
    found = of_work(weeks(directory, cached_input_tokens=(460, 310)))
    assert moved(found) == {Cause.CACHE: pytest.approx(150 * 9e-6 * 70 / 63)}
    cache = part(found, Cause.CACHE)
    assert cache.was == pytest.approx(0.46)
    assert cache.now == pytest.approx(0.31)


def test_a_cache_that_starts_is_priced_by_the_list(directory: Path) -> None:
    """Nothing was read before, so the earlier price of cached tokens is that of the list."""
    dear = directory / "routes" / "dear.yaml"
    dear.write_text(dear.read_text().replace("output_usd", "cache_read_usd_per_mtok: 1.00, output_usd"))
    found = of_work(weeks(directory, cached_input_tokens=(0, 500)))
    assert moved(found) == {Cause.CACHE: pytest.approx(-500 * 9e-6 * 70 / 63)}


def test_retries_people_and_running_cost_have_parts_of_their_own(tmp_path: Path) -> None:
    workload = WORKLOAD.replace("ops: {usd_per_month: 0}", "ops: {usd_per_month: 300}")
    directory = write_project(tmp_path / "p", workloads={"work": workload})
    weeks(directory)
    again = [
        call("dear", f"w1-{unit}", call_id=f"r-{unit}", role="retry", started_at=at(1, unit)) for unit in range(7)
    ]
    load(directory, "calls", again, name="again")
    escalated = [outcome("dear", f"w1-{unit}", True, escalated=True) for unit in range(7)]
    load(directory, "outcomes", [row | {"decided_at": "2026-06-19T00:00:00Z"} for row in escalated], name="later")
    more = [call("dear", f"w1-{unit}", started_at=at(1, unit % 70)) for unit in range(100, 170)]
    load(directory, "calls", more, name="more")
    load(directory, "outcomes", [outcome("dear", f"w1-{unit}", True) for unit in range(100, 170)], name="more-out")
    found = of_work(directory)
    parts = moved(found)
    assert set(parts) == {Cause.RETRIES, Cause.PEOPLE, Cause.VOLUME}, "126 of 140 accepted are 63 of 70"
    assert parts[Cause.RETRIES] > 0
    assert parts[Cause.PEOPLE] > 0
    assert parts[Cause.VOLUME] < 0, "twice the units share the same running cost"
    people = part(found, Cause.PEOPLE)
    assert people.now == pytest.approx(7 * 0.5 / 140)
    assert [figure.name for figure in people.also] == ["escalated"]


def test_a_shift_between_routes_is_the_mix(directory: Path) -> None:
    rows: Rows = []
    verdicts: Rows = []
    for week, of_dear in ((0, 56), (1, 14)):
        for unit in UNITS:
            route = "dear" if unit < of_dear else "cheap"
            rows.append(call(route, f"w{week}-{unit}", started_at=at(week, unit)))
            verdicts.append(outcome(route, f"w{week}-{unit}", True))
    load(directory, "calls", rows)
    load(directory, "outcomes", verdicts)
    found = of_work(directory)
    assert moved(found) == {Cause.ROUTE_MIX: pytest.approx(0.6 * (1200e-6 - 10_200e-6))}
    mix = part(found, Cause.ROUTE_MIX)
    assert (mix.name, mix.was, mix.now) == ("cheap", 0.2, 0.8)
    assert [route.route for route in found.routes] == ["cheap", "dear"]
    assert [route.change_usd for route in found.routes] == pytest.approx([0, 0])
    assert all(route.is_noise for route in found.routes)


# --- noise and what is unknown ----------------------------------------------------------------------------


def test_a_small_change_among_scattered_costs_is_noise(directory: Path) -> None:
    rng = random.Random(7)
    rows = [
        call("dear", f"w{week}-{unit}", started_at=at(week, unit), input_tokens=rng.randrange(200, 9000))
        for week in (0, 1)
        for unit in UNITS
    ]
    load(directory, "calls", rows)
    load(directory, "outcomes", [outcome("dear", row["unit_id"], True) for row in rows])
    found = of_work(directory)
    assert found.change_usd != 0
    assert found.is_noise
    assert found.ratio_low is not None
    assert found.ratio_high is not None
    assert found.ratio_low < 1 < found.ratio_high


def test_a_clear_change_is_beyond_noise(directory: Path) -> None:
    found = of_work(weeks(directory, accepted=(70, 35)))
    assert found.is_noise is False
    assert found.ratio == pytest.approx(2)


def test_without_verdicts_in_one_window_both_costs_are_per_unit(directory: Path) -> None:
    rows = [call("dear", f"w{week}-{unit}", started_at=at(week, unit)) for week in (0, 1) for unit in UNITS]
    load(directory, "calls", rows)
    load(directory, "outcomes", [outcome("dear", f"w0-{unit}", True, escalated=False) for unit in UNITS])
    found = of_work(directory)
    assert found.basis == "unit"
    assert found.change_usd == pytest.approx(0, abs=1e-15)
    acceptance = part(found, Cause.ACCEPTANCE)
    assert acceptance.usd is None
    assert acceptance.reason == "per unit: no accepted unit is known in the later window"
    people = part(found, Cause.PEOPLE)
    assert people.usd is None
    assert people.reason == "not comparable: people left out of both, unknown in the later window"


def test_verdicts_that_are_still_missing_are_not_acceptance(directory: Path) -> None:
    weeks(directory, accepted=(70, 70))
    pending = [outcome("dear", f"w1-{u}", None, decided_at="2026-06-19T00:00:00Z") for u in range(100, 170)]
    rows = [call("dear", f"w1-{unit}", started_at=at(1, unit % 70)) for unit in range(100, 170)]
    load(directory, "calls", rows, name="pending")
    load(directory, "outcomes", pending, name="pending-out")
    found = of_work(directory)
    assert moved(found) == {Cause.VERDICTS: pytest.approx(found.was_usd)}, "half of the units are known"


def test_unpriced_calls_are_a_cause_and_no_price_cut(directory: Path) -> None:
    weeks(directory)
    rows = [call("dear", f"w1-{u}", started_at=at(1, u % 70), model="nobody-knows") for u in range(100, 170)]
    load(directory, "calls", rows, name="unpriced")
    load(directory, "outcomes", [outcome("dear", row["unit_id"], int(row["unit_id"][3:]) < 163) for row in rows])
    found = of_work(directory)
    parts = moved(found)
    assert Cause.PRICE not in parts
    assert parts.keys() <= {Cause.UNPRICED, Cause.MODEL_MIX}
    assert sum(parts.values()) == pytest.approx(-(found.was_usd or 0) / 2)


def test_a_window_without_any_price_has_no_change(directory: Path) -> None:
    found = of_work(weeks(directory, model=("big", "nobody-knows")))
    assert found.change_usd is None
    assert found.causes == ()
    assert found.reasons == ("not comparable: unpriced: no call of the later window has a known cost",)


def test_a_workload_of_one_window_only_says_so(directory: Path) -> None:
    weeks(directory)
    load(
        directory, "calls", [call("dear", f"n-{u}", workload="new", started_at=at(1, u)) for u in UNITS], name="n"
    )
    found = asked(directory).workloads[-1]
    assert found.workload == "new"
    assert found.change_usd is None
    assert found.reasons == ("not comparable: no units in the earlier window",)


# --- windows ----------------------------------------------------------------------------------------------


def spread(directory: Path, days: Iterable[int]) -> Path:
    """One unit a day."""
    rows = [call("dear", f"d-{d}", started_at=(FIRST_AT + timedelta(days=d)).isoformat()) for d in days]
    load(directory, "calls", rows)
    return directory


def edges(answer: DiffAnswer) -> tuple[str, ...]:
    """The days from which and up to which the earlier and the later window go."""
    return tuple(f"{each:%m-%d}" for each in _instants(answer))


def _instants(answer: DiffAnswer) -> Iterator[Any]:
    for window in (answer.against, answer.window):
        yield window.start
        yield window.end


@pytest.mark.parametrize(
    ("days", "expected", "note"),
    [
        pytest.param(range(-50, 10), ("04-16", "05-14", "05-14", "06-11"), None, id="two usual windows"),
        pytest.param(range(14), ("06-01", "06-08", "06-08", "06-15"), "1 week against", id="two whole weeks"),
        pytest.param(range(17), ("06-04", "06-11", "06-11", "06-18"), "1 week against", id="the last whole weeks"),
        pytest.param(range(5), ("06-02", "06-04", "06-04", "06-06"), "2 days against", id="less than two weeks"),
    ],
)
def test_default_windows(directory: Path, days: range, expected: tuple[str, ...], note: str | None) -> None:
    answer = asked(spread(directory, days))
    assert edges(answer) == expected
    assert [note is not None and note in each for each in answer.notes] == ([] if note is None else [True])


def test_named_windows_default_to_the_length_of_the_other(directory: Path) -> None:
    spread(directory, range(18))
    later = {"start": date(2026, 6, 10), "end": date(2026, 6, 13)}
    assert edges(asked(directory, **later)) == ("06-07", "06-10", "06-10", "06-13")
    assert edges(asked(directory, **later, against_start=date(2026, 6, 2)))[:2] == ("06-02", "06-05")
    assert edges(asked(directory, **later, against_end=date(2026, 6, 9)))[:2] == ("06-06", "06-09")


def test_equal_windows_have_no_change(directory: Path) -> None:
    weeks(directory)
    days = {"start": date(2026, 6, 1), "end": date(2026, 6, 8)}
    answer = asked(directory, **days, against_start=date(2026, 6, 1), against_end=date(2026, 6, 8))
    assert answer.workloads[0].change_usd == 0
    assert answer.workloads[0].is_noise


def test_windows_without_data_and_wrong_names_say_what_to_do(directory: Path) -> None:
    spread(directory, [0])
    with pytest.raises(CannotTellError, match="one day of data"):
        asked(directory)
    with pytest.raises(CannotTellError, match="no data in the earlier window"):
        asked(directory, start=date(2026, 6, 1))
    with pytest.raises(BadInputError, match="--against-from 2026-05-20 is not before --against-to 2026-05-20"):
        asked(directory, against_start=date(2026, 5, 20), against_end=date(2026, 5, 20))
    with pytest.raises(UnknownNameError, match="'work'"):
        asked(directory, workload="wrok")


# --- the sums of calls are those of the cells --------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_sums_of_calls_are_those_of_the_cells(directory: Path, seed: int) -> None:
    """Units that cross the edges of a window, roles that nobody gave, reports, failures, other models."""
    rng = random.Random(seed)
    load(directory, "calls", list(tangled_calls(rng)))
    with Workspace(directory, as_of=NOW) as workspace:
        for first, last in ((2, 5), (4, 5), (1, 9)):
            start, end = date(2026, 6, first), date(2026, 6, last)
            cells = {key: total_of(groups.values()) for key, groups in workspace.ledger.totals(start, end).items()}
            sums = change_sums(workspace.ledger, start, end)
            assert set(sums) == {key for key, totals in cells.items() if totals.production_calls}
            for key, by_series in sums.items():
                whole, totals = sum_of_calls(by_series.values()), cells[key]
                planned = sum(each.calls for served, each in by_series.items() if served.kind != CallKind.AGAIN)
                assert whole.cost_pico_usd == totals.inference_pico_usd
                assert whole.calls == totals.production_calls
                assert whole.unpriced_calls == totals.unpriced_calls
                assert planned == totals.planned_calls
                assert all(each.cached_tokens or not each.cached_pico_usd for each in by_series.values())


def tangled_calls(rng: random.Random) -> Iterator[dict[str, Any]]:
    for unit in range(120):
        first = rng.uniform(0, 8 * 24 * 60)
        for number in range(rng.choice([1, 1, 2, 4])):
            tokens = rng.choice([None, 0, 17, 1003])
            yield call(
                rng.choice(["dear", "cheap"]),
                f"t-{unit}",
                call_id=f"c-{unit}-{number}",
                started_at=(FIRST_AT + timedelta(minutes=first + number * rng.choice([1, 700]))).isoformat(),
                role=rng.choice([None, None, "step", "retry", "repair", "grader"]),
                status=rng.choice(["ok", "ok", "error", "timeout"]),
                model=rng.choice(["big", "small", "unheard-of"]),
                input_tokens=tokens,
                cached_input_tokens=None if tokens is None else rng.randint(0, tokens // 2),
                cache_write_tokens=None if tokens is None else rng.randint(0, tokens // 2),
                output_tokens=rng.choice([None, 0, 13, 211]),
                cost_usd=rng.choice([None, None, 0, 0.0031]),
            )

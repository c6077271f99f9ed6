"""A month of a company's LiteLLM proxy: its spend log, and what lies beside it, with the truth about both.

`python -m routefit.simulate.spend_log DIR --rows N` writes it; `--payload` adds prompts and answers of so many
characters to every row, which is how a file of several GB comes about. Calls are drawn in the order of time and
written as they come, so memory does not grow with the number of rows.
"""

from __future__ import annotations

import argparse
import heapq
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

import msgspec

from routefit.simulate.fleet import HOUR_WEIGHTS, WEEKDAY_WEIGHTS
from routefit.simulate.spend_files import LogFormat, RotatedLog
from routefit.simulate.spend_statements import DAY_HOURS, draw_scores, write_capacity, write_invoices
from routefit.simulate.spend_truth import SpendLogTruth, WorkloadTruth
from routefit.simulate.team import Work
from routefit.simulate.team_traffic import Call, UnitDrawer
from routefit.simulate.twelve_teams import ASSISTANT, WORKS
from routefit.units import day_start_at

END_ON = date(2026, 5, 29)
LAST_HOURS = 3
"""No unit starts in the last hours of the window, so that its calls stay within it."""

_HOUR_MS = 3_600_000


def write_fleet(
    directory: Path,
    *,
    seed: int = 7,
    days: int = 28,
    end_on: date = END_ON,
    rows: int = 100_000,
    files: int = 4,
    payload_characters: int = 0,
    formats: Sequence[LogFormat] = ("jsonl",),
) -> SpendLogTruth:
    """Write about `rows` rows of the twelve teams for the `days` full UTC days before `end_on`.

    `directory` is created and gets traces/litellm-*.jsonl (or .csv: `formats` take turns over the `files`),
    scores.jsonl, invoices.csv, capacity.csv and truth.json. The same arguments give the same bytes.
    """
    start_on = end_on - timedelta(days=days)
    start_ms = round(day_start_at(start_on).timestamp() * 1000)
    cuts_ms = [start_ms + days * 24 * _HOUR_MS * number // files for number in range(1, files)]
    directory.mkdir(parents=True, exist_ok=True)
    truth = {work.name: WorkloadTruth(is_grouped=work.grouped_by != "nothing") for work in WORKS}
    by_provider: defaultdict[str, int] = defaultdict(int)
    rng, scores = Random(seed), 0
    encode = msgspec.json.Encoder().encode
    with ExitStack() as stack:
        log = stack.enter_context(
            RotatedLog(
                directory / "traces", formats=formats, cuts_ms=cuts_ms, payload_characters=payload_characters
            )
        )
        scores_file = stack.enter_context((directory / "scores.jsonl").open("wb"))
        open_calls: list[tuple[int, int, Call]] = []
        sequence = 0
        for work, calls in _units(rng, rows, start_ms, days):
            while open_calls and open_calls[0][0] < calls[0].start_ms:
                log.write(heapq.heappop(open_calls)[2])
            for call in calls:
                heapq.heappush(open_calls, (call.start_ms, sequence, call))
                sequence += 1
                by_provider[call.model.provider] += call.pico_usd or 0
            told, is_accepted = draw_scores(rng, work, calls)
            for row in told:
                scores_file.write(encode(row) + b"\n")
            scores += len(told)
            of_workload = truth[work.name]
            of_workload.add(calls)
            of_workload.accepted_units += is_accepted is True
            of_workload.rejected_units += is_accepted is False
        while open_calls:
            log.write(heapq.heappop(open_calls)[2])
    result = SpendLogTruth(
        seed=seed,
        start_on=start_on,
        end_on=end_on,
        rows=log.rows,
        duplicate_rows=log.duplicate_rows,
        scores=scores,
        files=tuple(log.files),
        workloads=truth,
        provider_pico_usd=dict(by_provider),
        invoices=write_invoices(directory / "invoices.csv", by_provider, start_on, end_on),
        capacity=write_capacity(directory / "capacity.csv", ASSISTANT.name, start_on, end_on),
    )
    result.write(directory / "truth.json")
    return result


def _units(rng: Random, rows: int, start_ms: int, days: int) -> Iterator[tuple[Work, list[Call]]]:
    """Units with their calls, in the order of their start."""
    units = max(1, round(rows / sum(work.units_rate * work.mean_calls for work in WORKS)))
    drawer = UnitDrawer(rng)
    edges = list(accumulate(work.units_rate for work in WORKS))
    awake = [work for work in WORKS if not work.is_by_day_only]
    awake_edges = list(accumulate(work.units_rate for work in awake))
    for at_ms in _arrivals_ms(rng, units, start_ms, days):
        is_day = DAY_HOURS[0] <= at_ms // _HOUR_MS % 24 < DAY_HOURS[1] - 1
        works, sums = (WORKS, edges) if is_day else (awake, awake_edges)
        work = works[min(bisect(sums, rng.random() * sums[-1]), len(works) - 1)]
        yield work, list(drawer.calls(work, at_ms))


def _arrivals_ms(rng: Random, units: int, start_ms: int, days: int) -> Iterator[int]:
    """Instants that follow hours and weekdays, in order: each is the next order statistic of a uniform sample."""
    first_on = date(1970, 1, 1) + timedelta(milliseconds=start_ms)
    weights = [
        weight * WEEKDAY_WEIGHTS[(first_on + timedelta(days=day)).weekday()]
        for day in range(days)
        for weight in HOUR_WEIGHTS
    ][: days * 24 - LAST_HOURS]
    sums = [0.0, *accumulate(weights)]
    left, hour = 1.0, 0
    for number in range(units):
        left *= rng.random() ** (1 / (units - number))
        reached = (1 - left) * sums[-1]
        while hour + 1 < len(weights) and sums[hour + 1] <= reached:
            hour += 1
        share = min((reached - sums[hour]) / weights[hour], 0.999_999)
        yield start_ms + int((hour + share) * _HOUR_MS)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command for developers."""
    parser = argparse.ArgumentParser(description="Write a made-up month of a LiteLLM proxy.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--files", type=int, default=4)
    parser.add_argument("--payload", type=int, default=0, help="characters of prompt in every row")
    parser.add_argument("--format", choices=("jsonl", "csv"), default="jsonl")
    given = parser.parse_args(arguments)
    truth = write_fleet(
        given.directory,
        seed=given.seed,
        days=given.days,
        rows=given.rows,
        files=given.files,
        payload_characters=given.payload,
        formats=(given.format,),
    )
    print(f"{truth.rows:,} rows and {truth.duplicate_rows:,} repeated ones in {len(truth.files)} files")


if __name__ == "__main__":
    main()

"""What is measured; each case returns its rows of the table."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.fleet import ROUTES, Fleet, write_calls, write_dirty_calls, write_outcomes
from bench.formula import CALL_COLUMNS_READ, UNITS_FILES, prepare
from bench.measure import (
    NotMeasuredError,
    Usage,
    least_usage,
    python_child,
    routefit_command,
    usage_of,
)
from bench.otlp import write_traces
from bench.report import Row
from bench.spend_logs import write_spend_logs

HELP_BUDGET_S = 0.3
RAW_BUDGET_RATIO = 4.0
CELLS_BUDGET_RATIO = 1.25
IMPORT_BUDGET_RATIO = 2.0
OTHER_FORMAT_BUDGET_RATIO = 3.0
DIRTY_BUDGET_MB_PER_S = 40.0
QUESTION_BUDGET_S = 0.5
DRAWS_BUDGET_S = 1.0
UNITS_BUDGET_S_PER_MILLION = 1.0
"""One new day of 3 million calls into units and cells in 3 s."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """The settings of one run: how much data, how many repeats, and where the files lie."""

    fleet: Fleet
    repeats: int
    folder: Path

    @property
    def project(self) -> Path:
        """The project whose ledger holds the fleet."""
        return self.folder / f"project-{self.fleet.name}"


def make_project(folder: Path) -> None:
    """An empty project with the fleet's two routes and their prices."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "routes").mkdir(parents=True)
    (folder / "routefit.yaml").write_text("name: bench\n")
    for name, (provider, model, mode, input_usd, output_usd) in ROUTES.items():
        (folder / "routes" / f"{name}.yaml").write_text(
            f"id: {name}\nprovider: {provider}\nmodel: {model}\nmode: {mode}\nprices:\n"
            f"  - {{valid_from: 2026-01-01, input_usd_per_mtok: {input_usd}, output_usd_per_mtok: {output_usd}}}\n"
        )


def import_command(kind: str, file: Path, project: Path) -> list[str]:
    """The import of one file into a project's ledger."""
    return python_child("bench.ingest", project, kind, file)


def help_text(bench: Bench) -> list[Row]:
    """`routefit --help` against its budget and against the interpreter alone."""
    bare = least_usage([sys.executable, "-c", "pass"], repeats=bench.repeats + 2)
    shown = least_usage(routefit_command("--help"), repeats=bench.repeats + 2)
    detail = f"{shown.cpu_s / bare.cpu_s:.1f} times the bare interpreter ({bare.cpu_s:.3f} s)"
    return [Row(what="routefit --help", unit="s", budget=HELP_BUDGET_S, measured=shown.cpu_s, detail=detail)]


def raw_cells(bench: Bench) -> list[Row]:
    """All totals of all cells from raw calls, against the engine scanning the columns that the rules read."""
    folder = prepared(bench)
    scanned = scan(bench, folder / "calls.parquet", *CALL_COLUMNS_READ)
    return [ratio_row("LCPR over raw calls", RAW_BUDGET_RATIO, formula(bench, "raw"), scanned)]


def unit_cells(bench: Bench) -> list[Row]:
    """The same from units, against the engine scanning them; and what building the units takes."""
    folder = prepared(bench)
    built = formula(bench, "units")
    return [
        ratio_row(
            "cells from units", CELLS_BUDGET_RATIO, formula(bench, "cells"), scan(bench, folder / UNITS_FILES)
        ),
        Row(
            what="units from calls",
            unit="s/million",
            budget=UNITS_BUDGET_S_PER_MILLION,
            measured=built.cpu_s * 1e6 / bench.fleet.calls,
            detail=f"{built.cpu_s:.2f} s, peak {built.peak_mb:.0f} MB",
        ),
    ]


def scan(bench: Bench, file: Path, *columns: str) -> Usage:
    """What the engine alone uses to touch these columns, its start left out."""
    started = least_usage(python_child("bench.engine", "start"), repeats=bench.repeats)
    return least_usage(python_child("bench.engine", "scan", file, *columns), repeats=bench.repeats).beyond(started)


def formula(bench: Bench, step: str) -> Usage:
    """What one step of the SQL uses, its start left out: at the sizes that the budgets are for it vanishes."""
    folder = prepared(bench)
    started = least_usage(python_child("bench.formula", "start", folder), repeats=bench.repeats)
    return least_usage(python_child("bench.formula", step, folder), repeats=bench.repeats).beyond(started)


def ratio_row(what: str, budget: float, computed: Usage, scanned: Usage) -> Row:
    """How many times the scan a computation costs, both without their start."""
    return Row(
        what=what,
        unit="x scan",
        budget=budget,
        measured=computed.cpu_s / scanned.cpu_s,
        detail=f"{computed.cpu_s:.2f} s against {scanned.cpu_s:.2f} s, peak {computed.peak_mb:.0f} MB",
    )


def prepared(bench: Bench) -> Path:
    """The folder with the fleet in the ledger's own columns; made once for each fleet."""
    folder = bench.folder / f"ledger-{bench.fleet.name}"
    if not (folder / "state.json").exists():
        prepare(bench.fleet, folder)
    return folder


def clean_import(bench: Bench) -> list[Row]:
    """Import of clean canonical JSONL against the engine's typed reader writing Parquet."""
    calls = write_calls(bench.fleet, bench.folder)
    target = bench.folder / "engine.parquet"
    engine = least_usage(python_child("bench.engine", "read", calls, target), repeats=bench.repeats)
    target.unlink(missing_ok=True)
    imported = imports_of(calls, bench)
    return [
        Row(
            what="import, clean JSONL",
            unit="x engine",
            budget=IMPORT_BUDGET_RATIO,
            measured=imported.cpu_s / engine.cpu_s,
            detail=f"{imported.cpu_s:.2f} s against {engine.cpu_s:.2f} s, "
            f"{megabytes(calls) / imported.cpu_s:.0f} MB/s, peak {imported.peak_mb:.0f} MB",
        )
    ]


def dirty_import(bench: Bench) -> list[Row]:
    """Import of the same file with one bad line in a thousand."""
    calls = write_dirty_calls(bench.fleet, bench.folder)
    imported = imports_of(calls, bench)
    return [
        Row(
            what="import, dirty JSONL",
            unit="MB/s",
            budget=DIRTY_BUDGET_MB_PER_S,
            is_floor=True,
            measured=megabytes(calls) / imported.cpu_s,
            detail=f"{megabytes(calls):.0f} MB in {imported.cpu_s:.2f} s, peak {imported.peak_mb:.0f} MB",
        )
    ]


def litellm_import(bench: Bench) -> list[Row]:
    """Import of LiteLLM's spend logs against the engine's typed reader writing the same columns."""
    records = write_spend_logs(bench.fleet, bench.folder)
    return [import_row("import, LiteLLM", "bench.spend_logs", records, bench, kind="litellm")]


def otel_import(bench: Bench) -> list[Row]:
    """Import of OTLP JSON against the engine reading the nested types, unnesting and writing the same columns."""
    traces = write_traces(bench.fleet, bench.folder)
    return [import_row("import, OTLP", "bench.otlp", traces, bench, kind="otel")]


def import_row(what: str, reader: str, file: Path, bench: Bench, *, kind: str) -> Row:
    """The import of another tool's file against the engine alone (the child module `reader`) reading it."""
    target = bench.folder / "engine.parquet"
    engine = least_usage(python_child(reader, file, target), repeats=bench.repeats)
    target.unlink(missing_ok=True)
    imported = imports_of(file, bench, kind=kind)
    return Row(
        what=what,
        unit="x engine",
        budget=OTHER_FORMAT_BUDGET_RATIO,
        measured=imported.cpu_s / engine.cpu_s,
        detail=f"{imported.cpu_s:.2f} s against {engine.cpu_s:.2f} s, "
        f"{megabytes(file) / imported.cpu_s:.0f} MB/s, peak {imported.peak_mb:.0f} MB",
    )


def imports_of(calls: Path, bench: Bench, *, kind: str = "calls") -> Usage:
    """The least usage of importing one file into an empty project."""
    project = bench.folder / "project-import"
    used = least_usage(
        import_command(kind, calls, project), repeats=bench.repeats, prepare=lambda: make_project(project)
    )
    shutil.rmtree(project)
    return used


def question(bench: Bench) -> list[Row]:
    """`routefit lcpr` on a ledger whose daily cells exist, over all the fleet's days."""
    fill_project(bench)
    command = routefit_command("lcpr", "--project", bench.project, "--format", "json", *window(bench.fleet))
    usage_of(command)
    asked = least_usage(command, repeats=bench.repeats)
    return [
        Row(
            what=f"a question over {bench.fleet.days} days",
            unit="s",
            budget=QUESTION_BUDGET_S,
            measured=asked.cpu_s,
            detail=f"routefit lcpr --format json, peak {asked.peak_mb:.0f} MB",
        )
    ]


def decision(bench: Bench) -> list[Row]:
    """A decision with six uncertain inputs drawn a million times, against numpy alone drawing them."""
    started, drawn, decided = (
        least_usage(python_child("bench.decisions", step), repeats=bench.repeats)
        for step in ("start", "draw", "decide")
    )
    used, drawing = decided.beyond(started), drawn.beyond(started)
    return [
        Row(
            what="Monte Carlo, a million draws",
            unit="s",
            budget=DRAWS_BUDGET_S,
            measured=used.cpu_s,
            detail=f"{used.cpu_s / drawing.cpu_s:.1f} times drawing the six inputs with numpy alone, "
            f"peak {used.peak_mb:.0f} MB",
        )
    ]


def window(fleet: Fleet) -> list[str]:
    """The options that name all the fleet's days."""
    last = 1 + fleet.days
    return ["--from", "2026-05-01", "--to", f"2026-06-{last - 31:02d}" if last > 31 else f"2026-05-{last:02d}"]


def fill_project(bench: Bench) -> None:
    """A project that holds the fleet's calls and outcomes; made once for each fleet."""
    done = bench.project / ".filled"
    if done.exists():
        return
    make_project(bench.project)
    usage_of(import_command("calls", write_calls(bench.fleet, bench.folder), bench.project))
    usage_of(import_command("outcomes", write_outcomes(bench.fleet, bench.folder), bench.project))
    done.touch()


def megabytes(path: Path) -> float:
    """The size of a file in millions of bytes."""
    return path.stat().st_size / 1e6


CASES: dict[str, Callable[[Bench], list[Row]]] = {
    "help": help_text,
    "raw": raw_cells,
    "cells": unit_cells,
    "import": clean_import,
    "dirty": dirty_import,
    "litellm": litellm_import,
    "otel": otel_import,
    "question": question,
    "decision": decision,
}
"""The cases by the name that `--only` takes."""


def rows_of(name: str, bench: Bench) -> list[Row]:
    """The rows of one case; a row with the reason where it could not be measured."""
    try:
        return CASES[name](bench)
    except NotMeasuredError as error:
        return [Row(what=name, unit="", budget=None, reason=str(error))]

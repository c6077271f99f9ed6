"""What `discover` found and wrote, and the costs by workload that it gives, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table

from routefit.answers.add_route import AddedRoute
from routefit.answers.discover import DiscoverAnswer, ProposedGroup
from routefit.answers.workload_costs import WorkloadCost
from routefit.funnel.words import listed, plural
from routefit.ledger.view import UNATTRIBUTED
from routefit.project.yaml_text import flow
from routefit.report.basis import basis_lines
from routefit.report.drawing import FirstThatFits, heading, indented, paragraph, stacked, table
from routefit.report.money import UNKNOWN, count, money, share


def discover_text(answer: DiscoverAnswer) -> RenderableType:
    """Groups, files, what to fill in, then the cost table."""
    return stacked(_parts(answer))


def proposed_text(answer: DiscoverAnswer) -> str:
    """The files of a dry run as they are, whatever the width: to be read, or piped."""
    if not answer.proposed:
        return ""
    files = "".join(f"\n# --- {one.file}\n{one.text}" for one in answer.proposed)
    return f"\nWould be written; nothing was:\n{files}"


def added_route_text(answer: AddedRoute) -> RenderableType:
    """What was written, what the catalog says, and what it does not."""
    return stacked(_added(answer))


def _added(answer: AddedRoute) -> Iterator[RenderableType]:
    yield heading(f"Wrote {answer.file}")
    yield indented(f"from {answer.source}, where it is {answer.listed_as}")
    yield indented(f"known, PUBLIC: {listed(answer.known)}")
    yield indented(f"UNKNOWN until you say it: {listed(answer.unknown)}")


def _parts(answer: DiscoverAnswer) -> Iterator[RenderableType]:
    yield from basis_lines(answer.window, is_synthetic=False, sampled_unit_rate=answer.sampled_unit_rate)
    yield paragraph(
        f"{plural(answer.calls, 'call')} {_known(answer.usd)}; "
        f"{plural(answer.open_calls, 'call')} without a workload."
    )
    if answer.sampled_rate < 1:
        yield paragraph(
            f"Grouped on a sample, 1 in {round(1 / answer.sampled_rate):,}, of whole units; counts are scaled up."
        )
    if answer.groups:
        yield from _groups(answer)
    else:
        yield paragraph(_nothing(answer))
    yield from _rest(answer)
    yield from _files(answer)
    if answer.left_unknown:
        yield paragraph("")
        yield heading("Left unknown, for you to fill in")
        yield from (indented(line, columns=4, hang="  -") for line in answer.left_unknown)
    yield from _costs(answer)


def _known(usd: float | None) -> str:
    return "without a known cost" if usd is None else f"with {money(usd)} of known cost"


def _nothing(answer: DiscoverAnswer) -> str:
    if not answer.open_calls:
        return "Nothing to propose: every call has a workload, or a rule that fits it."
    if answer.rest.nameless_calls == answer.open_calls:
        return (
            "Nothing to propose: no call says a team, key, service, trace, feature or prompt. "
            "Give calls a `workload`, or send one of these with them."
        )
    return "Nothing to propose: what is left is too small for a rule of its own."


def _groups(answer: DiscoverAnswer) -> Iterator[RenderableType]:
    shown = [group for group in answer.groups if group.is_shown]
    yield paragraph("")
    yield heading("What was found, dearest first")
    yield FirstThatFits([[_wide(shown)], [_narrow(shown)]])
    small = [group for group in answer.groups if not group.is_shown]
    if small:
        usd = sum(group.usd_per_month or 0.0 for group in small)
        calls = sum(group.calls for group in small)
        yield indented(
            f"and {plural(len(small), 'smaller group')} with {plural(calls, 'call')}, {money(usd)} a month: "
            f"{listed(sorted({_short_name(group) for group in small}))}"
        )


def _wide(groups: Sequence[ProposedGroup]) -> Table:
    drawing = table("workload", "when", "unit", "calls", "USD/month", "calls/unit", "models", right=(3, 4, 5))
    for group in groups:
        drawing.add_row(
            _name(group),
            _when(group),
            _unit(group),
            count(group.calls),
            _usd(group),
            _per_unit(group),
            _models(group),
        )
    return drawing


def _narrow(groups: Sequence[ProposedGroup]) -> Table:
    drawing = table("workload\nwhen", "calls\nUSD/month", "unit\ncalls/unit", "models", right=(1,))
    for group in groups:
        drawing.add_row(
            f"{_name(group)}\n{_when(group)}",
            f"{count(group.calls)}\n{_usd(group)}",
            f"{_unit(group)}\n{_per_unit(group)}",
            _models(group),
        )
    return drawing


def _short_name(group: ProposedGroup) -> str:
    if group.role is None:
        return group.workload or UNKNOWN
    return f"grading of {group.workload}" if group.workload else "a judge of nobody's units"


def _name(group: ProposedGroup) -> str:
    return f"{group.workload or UNKNOWN}{', grading' if group.role else ''}"


def _when(group: ProposedGroup) -> str:
    return ", ".join(
        f"{name}: {flow(values)}" if values is not None else f"no {name}" for name, values in group.when.items()
    )


def _unit(group: ProposedGroup) -> str:
    names = (group.unit,) if isinstance(group.unit, str) else group.unit
    return f"{', else '.join(names)}{', cut' if group.idle_minutes else ''}"


def _usd(group: ProposedGroup) -> str:
    return money(group.usd_per_month, is_lower_bound=group.unpriced_calls > 0)


def _per_unit(group: ProposedGroup) -> str:
    return UNKNOWN if group.calls_per_unit is None else f"{group.calls_per_unit:.2f}"


def _models(group: ProposedGroup) -> str:
    more = f" +{len(group.models) - 2}" if len(group.models) > 2 else ""
    return ", ".join(group.models[:2]) + more


def _rest(answer: DiscoverAnswer) -> Iterator[RenderableType]:
    rest = answer.rest
    parts = []
    if rest.nameless_calls and answer.groups:
        parts.append(f"{plural(rest.nameless_calls, 'call')} ({money(rest.nameless_usd)}) that nothing names")
    if rest.small_calls:
        parts.append(
            f"{plural(rest.small_calls, 'call')} ({money(rest.small_usd)}) of "
            f"{plural(rest.small_groups, 'group')} too small for a rule"
        )
    if rest.ruled_calls:
        parts.append(f"{plural(rest.ruled_calls, 'call')} that a rule fits which names no workload")
    if parts:
        yield paragraph(f"Without a workload still: {listed(parts)}.")


def _files(answer: DiscoverAnswer) -> Iterator[RenderableType]:
    if answer.written:
        yield paragraph("")
        workloads = [name for name in answer.written if name.startswith("workloads/")]
        routes = [name for name in answer.written if name.startswith("routes/")]
        others = [name for name in answer.written if name not in (*workloads, *routes)]
        added = [plural(answer.rules, "rule"), *(f"the model alias {one}" for one in answer.model_aliases)]
        parts = [f"{name}: {listed(added)}" for name in others]
        parts += ["workloads/: " + _stems(workloads)] if workloads else []
        parts += ["routes/: " + _stems(routes)] if routes else []
        yield heading("Wrote")
        yield from (indented(part) for part in parts)
    for name in answer.kept:
        yield indented(f"kept {name}, which says something else")


def _stems(files: Sequence[str]) -> str:
    return ", ".join(name.partition("/")[2].removesuffix(".yaml") for name in files)


def _costs(answer: DiscoverAnswer) -> Iterator[RenderableType]:
    if not answer.costs or answer.proposed:
        return
    yield paragraph("")
    yield heading("What it cost, by workload")
    yield cost_table(answer.costs)
    if any(row.unpriced_calls and row.usd is not None for row in answer.costs):
        yield indented("≥: some calls have no known cost, so it is at least this.")
    if any(row.usd is None for row in answer.costs):
        yield indented(f"{UNKNOWN}: no call has a known cost.")
    if answer.written:
        yield paragraph("Next: routefit lcpr, routefit matrix; then verdicts, with `routefit import scores FILE`.")


def cost_table(rows: Sequence[WorkloadCost]) -> Table:
    """Calls, units and USD of each workload."""
    drawing = table(
        "workload", "calls", "units", "USD/month", "USD/unit", "calls/unit", "one-call", right=range(1, 7)
    )
    for row in rows:
        is_low = row.unpriced_calls > 0
        drawing.add_row(
            row.workload if row.workload != UNATTRIBUTED else "(no workload)",
            count(row.calls),
            count(row.units),
            money(row.usd_per_month, is_lower_bound=is_low),
            money(row.usd_per_unit, is_lower_bound=is_low),
            UNKNOWN if row.calls_per_unit is None else f"{row.calls_per_unit:.2f}",
            share(row.one_call_share_rate),
        )
    return drawing

"""Propose attribution, workloads and routes for the calls that nothing attributes yet, and write them.

Nothing is asked and nothing that exists is changed: rules go behind the existing ones, files that exist are kept,
and a second run finds nothing left to propose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from routefit.answers.discover_groups import Group, groups_of
from routefit.answers.discover_routes import (
    Served,
    answering,
    model_aliases,
    route_proposals,
    served_calls,
    unpriced_models,
    visible_models,
)
from routefit.answers.discover_rules import (
    in_order,
    is_unknown_judge,
    names_of,
    owner_of,
    rules_of,
    shown_and_worthwhile,
)
from routefit.answers.discover_words import class_guess, fill_in_lines, found_words
from routefit.answers.workload_costs import WorkloadCost, known_usd, workload_costs
from routefit.answers.workspace import Workspace
from routefit.lcpr.cell import Frozen, Window
from routefit.ledger.building import DaysProgress
from routefit.ledger.grouping import OpenCalls, Profile, open_calls
from routefit.project.appending import Additions, additions_text
from routefit.project.proposals import RouteProposal, WorkloadProposal, WorkloadRule
from routefit.project.writing import add_to_config, config_file, config_with, has_same_text, write_new
from routefit.units import months_in


class ProposedGroup(Frozen):
    """Calls that one proposed rule attributes; amounts are of calls with a known cost.

    `share_rate` is the part of the window's known cost; `calls_per_unit` is None where nothing joins calls,
    and where several keys or `idle_minutes` decide.
    `is_shown` marks those that make 95% of the spend, `is_new` those whose workload no file declared.
    """

    workload: str | None
    when: dict[str, str | tuple[str, ...] | None]
    unit: str | tuple[str, ...]
    role: str | None
    calls: int
    unpriced_calls: int
    usd: float | None
    usd_per_month: float | None
    models: tuple[str, ...]
    calls_per_unit: float | None
    idle_minutes: int | None
    share_rate: float | None
    is_shown: bool
    is_new: bool


class Remainder(Frozen):
    """The calls that stay without a workload: groups too small for a rule, and calls that nothing names."""

    small_groups: int
    small_calls: int
    small_usd: float | None
    nameless_calls: int
    nameless_usd: float | None
    ruled_calls: int


class ProposedFile(Frozen):
    """A file that was or would be written."""

    file: str
    text: str


class DiscoverAnswer(Frozen):
    """What was found, written and kept, what is still to be filled in, and the costs that the rules give.

    `proposed` holds the files of a dry run, which writes nothing; `costs` then is what holds without them.
    """

    window: Window
    calls: int
    usd: float | None
    open_calls: int
    sampled_rate: float
    sampled_unit_rate: float
    is_dry_run: bool
    groups: tuple[ProposedGroup, ...]
    rest: Remainder
    written: tuple[str, ...]
    kept: tuple[str, ...]
    left_unknown: tuple[str, ...]
    proposed: tuple[ProposedFile, ...]
    rules: int
    model_aliases: dict[str, str]
    costs: tuple[WorkloadCost, ...]


@dataclass(frozen=True, slots=True)
class _Proposal:
    """Everything that one run would declare."""

    groups: Sequence[Group]
    shown: Sequence[Group]
    rules: Sequence[WorkloadRule]
    workloads: Sequence[WorkloadProposal]
    routes: Sequence[RouteProposal]
    additions: Additions
    left_unknown: Sequence[str]

    @property
    def files(self) -> list[WorkloadProposal | RouteProposal]:
        """The files of its own that each workload and route gets."""
        return [*self.workloads, *self.routes]


def discover(
    directory: Path,
    *,
    start: date | None = None,
    end: date | None = None,
    as_of: datetime | None = None,
    is_dry_run: bool = False,
    on_progress: DaysProgress | None = None,
) -> DiscoverAnswer:
    """Group the open calls of the window and declare what they are; CannotTellError when there are no calls."""
    with Workspace(directory, as_of=as_of, on_progress=on_progress) as workspace:
        window = workspace.window(start, end)
        found = open_calls(workspace.ledger, window.start.date(), window.end.date())
        groups, nameless = groups_of(found)
        proposal = _proposal(workspace, window, found, groups)
        if not proposal.additions.is_empty:
            config_with(directory, proposal.additions)  # refuses before anything is written
        costs = workload_costs(workspace, window)
        unit_rate = workspace.project.config.sampling.unit_rate
        declared = frozenset(workspace.project.workloads)
    written, kept = ([], []) if is_dry_run else _write(directory, proposal)
    if written:
        with Workspace(directory, as_of=as_of, on_progress=on_progress) as workspace:
            costs = workload_costs(workspace, window)
            unit_rate = workspace.project.config.sampling.unit_rate
    months = months_in(window.start, window.end) * unit_rate
    return DiscoverAnswer(
        window=window,
        calls=found.calls,
        usd=known_usd(found.pico_usd, found.unpriced_calls),
        open_calls=found.open_calls,
        sampled_rate=found.sampled_rate,
        sampled_unit_rate=unit_rate,
        is_dry_run=is_dry_run,
        groups=_proposed_groups(proposal, found, months, declared),
        rest=_remainder(groups, proposal.groups, nameless, found),
        written=tuple(written),
        kept=tuple(kept),
        left_unknown=tuple(proposal.left_unknown),
        proposed=_proposed_files(directory, proposal) if is_dry_run else (),
        rules=len(proposal.rules),
        model_aliases=dict(proposal.additions.model_aliases),
        costs=costs,
    )


def _proposal(workspace: Workspace, window: Window, found: OpenCalls, groups: Sequence[Group]) -> _Proposal:
    project, book = workspace.project, workspace.book
    shown, worth = shown_and_worthwhile(
        groups,
        pico_usd=found.pico_usd,
        calls=found.calls,
        attributed_pico_usd=found.pico_usd - sum(profile.pico_usd for profile in found.profiles),
    )
    names = names_of(worth, ())
    homes = {group.conditions[0] for group in worth if not group.is_grader}
    # A judge of nobody's units gets a rule only where its team's rule would take it for production.
    ruled = in_order(group for group in worth if not is_unknown_judge(group) or group.conditions[0] in homes)
    served = visible_models(ruled)
    routes, route_ids = route_proposals(book, served, project.routes, today=workspace.today)
    rules = rules_of(found, ruled, names)
    aliases = model_aliases(
        book, ruled, project.config.model_aliases, known={r.model for r in project.routes.values() if r.model}
    )
    is_sampled = found.head_sample_rate is not None and project.config.sampling.unit_rate == 1
    return _Proposal(
        groups=ruled,
        shown=[group for group in ruled if group in shown],
        rules=rules,
        workloads=_workloads(ruled, names, route_ids, window, _elsewhere(workspace)),
        routes=routes,
        additions=Additions(
            rules=rules,
            head=f"proposed by `routefit discover` from the calls of {found_words(window)}; the first that fits",
            model_aliases=aliases,
            head_sample_rate=found.head_sample_rate if is_sampled else None,
        ),
        left_unknown=fill_in_lines(worth, ruled, names, unpriced_models(book, served)),
    )


def _workloads(
    groups: Sequence[Group],
    names: Mapping[int, str],
    route_ids: Mapping[Served, str],
    window: Window,
    elsewhere: frozenset[str],
) -> list[WorkloadProposal]:
    proposals = []
    for group in groups:
        name = names.get(id(group))
        if name is None or group.judged is not None or name in elsewhere:
            continue
        served = served_calls(answering(group))
        most = max(served, key=lambda one: (served[one], one))
        proposals.append(
            WorkloadProposal(
                id=name,
                owner=owner_of(group),
                current_route=route_ids.get(most),
                found=f"{group.calls:,} calls of {found_words(window)}",
                class_guess=class_guess(group),
            )
        )
    return proposals


def _elsewhere(workspace: Workspace) -> frozenset[str]:
    """Workloads that a file of another name declares: a file of their own would be a second declaration."""
    folder = workspace.directory / "workloads"
    return frozenset(name for name in workspace.project.workloads if not (folder / f"{name}.yaml").exists())


def _write(directory: Path, proposal: _Proposal) -> tuple[list[str], list[str]]:
    """Files first, then the rules that point to them: an interrupted run can be repeated."""
    written, kept = [], []
    for one in proposal.files:
        if write_new(directory, one.file, one.text()):
            written.append(one.file)
        elif not has_same_text(directory, one.file, one.text()):
            kept.append(one.file)
    if not proposal.additions.is_empty:
        add_to_config(directory, proposal.additions)
        written.append(config_file(directory))
    return written, kept


def _proposed_files(directory: Path, proposal: _Proposal) -> tuple[ProposedFile, ...]:
    files = [
        ProposedFile(file=one.file, text=one.text())
        for one in proposal.files
        if not (directory / one.file).exists()
    ]
    if not proposal.additions.is_empty:
        files.append(ProposedFile(file=config_file(directory), text=additions_text(proposal.additions)))
    return tuple(files)


def _proposed_groups(
    proposal: _Proposal, found: OpenCalls, months: float, declared: frozenset[str]
) -> tuple[ProposedGroup, ...]:
    rows = []
    for group, rule in zip(proposal.groups, proposal.rules, strict=True):
        served = served_calls(group.profiles)
        usd = known_usd(group.pico_usd, group.unpriced_calls)
        rows.append(
            ProposedGroup(
                workload=rule.workload,
                when=dict(rule.when),
                unit=group.unit.declared or group.unit.name,
                role=rule.role,
                calls=group.calls,
                unpriced_calls=group.unpriced_calls,
                usd=usd,
                usd_per_month=None if usd is None else usd / months,
                models=tuple(model for _, model in sorted(served, key=lambda one: (-served[one], one)) if model),
                calls_per_unit=group.unit.calls_per_unit
                if group.unit.is_grouping and not (group.unit.idle_minutes or group.unit.also)
                else None,
                idle_minutes=group.unit.idle_minutes,
                share_rate=group.pico_usd / found.pico_usd if found.pico_usd else None,
                is_shown=group in proposal.shown or group.pico_usd == 0,
                is_new=rule.workload is not None and rule.workload not in declared,
            )
        )
    return tuple(sorted(rows, key=lambda row: (-(row.usd or 0.0), -row.calls, str(row.when))))


def _remainder(
    groups: Sequence[Group], ruled: Sequence[Group], nameless: Sequence[Profile], found: OpenCalls
) -> Remainder:
    small = [group for group in groups if not any(group is one for one in ruled)]
    return Remainder(
        small_groups=len(small),
        small_calls=sum(group.calls for group in small),
        small_usd=known_usd(sum(group.pico_usd for group in small), sum(group.unpriced_calls for group in small)),
        nameless_calls=sum(profile.calls for profile in nameless),
        nameless_usd=known_usd(
            sum(profile.pico_usd for profile in nameless),
            sum(profile.calls - profile.priced_calls for profile in nameless),
        ),
        ruled_calls=found.ruled_calls,
    )

"""What a declared file leaves open, and what that means for the answers; never an obstacle."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from routefit.declared.model import PERSON_FIELDS, SOURCES, Capacity, ProjectConfig, Route, Workload
from routefit.errors import Problem, nearest_names
from routefit.project.document import Document

UNTIL_THEN = "read and kept, but not applied by this version; until a later one does,"

LATER_IN_CONFIG = {
    "state_url": "nothing is stored outside the ledger folder",
}


def config_advice(document: Document, config: ProjectConfig) -> Iterator[Problem]:
    """What routefit.yaml says that this version does not apply, and rules that cannot do what they say."""
    yield from _later(document, LATER_IN_CONFIG, {name for name in LATER_IN_CONFIG if getattr(config, name)})
    yield from _attribution_advice(document, config)
    for name in config.sources:
        if name not in SOURCES:
            near = nearest_names(name, SOURCES, most=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            yield document.report(
                ("sources", name), f"is no source of calls, expected one of {', '.join(SOURCES)}{hint}"
            )


def decision_advice(
    document: Document, config: ProjectConfig, *, workloads: Collection[str], routes: Collection[str]
) -> Iterator[Problem]:
    """Decisions of the page about workloads and routes that no file declares."""
    for index, asked in enumerate(config.decisions):
        for key, name, known in (("workload", asked.workload, workloads), ("route", asked.route, routes)):
            if name is None or name in known:
                continue
            near = nearest_names(name, known, most=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            yield document.report(("decisions", index, key), f"got {name!r}, which no file declares{hint}")


def _attribution_advice(document: Document, config: ProjectConfig) -> Iterator[Problem]:
    catches_all: int | None = None
    for index, rule in enumerate(config.attribution):
        place = ("attribution", index)
        if catches_all is not None:
            yield document.report(
                place, f"is never reached: rule {catches_all + 1} has no condition and takes every call"
            )
        elif not rule.when:
            catches_all = index
        if rule.idle_minutes is not None and rule.unit is None:
            yield document.report(
                (*place, "idle_minutes"), "cuts nothing without `unit`: say which key the pieces are of"
            )
        for name in sorted(rule.when.keys() & set(PERSON_FIELDS)):
            wanted = rule.when[name]
            patterns = () if wanted is None else (wanted,) if isinstance(wanted, str) else wanted
            if not config.keep_identifiers and any(p != "*" and ("*" in p or "?" in p) for p in patterns):
                yield document.report(
                    (*place, "when", name),
                    "never matches: customers are stored as keyed hashes, so a rule can name one but no pattern",
                )


def workload_advice(
    document: Document, workload: Workload, *, routes: Collection[str], today: date | None
) -> Iterator[Problem]:
    """What a workload leaves open: its floor, what people and running cost, the route of today."""
    if workload.unit.quality_floor_rate is None:
        yield document.report(
            ("unit", "quality_floor_rate"),
            "not given: no route can be shown to be good enough",
        )
    human = workload.human
    if not human.usd_per_escalation.is_known and not (
        human.minutes_per_escalation.is_known and human.usd_per_hour.is_known
    ):
        yield document.report(
            ("human",),
            "gives neither usd_per_escalation nor minutes_per_escalation with usd_per_hour: "
            "what people cost counts as nothing, and every cost of this workload says so",
        )
    if not workload.ops.usd_per_month.is_known:
        yield document.report(
            ("ops", "usd_per_month"),
            "not given: running cost counts as nothing, and every cost of this workload says so",
        )
    yield from _current_route_advice(document, workload, routes)
    if today is None:
        return
    for index, entry in enumerate(workload.anticipated):
        if entry.on <= today:
            message = f"{entry.on} is not ahead: move what holds since then into the workload itself"
            yield document.report(("anticipated", index, "on"), message)


def _current_route_advice(document: Document, workload: Workload, routes: Collection[str]) -> Iterator[Problem]:
    current = workload.planning.current_route
    if current is None or current in routes:
        return
    near = nearest_names(current, routes)
    hint = f"; did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
    yield document.report(
        ("planning", "current_route"), f"no file in routes/ declares {current!r}: nothing is known of it{hint}"
    )


def route_advice(document: Document, route: Route) -> Iterator[Problem]:
    """What a route leaves open: provider and model, and with them its prices; what its capacity costs."""
    yield from _capacity_advice(document, route.capacity)
    missing = [name for name in ("provider", "model") if getattr(route, name) is None]
    if missing:
        yield document.report(
            (missing[0],),
            f"{' and '.join(missing)} not given: only calls that name this route are matched to it, "
            "and the price book has nothing to look up",
        )
    is_priced = bool(route.prices) or route.is_free or route.capacity.is_declared
    if missing and not is_priced:
        yield document.report(
            ("prices",), "not given either: calls without a cost of their own stay unpriced on this route"
        )


def _capacity_advice(document: Document, capacity: Capacity) -> Iterator[Problem]:
    if not capacity.is_declared:
        return
    missing = [name for name in ("gpu_usd_per_hour", "gpus_per_replica") if not getattr(capacity, name).is_known]
    if missing:
        yield document.report(
            ("capacity",),
            f"{' and '.join(missing)} not given: calls on this route stay unpriced, "
            "for a route paid by capacity is never priced by the token",
        )


def _later(document: Document, consequences: dict[str, str], given: Collection[str]) -> Iterator[Problem]:
    for name, consequence in consequences.items():
        if name in given:
            place = document.keys_at.get((name,))
            yield document.report((name,), f"{UNTIL_THEN} {consequence}", at=place)

"""Whether a fleet of one's own is cheaper than what it would replace, and whether it still is.

    net USD per month = units x (alternative - other) - loaded

Units, loaded cost and utilization: `own_fleet`; alternative: the cheaper of serverless and managed dedicated per
accepted unit; other: people and grading on the fleet, where the alternative's cost holds its own.
`self_manage` needs a positive net value, the utilization gate cleared, and no condition (sustained volume, the
capability checklist, a need for control) known to fail; unknown conditions are listed, an unknown gate or
alternative is never cleared. Two devolution signals, or a running fleet that costs more than the alternative:
`devolve`. Without an alternative nothing is compared: net value and draws then count the fleet's cost alone.
Source: field guide, chapter 20; section 7.5 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from routefit.decisions import own_fleet
from routefit.decisions.calculator import Point, Values
from routefit.decisions.decision import Figures, Naive
from routefit.decisions.devolution import CHECK, LEAST_SIGNALS, Devolution, devolution
from routefit.decisions.given import Input
from routefit.decisions.readiness import Readiness, readiness
from routefit.decisions.self_managed_inputs import CAPABILITIES, CONDITIONS, INPUTS
from routefit.decisions.uncertainty import Arrays
from routefit.errors import BadInputError
from routefit.funnel.words import count, listed, percents_apart, plural, usd

_LEAST_ENGINEERS = 2


class SelfManagedFigures(Figures):
    """A fleet in figures; None is not known, `reasons` name what is missing for a comparison.

    `total_usd_per_accepted_unit` adds people and grading to the loaded cost, `alternative_usd_per_unit` is what it
    is held against. `idle_gpu_hours` are those of a month.
    """

    gpu_usd_per_month: float
    loaded_usd_per_month: float
    operational_tax_ratio: float
    usd_per_accepted_unit: float | None
    raw_usd_per_mtok: float | None
    gpus_for_tax_ratio: int
    clears_utilization_gate: bool | None
    idle_gpu_hours: float | None
    devolution: Devolution
    gpus: float
    gpu_usd_per_hour: float
    engineering_usd_per_month: float
    accepted_units_per_month: float | None
    average_utilization_ratio: float | None
    required_utilization_ratio: float | None
    alternative_usd_per_unit: float | None
    total_usd_per_accepted_unit: float | None
    net_usd_per_month: float | None
    rollback_rate: float | None
    conditions: Readiness
    capabilities: Readiness
    is_running: bool | None
    stay_reasons: tuple[str, ...]
    reasons: tuple[str, ...]


class SelfManagedNaive(Naive):
    """The price of a GPU-hour over its peak throughput: no people, no idle hour, nothing beside the GPU."""

    raw_usd_per_mtok: float | None
    gpu_usd_per_accepted_unit: float | None


class SelfManaged:
    """Run one's own GPUs, stay with what serves today, or give the fleet up."""

    kind: ClassVar[str] = "self-managed"
    actions: ClassVar[tuple[str, ...]] = ("stay", "self_manage")
    has_staying: ClassVar[bool] = True
    net_usd_over: ClassVar[Literal["month"]] = "month"

    @property
    def inputs(self) -> tuple[Input, ...]:
        """All inputs."""
        return INPUTS

    def unused(self, values: Values) -> frozenset[str]:
        """What something given stands for, and what belongs to a gate or a comparison that is not known."""
        return frozenset(_unused(values))

    def point(self, values: Values) -> Point:
        """All figures at one point."""
        figures = self_managed_figures(values)
        goodput = values["goodput_per_gpu_hour"]
        naive = SelfManagedNaive(
            decision="self_manage",
            why="divides the price of a GPU-hour by its peak throughput: nobody runs the fleet, no hour is idle,"
            " and nothing beside the GPUs is paid",
            raw_usd_per_mtok=figures.raw_usd_per_mtok,
            gpu_usd_per_accepted_unit=None if goodput is None else figures.gpu_usd_per_hour / goodput,
        )
        return Point(result=figures, naive=naive, warnings=tuple(_warnings(values, figures)))

    def net_usd(self, values: Arrays) -> Mapping[str, Any]:
        """Net USD a month of the fleet against the alternative; its cost alone where nothing can be compared."""
        compared = _net_usd_per_month(values)
        return {"self_manage": -own_fleet.loaded_usd_per_month(values) if compared is None else compared}

    def outcomes(self, values: Arrays) -> Mapping[str, Any]:
        """The tax, and what an accepted unit costs where that is known."""
        found = {"operational_tax_ratio": own_fleet.operational_tax_ratio(values)}
        per_unit = own_fleet.usd_per_accepted_unit(values)
        return found if per_unit is None else {**found, "usd_per_accepted_unit": per_unit}

    def decision(self, best: str, point: Point) -> str:
        """devolve on two signals or where the alternative is cheaper; self_manage where nothing speaks against."""
        figures = point.result
        if not isinstance(figures, SelfManagedFigures):
            raise TypeError(f"not a fleet: {type(figures).__name__}")
        if len(figures.devolution.fired) >= LEAST_SIGNALS:
            return "devolve"
        if figures.net_usd_per_month is None:
            return "stay"
        if best != "self_manage":
            return "devolve" if figures.is_running else "stay"
        is_free = figures.clears_utilization_gate is True and not figures.conditions.failed
        return "self_manage" if is_free else "stay"


def self_managed_figures(values: Values) -> SelfManagedFigures:
    """All figures at one point; BadInputError for more rollbacks than updates."""
    units = _float(own_fleet.accepted_units_per_month(values))
    per_unit = _float(own_fleet.usd_per_accepted_unit(values))
    utilization = _float(own_fleet.utilization_ratio(values))
    required = _float(own_fleet.required_utilization_ratio(values))
    capabilities = readiness(CAPABILITIES, {one.name: values[one.name] for one in CAPABILITIES})
    conditions = readiness(CONDITIONS, _answers(values, capabilities))
    alternative = _float(own_fleet.alternative_usd_per_unit(values))
    total = None if per_unit is None else per_unit + values["other_usd_per_unit"]
    clears = None if required is None or utilization is None else utilization > required
    found = SelfManagedFigures(
        gpu_usd_per_month=float(own_fleet.gpu_usd_per_month(values)),
        loaded_usd_per_month=float(own_fleet.loaded_usd_per_month(values)),
        operational_tax_ratio=float(own_fleet.operational_tax_ratio(values)),
        usd_per_accepted_unit=per_unit,
        raw_usd_per_mtok=_float(own_fleet.raw_usd_per_mtok(values)),
        gpus_for_tax_ratio=own_fleet.gpus_for_tax_ratio(values),
        clears_utilization_gate=clears,
        idle_gpu_hours=None if utilization is None else own_fleet.gpu_hours(values) * max(0.0, 1 - utilization),
        devolution=devolution(values),
        gpus=values["gpus"],
        gpu_usd_per_hour=float(own_fleet.gpu_usd_per_hour(values)),
        engineering_usd_per_month=float(own_fleet.engineering_usd_per_month(values)),
        accepted_units_per_month=units,
        average_utilization_ratio=utilization,
        required_utilization_ratio=required,
        alternative_usd_per_unit=alternative,
        total_usd_per_accepted_unit=total,
        net_usd_per_month=_float(_net_usd_per_month(values)),
        rollback_rate=_rollback_rate(values),
        conditions=conditions,
        capabilities=capabilities,
        is_running=values["is_running"],
        stay_reasons=(),
        reasons=tuple(_unknown(units, utilization, values)),
    )
    return _with_reasons(found)


def _with_reasons(figures: SelfManagedFigures) -> SelfManagedFigures:
    """The figures with what speaks for staying, and with what to check where a running fleet costs more."""
    signals = figures.devolution
    if signals.check is None and figures.is_running and (figures.net_usd_per_month or 0.0) < 0:
        signals = signals.model_copy(update={"check": CHECK})
    return figures.model_copy(update={"stay_reasons": tuple(_stay_reasons(figures)), "devolution": signals})


def _net_usd_per_month(values: Arrays) -> Any:
    units, alternative = own_fleet.accepted_units_per_month(values), own_fleet.alternative_usd_per_unit(values)
    if units is None or alternative is None:
        return None
    return units * (alternative - values["other_usd_per_unit"]) - own_fleet.loaded_usd_per_month(values)


def _float(amount: Any) -> float | None:
    return None if amount is None else float(amount)


def _answers(values: Values, capabilities: Readiness) -> dict[str, bool | None]:
    """Each condition by its flag; the checklist also by its parts."""
    answers: dict[str, bool | None] = {one.name: values[one.name] for one in CONDITIONS}
    if answers["has_capabilities"] is None and (capabilities.ready or capabilities.failed):
        answers["has_capabilities"] = capabilities.ready
    return answers


def _rollback_rate(values: Values) -> float | None:
    updates, rollbacks = values["updates_per_quarter"], values["rollbacks_per_quarter"]
    if not updates or rollbacks is None:
        return None
    if rollbacks > updates:
        raise BadInputError(
            f"rollbacks_per_quarter: got {rollbacks:g}, expected at most the {plural(updates, 'update')}",
            next_step="--set updates_per_quarter=N --set rollbacks_per_quarter=N",
        )
    return float(rollbacks / updates)


def _unknown(units: float | None, utilization: float | None, values: Values) -> Iterator[str]:
    if units is None:
        yield "accepted units are not known: --goodput-per-gpu-hour and --utilization-rate"
    elif utilization is None:
        yield "utilization is not known: --goodput-per-gpu-hour beside the units, or --utilization-rate"
    if own_fleet.alternative_usd_per_unit(values) is None:
        yield "no alternative is known: --set serverless_usd_per_unit=USD or --set dedicated_usd_per_unit=USD"
    elif values["serverless_usd_per_unit"] is None:
        yield "the utilization gate is not known: --set serverless_usd_per_unit=USD"


def _stay_reasons(figures: SelfManagedFigures) -> Iterator[str]:
    own, other = figures.total_usd_per_accepted_unit, figures.alternative_usd_per_unit
    if own is not None and other is not None and own >= other:
        yield f"{usd(own)} an accepted unit >= {usd(other)} of the alternative"
    if figures.clears_utilization_gate is False:
        used, needed = figures.average_utilization_ratio or 0.0, figures.required_utilization_ratio or 0.0
        yield "utilization {} <= required {}".format(*percents_apart(used, needed))
    elif figures.clears_utilization_gate is None:
        yield "the utilization gate is not known to be cleared"
    yield from (f"does not hold: {words}" for words in figures.conditions.failed)


def _unused(values: Values) -> Iterator[str]:
    if values["fleet_usd_per_month"] is not None:
        yield "gpu_usd_per_hour"
    if values["goodput_per_gpu_hour"] is not None and values["utilization_rate"] is not None:
        yield "accepted_units_per_month"
    if own_fleet.alternative_usd_per_unit(values) is None:
        yield "other_usd_per_unit"
    if own_fleet.required_utilization_ratio(values) is None:
        yield from ("dedicated_usd_per_gpu_hour", "dedicated_ops_usd_per_hour")
    if values["has_capabilities"] is not None:
        yield from (one.name for one in CAPABILITIES)


def _warnings(values: Values, figures: SelfManagedFigures) -> Iterator[str]:
    if figures.net_usd_per_month is None:
        yield (
            f"nothing is compared ({'; '.join(figures.reasons)}): stay is no finding,"
            " net USD and its draws count the fleet's cost alone"
        )
    elif figures.clears_utilization_gate is None:
        yield "; ".join(figures.reasons)
    if values["engineers"] < _LEAST_ENGINEERS:
        yield f"{plural(values['engineers'], 'engineer')} < 2: nobody can be on call every night"
    lost = own_fleet.not_counted(values)
    if lost:
        yield f"not named, and counted as nothing: {listed(lost)}"
    if values["gpus"] < values["least_gpus"]:
        yield (
            f"{plural(values['gpus'], 'GPU')} < {count(values['least_gpus'])}: managed dedicated almost always"
            " costs less (opinion)"
        )
    if values["fleet_usd_per_month"] is not None and values["gpu_usd_per_hour"] is not None:
        yield "the lease of the fleet stands for the price of a GPU-hour"
    if figures.average_utilization_ratio is not None and figures.average_utilization_ratio > 1:
        yield "the fleet accepts more than its goodput says: the goodput is too low"
    if figures.conditions.unknown:
        yield f"conditions that nobody answered: {'; '.join(figures.conditions.unknown)}"

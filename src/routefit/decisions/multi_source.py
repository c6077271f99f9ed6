"""Whether traffic of a workload should be split over several providers.

    naive saving = 1 - sum of x_p usd_p / usd_baseline
    real saving  = 1 - (sum of x_p a_p LCPR_p / sum of x_p a_p) / LCPR_baseline
    hidden parts = naive - real: retries, quality, cache, ops and routing, switched on one after the other
    net USD      = V (LCPR_baseline - LCPR_split) a month, V accepted units; for one unit where V is not given

LCPR_p is that of `decisions.split`. The baseline is the provider marked so with all the traffic: its own failures,
acceptance and running cost count on both sides, a routing layer only where traffic is split.
Three scenarios. `arbitrage`: the traffic of one workload is split, which needs measured parity of the outputs.
`workload`: whole workloads are assigned, so caches stay whole. `failover`: the others serve the activation rate;
that buys availability, whose worth is the units kept x what an unserved unit costs.
Source: field guide, chapter 21; section 7.6 of the domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal, Protocol

import numpy as np

from routefit.decisions.calculator import Point, Values
from routefit.decisions.given import Given, Input
from routefit.decisions.multi_source_figures import (
    BestSplit,
    Failover,
    HiddenRatio,
    MultiSourceFigures,
    MultiSourceNaive,
)
from routefit.decisions.multi_source_inputs import COMMON_INPUTS, FAILOVER_NAMES
from routefit.decisions.multi_source_warnings import missing_cache_figures, split_warnings, why_not_split
from routefit.decisions.providers import Providers, input_name, provider_inputs, sources_of
from routefit.decisions.split import (
    Shape,
    Split,
    best_shares,
    chosen,
    hidden_parts,
    hit_rate,
    in_proportion,
    input_cost_ratio,
    naive_saving_ratio,
    normalised,
)
from routefit.decisions.uncertainty import Arrays
from routefit.errors import BadInputError, CannotTellError, UndefinedError
from routefit.evidence import Label

_REPLAYED_AT = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


class HitsAtShare(Protocol):
    """A replay of prefix reuse: the hit rate of a provider that gets a share of the traffic."""

    @property
    def source(self) -> str:
        """What it rests on, in words."""
        ...

    def hit_rate_at(self, share_rate: float) -> float:
        """More than 0 and at most 1."""
        ...


class MultiSource:
    """Split the traffic, keep a single provider, or keep a second one for failover only."""

    kind: ClassVar[str] = "multi-source"
    actions: ClassVar[tuple[str, ...]] = ("single", "split", "failover_only")
    has_staying: ClassVar[bool] = True
    net_usd_over: ClassVar[Literal["month"]] = "month"

    def __init__(self, providers: Providers | None = None, reuse: HitsAtShare | None = None) -> None:
        self._providers = providers
        self._reuse = reuse

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What is common to all providers, then each figure of each."""
        if self._providers is None:
            return COMMON_INPUTS
        found = provider_inputs(self._providers)
        return (*COMMON_INPUTS, *(self._with_replay(one) for one in found))

    def unused(self, values: Values) -> frozenset[str]:
        """What the scenario does not look at."""
        names: set[str] = set()
        scenario = values["scenario"]
        if scenario != "failover":
            names |= FAILOVER_NAMES
        if scenario != "arbitrage":
            names.add("has_parity")
        for one in self._providers.providers if self._providers else ():
            if scenario == "workload":
                names |= {input_name(one.name, f"cache_hit_{when}_rate") for when in ("before", "after")}
                names |= {input_name(one.name, "cache_discount_rate"), input_name(one.name, "input_share_rate")}
            if values["failed_calls_billed"] is False:
                names.add(input_name(one.name, "error_rate"))
        return frozenset(names)

    def point(self, values: Values) -> Point:
        """All figures of the split."""
        providers = self._needed()
        split, shares, whole_usd = self._held(values)
        places = {one.name: place for place, one in enumerate(providers.providers)}
        baseline = places[providers.baseline.name]
        held = list(shares.values())
        alone = [float(split.alone_usd(place)) for place in places.values()]
        real = 1 - whole_usd / alone[baseline]
        units = values["units_per_month"]
        most = [_or(values.get(input_name(name, "max_share_rate")), 1.0) for name in places]
        best = best_shares(split, given=held, most=most)
        best_usd = float(split.lcpr_usd(best))
        naive = naive_saving_ratio(split, held, baseline)
        sources = dict(zip(places, split.sources, strict=True))
        figures = MultiSourceFigures(
            naive_saving_ratio=naive,
            hidden=HiddenRatio(**hidden_parts(split, held, baseline)),
            real_saving_ratio=real,
            lcpr_by_provider={name: split.provider_lcpr_usd(place, held) for name, place in places.items()},
            best_split=BestSplit(
                shares=dict(zip(places, best, strict=True)),
                lcpr_usd_per_accepted_unit=best_usd,
                real_saving_ratio=1 - best_usd / alone[baseline],
                is_single=max(best) == 1,
            ),
            scenario=values["scenario"],
            baseline=providers.baseline.name,
            shares=dict(zip(places, held, strict=True)),
            baseline_usd_per_accepted_unit=alone[baseline],
            split_usd_per_accepted_unit=whole_usd,
            lcpr_alone_by_provider={
                name: alone[place] if np.isfinite(alone[place]) else None for name, place in places.items()
            },
            hit_rate_by_provider={
                name: self._hit_rate(split, places[name], share) for name, share in shares.items()
            },
            input_cost_ratio_by_provider={
                name: float(input_cost_ratio(one, float(shares[name]), split.shape))
                if split.has_fragments
                else 1.0
                for name, one in sources.items()
            },
            saving_usd_per_month=None if units is None else units * (alone[baseline] - whole_usd),
            why_not_split=why_not_split(values, held),
            failover=self._failover(values, shares, alone[baseline], whole_usd),
        )
        return Point(
            result=figures,
            naive=MultiSourceNaive(
                decision="split" if naive > 0 else "single",
                why="looks at the price lists alone: retries, rejected units, the cold caches of split traffic,"
                " running two providers and the routing layer are not on them",
                saving_ratio=naive,
            ),
            warnings=split_warnings(providers, values, figures.best_split.shares, figures),
            net_usd_over="task" if units is None else None,
        )

    def net_usd(self, values: Arrays) -> Mapping[str, Any]:
        """Net USD of the split, or of failover, against all traffic at the baseline."""
        providers = self._needed()
        split, shares = self._split(values), self._shares(values)
        baseline = [one.baseline for one in providers.providers].index(True)
        alone = split.alone_usd(baseline)
        whole = split.lcpr_usd(list(shares.values()))
        # Where a split accepts nothing there is no cost of an accepted unit: all that the baseline earns is lost.
        is_defined = whole < np.inf
        saved = chosen(is_defined, alone - chosen(is_defined, whole, 0.0), -alone)
        units = _or(values["units_per_month"], 1.0)
        if values["scenario"] != "failover":
            return {"split": units * saved}
        kept = self._activation_rate(values) * _or(values["unserved_usd_per_unit"], 0.0)
        return {"failover_only": units * (saved + kept)}

    def outcomes(self, values: Arrays) -> Mapping[str, Any]:
        """The real saving."""
        providers = self._needed()
        split, shares = self._split(values), self._shares(values)
        alone = split.alone_usd([one.baseline for one in providers.providers].index(True))
        return {"real_saving_ratio": 1 - split.lcpr_usd(list(shares.values())) / alone}

    def decision(self, best: str, point: Point) -> str:
        """Single where parity within a workload is not measured.

        Failover whose worth nobody knows is kept, at the price that it has: it buys availability, not a saving.
        """
        figures = point.result
        if not isinstance(figures, MultiSourceFigures):
            raise TypeError(f"not a split: {type(figures).__name__}")
        if figures.failover is not None:
            return "failover_only" if figures.failover.unserved_usd_per_unit is None else best
        return "single" if figures.why_not_split else best

    def decision_from(self, best: str, values: Values) -> str:
        """The same without the search for the best split."""
        _, shares, _ = self._held(values)
        if values["scenario"] == "failover":
            return "failover_only" if values["unserved_usd_per_unit"] is None else best
        return "single" if why_not_split(values, list(shares.values())) else best

    def _held(self, values: Values) -> tuple[Split, dict[str, float], float]:
        """The split, its shares by provider and its USD per accepted unit; refuses what has none."""
        providers = self._needed()
        self._check(values)
        split = self._split(values)
        shares = {name: float(share) for name, share in self._shares(values).items()}
        baseline = providers.baseline.name
        alone_usd = float(split.alone_usd(list(shares).index(baseline)))
        if not np.isfinite(alone_usd):
            raise UndefinedError(
                f"{baseline} accepts nothing: nothing can be held against it",
                next_step="mark another provider as the baseline",
            )
        if alone_usd == 0:
            raise BadInputError(
                f"an accepted unit of {baseline} costs nothing: no saving is a share of it",
                next_step=f"providers.{baseline}.usd_per_unit",
            )
        whole_usd = float(split.lcpr_usd(list(shares.values())))
        if not np.isfinite(whole_usd):
            raise UndefinedError(
                "no provider of the split accepts anything", next_step="acceptance_rate of the providers"
            )
        return split, shares, whole_usd

    def _needed(self) -> Providers:
        if self._providers is None:
            raise CannotTellError(
                "multi-source needs the providers",
                next_step="FILE.yaml with `providers: [{name, baseline, share_rate, usd_per_unit, ...}]`,"
                " or --workload WORKLOAD",
            )
        return self._providers

    def _check(self, values: Values) -> None:
        """Refuses what the formula has no value for."""
        providers = self._needed()
        others = [one.name for one in providers.providers if not one.baseline]
        total = sum(values[input_name(name, "share_rate")] for name in others)
        if total > 1.005:
            raise BadInputError(
                f"the shares beside the baseline add up to {total:g}, expected at most 1",
                next_step="share_rate of the providers",
            )
        for one in providers.providers:
            if values[input_name(one.name, "error_rate")] >= 1:
                raise BadInputError(
                    f"{input_name(one.name, 'error_rate')}: got 1, expected less: no call would ever succeed",
                    next_step="leave the provider out",
                )
            is_free = [values[input_name(one.name, f"cache_{part}_rate")] for part in ("discount", "hit_before")]
            if is_free == [1, 1]:
                raise BadInputError(
                    f"{one.name}: got a hit rate and a discount of 1, so that input costs nothing: no ratio to it",
                    next_step=f"{input_name(one.name, 'cache_hit_before_rate')} below 1",
                )
        missing = missing_cache_figures(providers, values)
        has_ops = any(values[input_name(one.name, "ops_usd_per_month")] for one in providers.providers)
        if values["units_per_month"] is None and has_ops:
            missing = (*missing, "--units-per-month (running cost is shared among units)")
        if missing:
            raise CannotTellError(f"multi-source needs {', '.join(missing)}", next_step="give them in FILE.yaml")

    def _split(self, values: Arrays) -> Split:
        sources = sources_of(self._needed(), values)
        return Split(
            sources=sources,
            units_per_month=_or(values["units_per_month"], np.inf),
            routing_usd_per_unit=_or(values["routing_usd_per_unit"], 0.0),
            is_failure_billed=values["failed_calls_billed"],
            has_fragments=values["scenario"] != "workload",
            shape=self._shape,
        )

    def _shares(self, values: Arrays) -> dict[str, Any]:
        """Shares by provider, in their order."""
        providers = self._needed()
        baseline = providers.baseline.name
        names = [one.name for one in providers.providers]
        shares = normalised({name: values.get(input_name(name, "share_rate"), 0.0) for name in names}, baseline)
        if values["scenario"] != "failover":
            return shares
        rate, others = self._activation_rate(values), [name for name in names if name != baseline]
        total = sum(np.max(shares[name]) for name in others)
        weights = {name: shares[name] / total if total > 0 else 1 / len(others) for name in others}
        return {name: 1 - rate if name == baseline else rate * weights[name] for name in names}

    def _activation_rate(self, values: Arrays) -> Any:
        rate = values["failover_activation_rate"]
        if rate is None:
            raise CannotTellError(
                "multi-source needs failover_activation_rate (share of the traffic that the others serve)",
                next_step="--set failover_activation_rate=0.01",
            )
        return rate

    def _failover(
        self, values: Values, shares: Mapping[str, Any], alone_usd: float, whole_usd: float
    ) -> Failover | None:
        if values["scenario"] != "failover":
            return None
        providers, units = self._needed(), values["units_per_month"]
        rate = float(self._activation_rate(values))
        accepted = {one.name: values[input_name(one.name, "acceptance_rate")] for one in providers.providers}
        others = sum(
            float(shares[one.name]) * accepted[one.name] for one in providers.providers if not one.baseline
        )
        extra = whole_usd - alone_usd
        return Failover(
            activation_rate=rate,
            extra_usd_per_month=None if units is None else units * extra,
            usd_per_unit_kept=extra / rate if rate > 0 else 0.0,
            quality_delta_rate=others / rate - accepted[providers.baseline.name] if rate > 0 else 0.0,
            latency_delta_ms=values["failover_latency_delta_ms"],
            unserved_usd_per_unit=values["unserved_usd_per_unit"],
        )

    def _hit_rate(self, split: Split, place: int, share: Any) -> float | None:
        source = split.sources[place]
        if source.hit_before is None:
            return None
        if not split.has_fragments:
            return float(source.hit_before)
        return float(hit_rate(source, float(share), split.shape)) if share > 0 else None

    @cached_property
    def _shape(self) -> Shape:
        if self._reuse is None:
            return in_proportion
        rates = [self._reuse.hit_rate_at(share) for share in _REPLAYED_AT]
        grown = np.maximum.accumulate([0.0, *rates])
        return lambda share: np.interp(share, (0.0, *_REPLAYED_AT), grown)

    def _with_replay(self, one: Input) -> Input:
        """A hit rate that nobody gave, from the replay."""
        if self._reuse is None or one.default is not None or self._providers is None:
            return one
        for provider in self._providers.providers:
            before = provider.cache_hit_before_rate
            whole = float(self._shape(1.0))
            known = whole if before is None else before.ends[1]
            at = self._providers.known_shares[provider.name]
            for figure, share in (("cache_hit_before_rate", 1.0), ("cache_hit_after_rate", at)):
                if one.name == input_name(provider.name, figure) and whole > 0:
                    rate = known * float(self._shape(share)) / whole
                    source = f"{self._reuse.source}, at a share of {share:g}"
                    return one.model_copy(
                        update={"default": Given(value=rate, label=Label.ESTIMATED, source=source)}
                    )
        return one


def _or(amount: Any, otherwise: float) -> Any:
    return otherwise if amount is None else amount

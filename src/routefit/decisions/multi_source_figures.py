"""What a split over several providers answers with."""

from __future__ import annotations

from routefit.decisions.decision import Figures, Naive


class HiddenRatio(Figures):
    """What a split hides, as shares of the baseline's cost of an accepted unit; they add up to naive - real."""

    retries: float
    quality: float
    cache: float
    ops: float
    routing: float


class BestSplit(Figures):
    """The cheapest shares found; `is_single` where one provider alone is the cheapest."""

    shares: dict[str, float]
    lcpr_usd_per_accepted_unit: float
    real_saving_ratio: float
    is_single: bool


class Failover(Figures):
    """What availability costs. `usd_per_unit_kept` is what each unit costs beyond the baseline's price.

    `unserved_usd_per_unit` None: what it is worth is not known.
    """

    activation_rate: float
    extra_usd_per_month: float | None
    usd_per_unit_kept: float
    quality_delta_rate: float
    latency_delta_ms: float | None
    unserved_usd_per_unit: float | None


class MultiSourceFigures(Figures):
    """A split in figures; `lcpr_by_provider` is at its share, `lcpr_alone_by_provider` with all the traffic.

    None is undefined: a provider without traffic, or one that accepts nothing.
    """

    naive_saving_ratio: float
    hidden: HiddenRatio
    real_saving_ratio: float
    lcpr_by_provider: dict[str, float | None]
    best_split: BestSplit
    scenario: str
    baseline: str
    shares: dict[str, float]
    baseline_usd_per_accepted_unit: float
    split_usd_per_accepted_unit: float
    lcpr_alone_by_provider: dict[str, float | None]
    hit_rate_by_provider: dict[str, float | None]
    input_cost_ratio_by_provider: dict[str, float]
    saving_usd_per_month: float | None
    why_not_split: tuple[str, ...]
    failover: Failover | None


class MultiSourceNaive(Naive):
    """The price lists, weighted by the shares."""

    saving_ratio: float

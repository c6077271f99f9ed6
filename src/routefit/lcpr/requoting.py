"""Re-quoting: what the calls of a workload would cost on a route that has not served it.

    inference = r x sum over price bands of ((I - C' - W) p_in + C' p_read + W p_write + O p_out) + calls x fee
    C'        = C x h / h_own, at most I - W; h x (I - W) where nothing was cached
    per unit  = (inference of planned calls + q x inference of repairs) / units
    LCPR      = (per unit + grading + running + people x (1 - a) / (1 - a_own)) / a          USD per accepted unit

I, C, W, O are input, cached, cache-write and output tokens as recorded on the current route, p the candidate's
prices; r its tokens for each of theirs, h its share of input tokens read from the cache, q its repairs for each of
theirs, a its acceptance. Each that nobody measured there is assumed, with a range; people are in proportion to
what is not accepted. On a route that is paid by the replica-hour

    per unit = replicas x USD per replica-hour x hours of a month / demanded units of a month
    replicas = max(least, ceil(load / (G x eta)))

The interval of the estimate reaches over every combination of the ends of the ranges: no range leaves it.
Source: sections 7.0 and 7.3 of the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from pydantic import BaseModel, ConfigDict

from routefit.evidence import Label
from routefit.units import usd_from_pico_usd


class Assumption(BaseModel):
    """One figure of the candidate that its own traces do not say: the point, and the range that it may lie in.

    `words` say it for people ("acceptance as on closed"); `high` None is no known end; `is_share` marks a rate,
    which is spelt in percent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    words: str
    point: float
    low: float
    high: float | None
    is_share: bool
    label: Label
    source: str | None = None

    @property
    def is_range(self) -> bool:
        """Whether it is not known exactly."""
        return self.high is None or self.low < self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class BandUse:
    """The tokens of the billed calls that meet one price: as recorded, in whole tokens; money in pico-USD.

    `is_rework`: retries, repairs and fallbacks. `output_pico_usd` is what the output costs at the candidate.
    """

    is_rework: bool
    calls: int
    input_tokens: int
    cached_input_tokens: int
    cache_write_tokens: int
    output_pico_usd: int
    input_pico_usd_per_token: int
    cache_read_pico_usd_per_token: int
    cache_write_pico_usd_per_token: int
    pico_usd_per_request: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """USD per accepted unit (None: no acceptance is known), per unit, and the interval (None: no known end)."""

    lcpr_usd: float | None
    usd_per_unit: float
    low_usd: float
    high_usd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What comes to the cost of inference, in USD per unit, as on the current route with its acceptance."""

    grading_usd: float = 0.0
    running_usd: float = 0.0
    people_usd: float = 0.0
    acceptance_rate: float | None = None

    def usd_per_unit(self, acceptance_rate: float | None) -> float:
        """Grading, running and people, these in proportion to what is not accepted."""
        own = self.acceptance_rate
        people_ratio = 1.0
        if acceptance_rate is not None and own is not None and own < 1:
            people_ratio = (1 - acceptance_rate) / (1 - own)
        return self.grading_usd + self.running_usd + self.people_usd * people_ratio


def cached_rate(uses: Iterable[BandUse]) -> float:
    """The share of the recorded input tokens that came from the cache; 0 without any."""
    uses = tuple(uses)
    inputs = sum(use.input_tokens for use in uses)
    return sum(use.cached_input_tokens for use in uses) / inputs if inputs else 0.0


def inference_usd(
    uses: Sequence[BandUse], *, tokenizer_ratio: float, cache_hit_rate: float, rework_ratio: float
) -> float:
    """The cost of all calls, in USD."""
    own_rate = cached_rate(uses)
    whole = 0.0
    for use in uses:
        room = use.input_tokens - use.cache_write_tokens
        cached = use.cached_input_tokens * cache_hit_rate / own_rate if own_rate else cache_hit_rate * room
        cached = min(cached, room)
        tokens_pico_usd = (
            (room - cached) * use.input_pico_usd_per_token
            + cached * use.cache_read_pico_usd_per_token
            + use.cache_write_tokens * use.cache_write_pico_usd_per_token
            + use.output_pico_usd
        )
        part = tokenizer_ratio * tokens_pico_usd + use.calls * use.pico_usd_per_request
        whole += part * rework_ratio if use.is_rework else part
    return usd_from_pico_usd(round(whole))


def estimate(
    inference_usd_per_unit: Callable[[Sequence[float]], float],
    assumed: Sequence[Assumption],
    beside: Beside,
    acceptance: Assumption | None,
) -> Estimate:
    """The estimate at the points, and its interval over all combinations of ends.

    `inference_usd_per_unit` takes a value of each of `assumed`, in their order. `acceptance` None: not known at
    all; then a unit is all that has a cost, and the lower end counts every unit as accepted.
    """
    points = [one.point for one in assumed]
    accepted_rate = acceptance.point if acceptance is not None else None
    per_unit = inference_usd_per_unit(points) + beside.usd_per_unit(accepted_rate)
    ends = [(one.low,) if one.high is None else (one.low, one.high) for one in assumed]
    corners = [inference_usd_per_unit(corner) for corner in product(*ends)]
    is_open = any(one.high is None for one in assumed)
    best_rate, worst_rate = (1.0, 0.0) if acceptance is None else (acceptance.high or 1.0, acceptance.low)
    beside_best = beside.usd_per_unit(best_rate if acceptance is not None else None)
    low_usd = (min(corners) + beside_best) / best_rate
    high_usd = None
    if worst_rate and not is_open:
        high_usd = (max(corners) + beside.usd_per_unit(worst_rate)) / worst_rate
    return Estimate(
        lcpr_usd=per_unit / accepted_rate if accepted_rate else None,
        usd_per_unit=per_unit,
        low_usd=low_usd,
        high_usd=high_usd,
    )

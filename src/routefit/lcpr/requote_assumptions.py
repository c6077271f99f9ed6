"""What an estimate assumes of a candidate, and within which range, where nobody measured or declared it.

    tokens      1 for the same model or a declared ratio, else 0.8 to 1.25 tokens for each of the current route's
    cache hits  the declared rate; as recorded at the same provider; else from none to the recorded ones, or to the
                declared eligible share where that is more
    repairs     from none to twice those of the current route
    acceptance  the candidate's own verdicts, else as on the current route, from the floor to all

The ranges of tokens and repairs are rules of thumb (OPINION behind an ASSUMED point).
Source: section 7.0 of the domain.
"""

from __future__ import annotations

from collections.abc import Iterable

from routefit.declared.model import Route, Workload
from routefit.evidence import Fact, Label
from routefit.lcpr.requoting import Assumption, BandUse, cached_rate
from routefit.stats.rates import wilson_bounds

LEAST_TOKENIZER_RATIO = 0.8
MOST_TOKENIZER_RATIO = 1.25
MOST_REWORK_RATIO = 2.0
LEAST_UTILIZATION_RATE = 0.5
MOST_UTILIZATION_RATE = 0.85

TOKENS, CACHE_HITS, REPAIRS, ACCEPTANCE, UTILIZATION = (
    "tokens",
    "cache hits",
    "repairs",
    "acceptance",
    "utilization",
)


def tokens_assumed(route: Route, current: Route | None, current_id: str) -> Assumption | None:
    """How many tokens the candidate counts for each recorded one; None where it is the same model."""
    declared = route.tokenizer_ratio
    if declared.value is not None:
        return _declared(TOKENS, "tokens for each one counted on " + current_id, declared, declared.value)
    is_same_model = (
        current is not None and _bare(route.model) is not None and _bare(route.model) == _bare(current.model)
    )
    if is_same_model:
        return None
    return Assumption(
        name=TOKENS,
        words=f"token counts as on {current_id}",
        point=1.0,
        low=LEAST_TOKENIZER_RATIO,
        high=MOST_TOKENIZER_RATIO,
        is_share=False,
        label=Label.ASSUMED,
        source="another model may count and answer otherwise",
    )


def cache_assumed(
    route: Route, current: Route | None, current_id: str, workload: Workload, uses: Iterable[BandUse]
) -> Assumption | None:
    """The share of input tokens read from the candidate's cache; None where a hit makes nothing cheaper."""
    uses = tuple(uses)
    if all(use.cache_read_pico_usd_per_token == use.input_pico_usd_per_token for use in uses):
        return None
    declared = route.cache_hit_rate
    if declared.value is not None:
        return _declared(CACHE_HITS, "cache hits", declared, declared.value, is_share=True)
    recorded_rate = cached_rate(uses)
    eligible_rate = workload.caching.eligible_share_rate.value or 0.0
    is_same_provider = current is not None and route.provider is not None and route.provider == current.provider
    low = recorded_rate if is_same_provider else 0.0
    high = recorded_rate if is_same_provider else max(recorded_rate, eligible_rate)
    if not high:
        return None
    return Assumption(
        name=CACHE_HITS,
        words=f"cache hits as on {current_id}",
        point=recorded_rate,
        low=low,
        high=high,
        is_share=True,
        label=Label.ASSUMED,
        source="as recorded" if is_same_provider else "from none to what is recorded or declared eligible",
    )


def repairs_assumed(current_id: str, uses: Iterable[BandUse]) -> Assumption | None:
    """Repairs, retries and fallbacks for each of the current route's; None where none was seen."""
    if not any(use.is_rework for use in uses):
        return None
    return Assumption(
        name=REPAIRS,
        words=f"repairs as on {current_id}",
        point=1.0,
        low=0.0,
        high=MOST_REWORK_RATIO,
        is_share=False,
        label=Label.ASSUMED,
        source="from none to twice as many",
    )


def acceptance_assumed(
    *,
    current_id: str,
    current_rate: float | None,
    floor_rate: float | None,
    accepted_units: int = 0,
    decided_units: int = 0,
) -> Assumption | None:
    """The candidate's acceptance: that of its own verdicts, else the current route's; None where nobody knows any.

    Without a floor the range reaches down to 0.
    """
    if accepted_units:
        low, high = wilson_bounds(accepted_units, decided_units, confidence_rate=0.95, sided=2)
        return Assumption(
            name=ACCEPTANCE,
            words=f"acceptance as in {decided_units:,} verdicts of its own",
            point=accepted_units / decided_units,
            low=min(low, accepted_units / decided_units),
            high=max(high, accepted_units / decided_units),
            is_share=True,
            label=Label.MEASURED,
            source="verdicts in the ledger",
        )
    if not current_rate:
        return None
    return Assumption(
        name=ACCEPTANCE,
        words=f"acceptance as on {current_id}",
        point=min(current_rate, 1.0),
        low=min(floor_rate or 0.0, current_rate),
        high=1.0,
        is_share=True,
        label=Label.ASSUMED,
        source="from just at the floor to all" if floor_rate else "from nothing to all: no floor is declared",
    )


def utilization_assumed(max_utilization_rate: Fact[float]) -> Assumption:
    """How full a replica may be; a figure that nobody measured or declared is a range."""
    rate = max_utilization_rate.value or 0.0
    is_assumed = max_utilization_rate.label is Label.ASSUMED and max_utilization_rate.source == "default"
    return Assumption(
        name=UTILIZATION,
        words="how full a replica may be",
        point=rate,
        low=LEAST_UTILIZATION_RATE if is_assumed else rate,
        high=MOST_UTILIZATION_RATE if is_assumed else rate,
        is_share=True,
        label=max_utilization_rate.label,
        source=max_utilization_rate.source,
    )


def assumption_words(assumed: Iterable[Assumption]) -> str:
    """`acceptance as on closed (85% to 100%), token counts as on closed (0.8 to 1.25 times)`."""
    return ", ".join(f"{one.words} ({range_words(one)})" for one in assumed)


def range_words(one: Assumption) -> str:
    """`85% to 100%`, `0.8 to 1.25 times`, `37%`."""

    def shown(value: float) -> str:
        return f"{100 * value:.3g}%" if one.is_share else f"{value:.3g}"

    unit = "" if one.is_share else " times"
    if not one.is_range:
        return f"{shown(one.point)}{unit}"
    return f"{shown(one.low)} to {'any' if one.high is None else shown(one.high)}{unit}"


def _declared(name: str, words: str, fact: Fact[float], value: float, *, is_share: bool = False) -> Assumption:
    return Assumption(
        name=name,
        words=words,
        point=value,
        low=value,
        high=value,
        is_share=is_share,
        label=fact.label,
        source=fact.source or "declared",
    )


def _bare(model: str | None) -> str | None:
    return None if model is None else model.rsplit("/", 1)[-1].casefold()

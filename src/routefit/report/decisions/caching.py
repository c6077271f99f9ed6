"""A prompt cache in words."""

from __future__ import annotations

from collections.abc import Iterator

from routefit.decisions.caching import CachingFigures, CachingNaive
from routefit.decisions.decision import Decision
from routefit.funnel.words import count, percents_apart, usd
from routefit.report.decisions.words import DecisionWords

_NEVER = "never: reading costs no less than plain input"
_HIT_SOURCES = {
    "replay": "of all input tokens, from the replay",
    "measured": "of all input tokens, as reported",
    "own_calls": "of all input tokens, had the calls shared one prefix",
}


def words(decision: Decision) -> DecisionWords:
    """The decision of `caching` in words."""
    figures, naive = decision.result, decision.naive
    if not isinstance(figures, CachingFigures) or not isinstance(naive, CachingNaive):
        raise TypeError(f"not a cache: {type(figures).__name__}")
    verdict = "cache" if decision.decision == "cache" else "no cache"
    return DecisionWords(
        headline=f"{verdict}: {_headline(figures)}",
        figures=tuple(_rows(figures)),
        naive=_naive(naive),
        key_figure=_key_figure(figures),
    )


def _naive(naive: CachingNaive) -> str:
    if naive.decision == "no_cache":
        return "no cache: reading from it is no cheaper"
    return f"cache, {_saving(naive.saving_usd)}: {naive.why}"


def _headline(figures: CachingFigures) -> str:
    if figures.break_even_requests is None:
        return "reading from it costs no less than plain input, so it never pays"
    return f"it {_saving(figures.saving_usd)} over {_many(figures.requests)} requests"


def _saving(amount_usd: float) -> str:
    return f"saves {usd(amount_usd)}" if amount_usd >= 0 else f"costs {usd(-amount_usd)} more"


def _rows(figures: CachingFigures) -> Iterator[tuple[str, str]]:
    yield "pays from", _from_requests(figures)
    yield "pays from a hit rate of", _from_hits(figures)
    if figures.hit_rate is not None:
        yield "hit rate", f"{_percent(figures.hit_rate)} {_HIT_SOURCES[figures.hit_rate_source or 'measured']}"
    if figures.prefix_hit_rate is not None:
        yield "hit rate over the shared prefix", _percent(figures.prefix_hit_rate)
    if figures.unlimited_hit_rate is not None:
        yield "hit rate of a cache that forgets nothing", _percent(figures.unlimited_hit_rate)
    if figures.measured_hit_rate is not None and figures.hit_rate_source != "measured":
        yield "hit rate as reported", _percent(figures.measured_hit_rate)
    yield "shared prefix", f"{count(round(figures.prefix_tokens))} tokens a request"
    yield "requests", f"{_many(figures.requests)}; the prefix is written {_times(figures.write_requests)}"
    yield "without a cache", usd(figures.plain_usd)
    yield "with it", usd(figures.cached_usd)


def _from_requests(figures: CachingFigures) -> str:
    if figures.break_even_requests is None:
        return _NEVER
    return f"{figures.break_even_requests:.3f} requests that share the prefix, the first included"


def _from_hits(figures: CachingFigures) -> str:
    if figures.break_even_hit_rate is None or figures.break_even_reported_hit_rate is None:
        return _NEVER
    own, reported = _percent(figures.break_even_hit_rate), _percent(figures.break_even_reported_hit_rate)
    if figures.break_even_hit_rate == figures.break_even_reported_hit_rate:
        return f"{own} of the prefix"
    return f"{own} of the prefix, {reported} of all input tokens"


def _key_figure(figures: CachingFigures) -> str | None:
    if figures.break_even_requests is None:
        return None
    limit = figures.break_even_reported_hit_rate
    if figures.hit_rate is None or limit is None:
        return (
            f"It pays from {figures.break_even_requests:.3f} requests on; {_many(figures.requests)} are counted."
        )
    if limit == 0:
        return f"Writing costs no more than plain input: every hit saves, and {_percent(figures.hit_rate)} hit."
    hit, least = percents_apart(figures.hit_rate, limit) if figures.hit_rate != limit else (_percent(limit),) * 2
    return f"It pays from {least} of all input tokens on; {hit} hit."


def _times(number: float) -> str:
    return "once" if number == 1 else f"{_many(number)} times"


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f}%"


def _many(number: float) -> str:
    return count(round(number)) if number >= 100 else count(number)

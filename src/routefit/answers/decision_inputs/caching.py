"""What a prompt cache on a route rests on: its prices of today, the shared prefix, and how often it hits."""

from __future__ import annotations

from datetime import timedelta

from routefit.answers.decision_inputs.sourced import Sourced, of_fact, of_rate
from routefit.answers.evaluation import Evaluation, Evaluator, RouteEvaluation
from routefit.decisions.given import Given
from routefit.errors import CannotTellError
from routefit.evidence import Label
from routefit.lcpr.price import PriceRow
from routefit.ledger.reuse import CacheUse, cache_use, prefix_gaps

OWN_REUSE = "own_reuse"


def caching_inputs(evaluator: Evaluator, workload: str, route: str | None) -> Sourced:
    """The inputs of `caching` on a route of the workload, by default the current one.

    Raises CannotTellError where the route has no cache, no price of cached input, or nothing says what is shared.
    """
    found = evaluator.evaluate(workload)
    one = _route(evaluator, found, route)
    given = _prices(evaluator, one)
    window = evaluator.window.start.date(), evaluator.window.end.date()
    use = cache_use(evaluator.workspace.ledger, *window, workload=workload, route=one.route.id)
    if not use.calls:
        raise CannotTellError(
            f"{workload}: no call on {one.route.id} in the window says how long its input was",
            next_step="import calls with input_tokens",
        )
    share, prefix = _shared_prefix(found, use)
    given |= {"eligible_share_rate": share, "prefix_tokens": prefix, **_use(evaluator, use)}
    given["ttl_s"] = of_fact(found.workload.caching.ttl_s, default_source="caching.ttl_s")
    if use.cached_tokens:
        return Sourced(given=given, route=one.route.id)
    gaps = prefix_gaps(
        evaluator.workspace.ledger,
        *window,
        workload=workload,
        route=one.route.id,
        prefix_tokens=max(1, round(_number(prefix))),
    )
    return Sourced(
        given=given,
        tables={OWN_REUSE: gaps},
        route=one.route.id,
        warnings=_own_warnings(evaluator, one.route.id),
    )


def _route(evaluator: Evaluator, found: Evaluation, route: str | None) -> RouteEvaluation:
    if route is not None:
        evaluator.workspace.route(route)
    with_units = sorted((one for one in found.routes if one.cell), key=lambda one: -one.totals.units)
    most_used = with_units[0].route.id if with_units else None
    name = route or found.stakes.current_route or most_used
    one = found.route(name) if name else None
    if one is None:
        raise CannotTellError(f"{found.workload.id}: no route with traffic", next_step="--route ROUTE")
    return one


def _prices(evaluator: Evaluator, one: RouteEvaluation) -> dict[str, Given]:
    name, workspace = one.route.id, evaluator.workspace
    features = one.route.price_features.value
    if features is not None and "cache" not in features:
        raise CannotTellError(
            f"{name}: its price features name no cache", next_step=f"price_features in routes/{name}.yaml"
        )
    if one.route.capacity.is_declared:
        raise CannotTellError(
            f"{name} is paid by the hour of capacity: a cache there saves work, and no tokens are billed",
            next_step="--route ROUTE, one that is paid by the token",
        )
    row = workspace.book.list_price(route=one.route, provider=None, model=None, at=workspace.now)
    if row is None or row.cache_read_pico_usd_per_token is None:
        what = "no price of it" if row is None else "no price of input that is read from a cache"
        raise CannotTellError(
            f"{name}: {what} is known", next_step=f"prices with cache_read_usd_per_mtok in routes/{name}.yaml"
        )
    return {
        "input_usd_per_mtok": _price(row, row.input_pico_usd_per_token),
        "write_usd_per_mtok": _price(row, row.cache_write_pico_usd_per_token),
        "read_usd_per_mtok": _price(row, row.cache_read_pico_usd_per_token),
    }


def _price(row: PriceRow, pico_usd_per_token: int | None) -> Given:
    if pico_usd_per_token is None:
        return Given(source="no price is listed")
    return Given(value=pico_usd_per_token / 1e6, label=row.label, source=row.source, as_of=row.as_of)


def _use(evaluator: Evaluator, use: CacheUse) -> dict[str, Given]:
    """Requests, and what of their input was read from a cache where any was."""
    as_of = evaluator.window.end.date() - timedelta(days=1)
    unit_rate = evaluator.workspace.project.config.sampling.unit_rate
    given = {
        "requests": Given(
            value=use.calls / unit_rate,
            label=Label.MEASURED if unit_rate == 1 else Label.ESTIMATED,
            source="calls of the window" if unit_rate == 1 else "calls of the window, scaled from a sample",
            as_of=as_of,
        )
    }
    if use.cached_tokens:
        # Tokens of one call hit together: the calls are what was counted.
        hits = use.cached_tokens / use.input_tokens * use.calls
        given["hit_rate"] = of_rate(hits, use.calls, source=f"tokens of {use.calls:,} calls", as_of=as_of)
    return given


def _shared_prefix(found: Evaluation, use: CacheUse) -> tuple[Given, Given]:
    """(share of the input, tokens of a call) that belong to a shared prefix.

    As it was read and written, where calls say both; else as declared, the one from the other where only one is;
    else all of the input, where some of it hits. Raises CannotTellError where nothing says it, or it is none.
    """
    mean_tokens = use.input_tokens / use.calls
    caching = found.workload.caching
    share = of_fact(caching.eligible_share_rate, default_source="caching.eligible_share_rate")
    prefix = of_fact(caching.prefix_tokens, default_source="caching.prefix_tokens")
    if use.cached_tokens and use.written_tokens:
        rate = min(1.0, (use.cached_tokens + use.written_tokens) / use.input_tokens)
        share = Given(value=rate, label=Label.MEASURED, source=f"cached and written tokens of {use.calls:,} calls")
        prefix = Given()
    elif use.cached_tokens and not share.is_known and not prefix.is_known:
        share = Given(value=1.0, label=Label.ASSUMED, source="no call says what was written: all of the input")
    if not share.is_known and prefix.is_known:
        rate = min(1.0, _number(prefix) / mean_tokens)
        share = Given(value=rate, label=Label.DERIVED, source=f"the prefix of {mean_tokens:,.0f} tokens a call")
    elif share.is_known and not prefix.is_known:
        prefix = share.model_copy(update={"value": _number(share) * mean_tokens})
    if not share.value or not prefix.value:
        what = "nothing says how much" if not share.is_known else "none"
        raise CannotTellError(
            f"{found.workload.id}: {what} of its input is a shared prefix",
            next_step=f"caching.prefix_tokens in workloads/{found.workload.id}.yaml",
        )
    return share, prefix


def _number(given: Given) -> float:
    if not isinstance(given.value, float):
        raise TypeError(f"not a number: {given.value!r}")
    return given.value


def _own_warnings(evaluator: Evaluator, route: str) -> tuple[str, ...]:
    first = f"no call on {route} read from a cache: its calls are replayed as if they shared one prefix"
    if evaluator.workspace.project.config.sampling.unit_rate == 1:
        return (first,)
    return (first, "only a sample of the units is in the ledger: calls really come closer together, and hit more")

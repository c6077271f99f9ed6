"""The change of a cost per accepted unit between two windows, split into causes without a remainder.

    part of a cause = mean over all orders of the causes of
        cost with it and those before it taken from the later window - cost with those before it alone

This is the Shapley value: the parts sum to the change whatever the factors do to one another, no order is
favoured, a cause whose factors did not move gets 0, and with the windows exchanged every part changes its sign.
The cost is that of `change_factors`, in USD per accepted unit, or per unit where a window has no accepted unit.
A term that is known in one window or on some routes alone is left out of both sides: its part is None with the
reason, and the others still sum to the change of the rest. A window without any known model cost has no change.
Source: Shapley (1953), A value for n-person games; section 3 of the domain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field

from routefit.lcpr.cell import Frozen
from routefit.lcpr.change_factors import (
    MODEL_CAUSES,
    TERM_CAUSES,
    Cause,
    Factors,
    Floats,
    Model,
    model_of,
    term_usd,
)
from routefit.lcpr.change_figures import Figure, calls_in, figures_of, price_figure
from routefit.lcpr.change_inputs import WindowSums, sum_of_calls

Basis = Literal["accepted_unit", "unit"]

Pick = Callable[[Cause], Factors]

_TERMS = (*TERM_CAUSES, Cause.RUNNING)
_WORDS = {
    Cause.GRADING: "grading",
    Cause.PEOPLE: "people",
    Cause.BILL_DIFFERENCE: "difference to the bill",
    Cause.RUNNING: "running cost",
}


class ChangePart(Frozen):
    """One cause: its part in USD, and what moved from `was` to `is` in `unit`; None is not known, with a reason.

    `also` are further figures that moved with it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)

    cause: Cause
    usd: float | None
    name: str | None
    was: float | None
    now: float | None = Field(alias="is")
    unit: str | None
    also: tuple[Figure, ...] = ()
    reason: str | None = None


class Change(Frozen):
    """A cost in two windows and its change, USD per accepted unit or per unit; None is not comparable."""

    basis: Basis
    was_usd: float | None
    is_usd: float | None
    change_usd: float | None
    causes: tuple[ChangePart, ...]
    left_out: tuple[Cause, ...]
    reasons: tuple[str, ...]


def change(was: WindowSums, now: WindowSums) -> Change:
    """The change from `was` to `now`, the largest cause first."""
    reason = _why_none(was, now)
    if reason is not None:
        return Change(
            basis="unit", was_usd=None, is_usd=None, change_usd=None, causes=(), left_out=(), reasons=(reason,)
        )
    left_out, out = _left_out(was, now)
    model = model_of(was, now, left_out=left_out)
    moved = tuple(cause for cause in Cause if cause not in left_out and model.has_moved(cause))
    basis: Basis = "accepted_unit" if was.accepted_units and now.accepted_units else "unit"
    reasons = [*(part.reason for part in out if part.reason), *_unsplit(was, now)]
    if basis == "unit":
        reasons.append(_no_accepted(was, now))
    elif not _accepted(model, moved).all():
        # A route where nothing passed, given all units: no order can tell acceptance from the mix of routes.
        basis = "unit"
        reasons.append("per unit: acceptance and the mix of routes cannot be told apart")
    if basis == "unit":
        moved = tuple(cause for cause in moved if cause not in (Cause.ACCEPTANCE, Cause.VERDICTS))
        out.append(_unknown(Cause.ACCEPTANCE, was, now, reasons[-1]))
    usd_by_mask = _costs(model, moved)
    if basis == "accepted_unit":
        usd_by_mask = usd_by_mask / _accepted(model, moved)
    parts = dict(zip(moved, shapley(usd_by_mask), strict=True))
    return Change(
        basis=basis,
        was_usd=float(usd_by_mask[0]),
        is_usd=float(usd_by_mask[-1]),
        change_usd=float(usd_by_mask[-1] - usd_by_mask[0]),
        causes=(*_ranked(parts, model, was, now, left_out, basis), *out),
        left_out=left_out,
        reasons=tuple(reasons),
    )


def shapley(value_by_mask: npt.NDArray[np.float64]) -> list[float]:
    """The Shapley value of each of n players from the 2^n values of their coalitions.

    Bit i of an index says whether player i is in. The values sum to value[-1] - value[0].
    """
    players = len(value_by_mask).bit_length() - 1
    masks = np.arange(len(value_by_mask))
    sizes = np.bitwise_count(masks)
    weights = np.array([_order_rate(size, players) for size in range(players)])
    parts = []
    for player in range(players):
        without = masks[masks >> player & 1 == 0]
        gains = value_by_mask[without | 1 << player] - value_by_mask[without]
        parts.append(float(np.sum(weights[sizes[without]] * gains)))
    return parts


def _order_rate(before: int, players: int) -> float:
    """The share of all orders in which exactly this coalition of `before` players comes first."""
    return math.factorial(before) * math.factorial(players - before - 1) / math.factorial(players)


def _picker(model: Model, moved: Sequence[Cause], mask: int) -> Pick:
    later = {cause for bit, cause in enumerate(moved) if mask >> bit & 1}
    return lambda cause: model.now if cause in later else model.was


def _table(
    model: Model, moved: Sequence[Cause], causes: Sequence[Cause], figure: Callable[[Pick], float]
) -> Floats:
    """A figure for every mask of `moved`, computed once for every mask of the causes that it depends on."""
    own = [cause for cause in moved if cause in causes]
    small = np.array([figure(_picker(model, own, mask)) for mask in range(2 ** len(own))], dtype=np.float64)
    masks = np.arange(2 ** len(moved))
    index = np.zeros_like(masks)
    for bit, cause in enumerate(own):
        index |= (masks >> moved.index(cause) & 1) << bit
    return np.asarray(small[index], dtype=np.float64)


def _costs(model: Model, moved: Sequence[Cause]) -> Floats:
    """USD per unit for every mask of the causes that moved."""
    usd = _table(model, moved, (*MODEL_CAUSES, Cause.ROUTE_MIX), model.model_usd_per_unit)
    usd = usd + _table(model, moved, (Cause.RUNNING, Cause.IDLE, Cause.VOLUME), model.fixed_usd_per_unit)
    for cause in TERM_CAUSES:

        def term(pick: Pick, cause: Cause = cause) -> float:
            return model.term_usd_per_unit(cause, pick)

        usd = usd + _table(model, moved, (cause, Cause.ROUTE_MIX), term)
    return usd


def _accepted(model: Model, moved: Sequence[Cause]) -> Floats:
    """Accepted units per unit for every mask of the causes that moved."""
    return _table(model, moved, (Cause.ACCEPTANCE, Cause.VERDICTS, Cause.ROUTE_MIX), model.accepted_rate)


def _ranked(
    parts: dict[Cause, float],
    model: Model,
    was: WindowSums,
    now: WindowSums,
    left_out: Sequence[Cause],
    basis: Basis,
) -> list[ChangePart]:
    """The parts, largest first; a cause whose factors did not move is 0, one without any figure is none."""
    of_units = (Cause.ACCEPTANCE, Cause.VERDICTS)
    ranked = []
    for cause in sorted(Cause, key=lambda each: -abs(parts.get(each, 0.0))):
        if cause in left_out or (basis == "unit" and cause in of_units):
            continue
        first, *also = price_figure(model, now) if cause is Cause.PRICE else figures_of(cause, was, now)
        if cause not in (*parts, Cause.PRICE) and first.was is None and first.now is None:
            continue
        usd = parts.get(cause, 0.0)
        ranked.append(_part(cause, usd, first, tuple(each for each in also if each.was != each.now)))
    return ranked


def _part(
    cause: Cause, usd: float | None, first: Figure, also: tuple[Figure, ...] = (), reason: str | None = None
) -> ChangePart:
    return ChangePart(
        cause=cause,
        usd=usd,
        name=first.name,
        was=first.was,
        now=first.now,
        unit=first.unit,
        also=also,
        reason=reason,
    )


def _unknown(cause: Cause, was: WindowSums, now: WindowSums, reason: str) -> ChangePart:
    return _part(cause, None, figures_of(cause, was, now)[0], reason=reason)


def _why_none(was: WindowSums, now: WindowSums) -> str | None:
    for window, name in ((was, "earlier"), (now, "later")):
        if not window.units:
            return f"not comparable: no units in the {name} window"
        if all(route.inference_usd is None for route in window.routes.values()):
            return f"not comparable: unpriced: no call of the {name} window has a known cost"
    return None


def _left_out(was: WindowSums, now: WindowSums) -> tuple[tuple[Cause, ...], list[ChangePart]]:
    """The terms that cannot be compared, and a part for each that some route of some window knows."""
    left_out, parts = [], []
    for cause in _TERMS:
        by_window = [[term_usd(route, cause) for route in window.routes.values()] for window in (was, now)]
        if not any(usd is None for terms in by_window for usd in terms):
            continue
        left_out.append(cause)
        if all(usd is None for terms in by_window for usd in terms):
            continue
        reason = f"not comparable: {_WORDS[cause]} left out of both, unknown {_where(by_window)}"
        parts.append(_unknown(cause, was, now, reason))
    return tuple(left_out), parts


def _where(by_window: Sequence[Sequence[float | None]]) -> str:
    unknown = [[usd is None for usd in terms] for terms in by_window]
    for own, other, name in ((unknown[0], unknown[1], "earlier"), (unknown[1], unknown[0], "later")):
        if all(own) and not any(other):
            return f"in the {name} window"
    return "on some routes"


def _unsplit(was: WindowSums, now: WindowSums) -> list[str]:
    sums = sum_of_calls(map(calls_in, (was, now)))
    if not sums.unsplit_calls:
        return []
    return [
        f"{sums.unsplit_calls:,} of {sums.calls:,} calls report a cost that no known price splits: "
        "what the cache did to them counts as price"
    ]


def _no_accepted(was: WindowSums, now: WindowSums) -> str:
    empty = [name for window, name in ((was, "earlier"), (now, "later")) if not window.accepted_units]
    where = "either window" if len(empty) == 2 else f"the {empty[0]} window"
    return f"per unit: no accepted unit is known in {where}"

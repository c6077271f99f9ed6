"""What the uncertainty of the inputs does to a decision, by drawing them.

    decision           = argmax over actions of E[NV], NV the net USD of an action against staying (0)
    probability right  = share of draws in which that action has the highest NV

Ties go to staying, then to the action named first. An action without a value in a draw does not win it.
Every input is drawn from a stream of its own, so that another range on one leaves the draws of all others as they
were: what a change does is not mixed with chance.
Source: section 7 of the domain, last paragraph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from routefit.decisions.decision import Bin, MonteCarlo, Quantiles
from routefit.decisions.spread import FloatArray, Spread

Arrays: TypeAlias = Mapping[str, Any]
"""Inputs by name: an array of draws where an input has a spread, else its plain value."""

NetUsd: TypeAlias = Callable[[Arrays], Mapping[str, Any]]
"""Arrays to the net USD of each action against staying."""

_CHUNK_DRAWS = 1 << 15
"""So many at a time: what a formula works on then stays in the processor's cache."""

_QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
_HISTOGRAM_BINS = 40
_HISTOGRAM_TAIL_RATE = 0.005


@dataclass(frozen=True, slots=True)
class Draws:
    """Net USD of every action (staying too, where one can) and the drawn inputs, all of one length."""

    net_usd: Mapping[str, FloatArray]
    outcomes: Mapping[str, FloatArray]
    inputs: Mapping[str, FloatArray]

    @property
    def n(self) -> int:
        """How many draws."""
        return len(next(iter(self.net_usd.values())))

    @property
    def expected_net_usd(self) -> dict[str, float]:
        """The mean of every action's net USD."""
        return {action: float(column.mean()) for action, column in self.net_usd.items()}


def drawn_inputs(
    spreads: Mapping[str, Spread],
    *,
    whole: frozenset[str],
    streams: Mapping[str, np.random.Generator],
    draws: int,
) -> dict[str, FloatArray]:
    """Every input with a spread, `draws` times; those in `whole` as whole numbers."""
    found = {name: spread.draw(streams[name], draws) for name, spread in spreads.items()}
    return {name: np.rint(column) if name in whole else column for name, column in found.items()}


def drawn(
    net_usd: NetUsd,
    outcomes: NetUsd,
    values: Mapping[str, Any],
    inputs: Mapping[str, FloatArray],
    *,
    staying: str | None,
    draws: int,
) -> Draws:
    """What comes of every draw of the inputs; without any, of the values as they are."""
    nets: dict[str, FloatArray] = {staying: np.zeros(draws)} if staying is not None else {}
    extras: dict[str, FloatArray] = {}
    for start in range(0, draws, _CHUNK_DRAWS):
        stop = min(start + _CHUNK_DRAWS, draws)
        arrays = {**values, **{name: column[start:stop] for name, column in inputs.items()}}
        with np.errstate(all="ignore"):
            for found, kept in ((net_usd(arrays), nets), (outcomes(arrays), extras)):
                for name, amount in found.items():
                    kept.setdefault(name, np.empty(draws))[start:stop] = amount
    return Draws({name: np.nan_to_num(one, copy=False, **_NO_VALUE) for name, one in nets.items()}, extras, inputs)


_NO_VALUE: dict[str, float] = {"nan": -np.inf, "posinf": np.inf, "neginf": -np.inf}


def monte_carlo(found: Draws, *, seed: int, staying: str | None) -> MonteCarlo:
    """What the draws say of the decision; the quantiles of `net_usd` are those of the best action but staying."""
    means = found.expected_net_usd
    best = best_of(means)
    acting = best_of({action: mean for action, mean in means.items() if action != staying})
    is_right = np.ones(found.n, bool)
    for action, column in found.net_usd.items():
        if action != best:
            is_right &= found.net_usd[best] >= column
    ordered = {name: np.sort(one) for name, one in {"net_usd": found.net_usd[acting], **found.outcomes}.items()}
    shown = _with_spread(ordered)
    return MonteCarlo(
        draws=found.n,
        seed=seed,
        decision=best,
        acting=acting,
        probability_right=float(is_right.mean()),
        expected_net_usd=means,
        quantiles={name: _quantiles(column) for name, column in ordered.items()},
        histogram_of=shown,
        histogram=_histogram(ordered[shown]) if shown else (),
    )


def best_of(nets_usd: Mapping[str, Any]) -> str:
    """The action with the highest net USD, ties to the first; one without a value never wins."""
    nets = {action: -np.inf if np.isnan(amount) else float(amount) for action, amount in nets_usd.items()}
    return max(nets, key=lambda action: nets[action])


def _with_spread(ordered: Mapping[str, FloatArray]) -> str | None:
    """The last outcome whose draws differ: what a calculator adds says more than net USD."""
    finite = {name: column[np.isfinite(column)] for name, column in ordered.items()}
    names = [name for name, column in finite.items() if column.size and column[0] < column[-1]]
    return names[-1] if names else None


def _quantiles(ordered: FloatArray) -> Quantiles:
    """By nearest rank; None where it is not finite."""
    n = len(ordered)
    found = {name: float(ordered[max(0, int(np.ceil(q * n)) - 1)]) for name, q in _QUANTILES.items()}
    return Quantiles(**{name: one if np.isfinite(one) else None for name, one in found.items()})


def _histogram(ordered: FloatArray) -> tuple[Bin, ...]:
    """Bars between the 0.5% and the 99.5% quantile of the finite draws; shares are of all draws."""
    finite = ordered[np.isfinite(ordered)]
    last = len(finite) - 1
    low, high = finite[int(_HISTOGRAM_TAIL_RATE * last)], finite[int((1 - _HISTOGRAM_TAIL_RATE) * last)]
    if low == high:
        return ()
    edges = np.linspace(low, high, _HISTOGRAM_BINS + 1)
    below = np.searchsorted(finite, edges)
    below[-1] = np.searchsorted(finite, high, side="right")
    return tuple(
        Bin(low=float(edges[i]), high=float(edges[i + 1]), share_rate=float(counted) / len(ordered))
        for i, counted in enumerate(np.diff(below))
    )

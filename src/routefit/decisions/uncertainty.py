"""What the uncertainty of the inputs does to a decision, by drawing them.

    decision           = argmax over actions of E[NV], NV the net USD of an action against staying (0)
    probability right  = share of draws in which that action has the highest NV
    EVPI               = E[max over actions of NV] - max over actions of E[NV]
    worth of input j   = E over 50 equal-probability bins of j of max E[NV | bin], less max E[NV]

A worth below twice its Monte Carlo error counts as 0. Ties go to staying, then to the action named first.
Source: section 7 of the domain, last paragraph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from routefit.decisions.decision import Bin, MonteCarlo, Quantiles, ValueOfInformation, Worth
from routefit.decisions.spread import FloatArray, Spread

Arrays: TypeAlias = Mapping[str, Any]
"""Inputs by name: an array of draws where an input has a spread, else its plain value."""

NetUsd: TypeAlias = Callable[[Arrays], Mapping[str, Any]]
"""Arrays to the net USD of each action against staying."""

BINS = 50
_CHUNK_DRAWS = 1 << 16
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_HISTOGRAM_BINS = 40


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


def drawn(
    net_usd: NetUsd,
    outcomes: NetUsd,
    values: Mapping[str, Any],
    spreads: Mapping[str, Spread],
    *,
    staying: str | None,
    rng: np.random.Generator,
    draws: int,
) -> Draws:
    """Draw every input with a spread `draws` times, and what comes of it."""
    inputs = {name: spread.draw(rng, draws) for name, spread in spreads.items()}
    nets: dict[str, list[FloatArray]] = {}
    extras: dict[str, list[FloatArray]] = {}
    for start in range(0, draws, _CHUNK_DRAWS):
        stop = min(start + _CHUNK_DRAWS, draws)
        arrays = {**values, **{name: column[start:stop] for name, column in inputs.items()}}
        for found, kept in ((net_usd(arrays), nets), (outcomes(arrays), extras)):
            for name, amount in found.items():
                kept.setdefault(name, []).append(np.broadcast_to(np.asarray(amount, float), stop - start))
    by_action = {staying: np.zeros(draws)} if staying is not None else {}
    by_action |= {name: np.concatenate(parts) for name, parts in nets.items()}
    return Draws(by_action, {name: np.concatenate(parts) for name, parts in extras.items()}, inputs)


def monte_carlo(found: Draws, *, seed: int, acting: str) -> MonteCarlo:
    """What the draws say of the decision; the quantiles of `net_usd` are those of the action `acting`."""
    means = {action: float(column.mean()) for action, column in found.net_usd.items()}
    best = _best(means)
    others = [column for action, column in found.net_usd.items() if action != best]
    is_right = np.ones(found.n, bool)
    for column in others:
        is_right &= found.net_usd[best] >= column
    outcomes = {"net_usd": found.net_usd[acting], **found.outcomes}
    shown = _with_spread(outcomes)
    return MonteCarlo(
        draws=found.n,
        seed=seed,
        decision=best,
        probability_right=float(is_right.mean()),
        expected_net_usd=means,
        quantiles={name: _quantiles(column) for name, column in outcomes.items()},
        histogram_of=shown,
        histogram=_histogram(outcomes[shown]) if shown else (),
    )


def value_of_information(found: Draws) -> ValueOfInformation:
    """What perfect knowledge, and knowledge of each input alone, would be worth."""
    columns = list(found.net_usd.values())
    means = [float(column.mean()) for column in columns]
    best = int(np.argmax(means))
    top = columns[0]
    for column in columns[1:]:
        top = np.maximum(top, column)
    perfect = _above_error(float(top.mean()) - means[best], float((top - columns[best]).std()) / np.sqrt(found.n))
    gains = [column - columns[best] for column in columns]
    worth = {name: _worth_usd(values, gains, best) for name, values in found.inputs.items()}
    ranked = sorted(((usd, name) for name, usd in worth.items() if usd > 0), key=lambda one: (-one[0], one[1]))
    return ValueOfInformation(
        perfect_usd=perfect,
        inputs=tuple(Worth(input=name, worth_usd=min(usd, perfect)) for usd, name in ranked),
        measure_next=ranked[0][1] if ranked else None,
    )


def _worth_usd(values: FloatArray, gains: list[FloatArray], best: int) -> float:
    """Mean over bins of the largest mean gain over the action that is best without knowing."""
    n = len(values)
    if n < 2 * BINS or values.min() == values.max():
        return 0.0
    cuts = [n * place // BINS for place in range(1, BINS)]
    edges = np.unique(np.partition(values, cuts)[cuts])
    bins = np.searchsorted(edges, values, side="right")
    counts = np.bincount(bins, minlength=len(edges) + 1)
    counted = np.maximum(counts, 1)
    means = np.array([np.bincount(bins, weights=gain, minlength=len(counts)) / counted for gain in gains])
    chosen = np.argmax(means, axis=0)
    worth, variance = 0.0, 0.0
    for action, gain in enumerate(gains):
        turned = (chosen == action) & (counts > 0)
        if action == best or not turned.any():
            continue
        squares = np.bincount(bins, weights=gain * gain, minlength=len(counts)) / counted
        spread = np.maximum(squares - means[action] ** 2, 0.0)
        worth += float((means[action] * counts)[turned].sum()) / n
        variance += float((spread * counts)[turned].sum()) / n**2
    return _above_error(worth, float(np.sqrt(variance)))


def _above_error(amount_usd: float, error_usd: float) -> float:
    return amount_usd if amount_usd > 2 * error_usd and amount_usd > 0 else 0.0


def _best(means: Mapping[str, float]) -> str:
    return max(means, key=lambda action: means[action])


def _with_spread(outcomes: Mapping[str, FloatArray]) -> str | None:
    """The last outcome whose draws differ: what a calculator adds says more than net USD."""
    names = [name for name, column in outcomes.items() if _is_spread(column[np.isfinite(column)])]
    return names[-1] if names else None


def _is_spread(finite: FloatArray) -> bool:
    return bool(finite.size) and bool(finite.min() < finite.max())


def _quantiles(column: FloatArray) -> Quantiles:
    last = len(column) - 1
    ranks = [min(last, max(0, int(np.ceil(q * len(column))) - 1)) for q in _QUANTILES]
    ordered = np.partition(column, sorted(set(ranks)))
    found = [float(ordered[rank]) for rank in ranks]
    names = ("p05", "p25", "p50", "p75", "p95")
    return Quantiles(**{name: one if np.isfinite(one) else None for name, one in zip(names, found, strict=True)})


def _histogram(column: FloatArray) -> tuple[Bin, ...]:
    """Bars between the 0.5% and the 99.5% quantile of the finite draws; shares are of all draws."""
    finite = column[np.isfinite(column)]
    ends = [int(0.005 * (len(finite) - 1)), int(0.995 * (len(finite) - 1))]
    low, high = np.partition(finite, ends)[ends]
    if low == high:
        return ()
    counts, edges = np.histogram(finite, bins=_HISTOGRAM_BINS, range=(float(low), float(high)))
    return tuple(
        Bin(low=float(edges[i]), high=float(edges[i + 1]), share_rate=float(count) / len(column))
        for i, count in enumerate(counts)
    )

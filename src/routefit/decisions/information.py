"""What it would be worth to know inputs before deciding.

    EVPI              = E[max over actions of NV] - max over actions of E[NV]
    worth of input j  = E over 50 equal-probability bins of j of max E[NV | bin], less max E[NV]

In each bin the action is chosen on one half of the draws and valued on the other, and the other way round: on the
same draws, chance alone would make every input worth something. A worth within three of its Monte Carlo errors of
0 counts as 0; none is above the EVPI.
Source: section 7 of the domain, last paragraph.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routefit.decisions.decision import ValueOfInformation, Worth
from routefit.decisions.spread import FloatArray
from routefit.decisions.uncertainty import Draws, best_of

BINS = 50
_ERRORS_RATIO = 3.0
_EDGE_DRAWS = 1 << 15
_CELLS = 1 << 12


def value_of_information(found: Draws) -> ValueOfInformation:
    """What perfect knowledge, and knowledge of each input alone, would be worth."""
    best = found.net_usd[best_of(found.expected_net_usd)]
    others = [column for column in found.net_usd.values() if column is not best]
    if not others or not found.inputs or not np.isfinite(best).all():
        return ValueOfInformation(perfect_usd=0.0, inputs=(), measure_next=None)
    with np.errstate(all="ignore"):
        gains = [column - best for column in others]
        perfect = _perfect_usd(gains)
        worth = {name: min(_worth_usd(values, gains), perfect) for name, values in found.inputs.items()}
    ranked = sorted(((usd, name) for name, usd in worth.items() if usd > 0), key=lambda one: (-one[0], one[1]))
    return ValueOfInformation(
        perfect_usd=perfect,
        inputs=tuple(Worth(input=name, worth_usd=usd) for usd, name in ranked),
        measure_next=ranked[0][1] if ranked else None,
    )


def _perfect_usd(gains: list[FloatArray]) -> float:
    """Mean of what the best action of each draw gains over the one that is best on average."""
    top = np.maximum(gains[0], 0.0)
    for gain in gains[1:]:
        np.maximum(top, gain, out=top)
    return _above_error(float(top.mean()), float(top.std()) / np.sqrt(len(top)))


def _worth_usd(values: FloatArray, gains: list[FloatArray]) -> float:
    n = len(values)
    half = n // 2
    bins = _bins(values)
    if half < BINS or bins is None:
        return 0.0
    worth, variance = 0.0, 0.0
    halves = [slice(0, half), slice(half, n)]
    counts = [np.bincount(bins[one], minlength=BINS) for one in halves]
    sums = [[np.bincount(bins[one], weights=gain[one], minlength=BINS) for gain in gains] for one in halves]
    for choosing, valuing in ((0, 1), (1, 0)):
        means = np.array(sums[choosing]) / np.maximum(counts[choosing], 1)
        chosen = np.where(means.max(axis=0) > 0, means.argmax(axis=0), -1)
        for action, gain in enumerate(gains):
            turned = chosen == action
            if not turned.any():
                continue
            gained = sums[valuing][action][turned]
            part = halves[valuing]
            squares = np.bincount(bins[part], weights=gain[part] ** 2, minlength=BINS)[turned]
            worth += float(gained.sum()) / n
            spread = squares - gained**2 / np.maximum(counts[valuing][turned], 1)
            variance += float(np.maximum(spread, 0.0).sum()) / n**2
    return _above_error(worth, float(np.sqrt(variance)))


def _bins(values: FloatArray) -> NDArray[np.intp] | None:
    """The bin of every draw, of equal probability as far as a part of the draws shows; None where all are equal.

    A table of narrow cells stands for the search in the edges, which would take most of the time; not where
    values repeat, since a cell does not tell such neighbours apart.
    """
    low, high = float(values.min()), float(values.max())
    if not low < high:
        return None
    places = np.arange(1, BINS) / BINS
    edges = np.unique(np.quantile(values[:_EDGE_DRAWS], places, method="inverted_cdf"))
    if len(edges) < BINS - 1:
        return np.asarray(np.searchsorted(edges, values, side="right"))
    width = (high - low) / _CELLS
    table = np.searchsorted(edges, low + width * (np.arange(_CELLS) + 0.5), side="right")
    cells = ((values - low) / width).astype(np.intp)
    return np.asarray(table[np.minimum(cells, _CELLS - 1, out=cells)])


def _above_error(amount_usd: float, error_usd: float) -> float:
    return amount_usd if amount_usd > 0 and amount_usd > _ERRORS_RATIO * error_usd else 0.0

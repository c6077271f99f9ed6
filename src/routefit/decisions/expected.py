"""The decision with one input at another value, all others as uncertain as they are.

    best action at x = argmax over actions of E[NV | input = x]

E is taken over a small sample of the draws, in which every input is spread evenly and in an order of its own
(Latin hypercube), and put right by what the whole of the draws says where nothing is changed. It is made of
eight parts, and their differences tell its error: an action replaces the best one of today only where it is
better by more than four such errors. Without uncertain inputs there is neither a sample nor an error.
Source: section 7 of the domain, last paragraph; replicated Latin hypercube sampling: McKay, Beckman and Conover
(1979).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from routefit.decisions.calculator import Calculator, decision_from
from routefit.decisions.given import Given, Input
from routefit.decisions.spread import FloatArray
from routefit.decisions.uncertainty import Draws, best_of
from routefit.errors import RoutefitError

_PARTS = 8
_STRATA = 512
_SORTED_DRAWS = 1 << 17
_ERRORS_RATIO = 4.0


class DecisionNear:
    """Answers what the decision would be; `here` is the decision of today."""

    def __init__(
        self,
        calculator: Calculator,
        values: Mapping[str, Any],
        found: Draws,
        *,
        here: str,
        staying: str | None,
        rng: np.random.Generator,
    ) -> None:
        self.here = here
        self._calculator = calculator
        self._values = values
        self._staying = staying
        self._inputs = {one.name: one for one in calculator.inputs}
        self._sample = {name: _latin(column, rng) for name, column in found.inputs.items()}
        self._draws = found.inputs
        self._best = best_of(found.expected_net_usd)
        self._n = found.n
        self._today = self._nets({})
        self._off = {name: mean - float(self._today[name].mean()) for name, mean in found.expected_net_usd.items()}

    def start(self, name: str) -> float:
        """Where the search begins: the mean of the draws, at which an input decides as it does on average."""
        if name not in self._draws:
            return float(self._values[name])
        mean = float(self._draws[name].mean())
        return float(round(mean)) if self._inputs[name].is_whole else mean

    def __call__(self, name: str, amount: float) -> str | None:
        """The decision there; None where the input may not have that value, or the formulas have none."""
        try:
            with np.errstate(all="ignore"):
                return self._decided(self._inputs[name], amount)
        except (RoutefitError, ArithmeticError):
            return None

    def net_usd(self, name: str, amount: float, action: str) -> float | None:
        """Expected net USD of an action there; None where it has no value."""
        try:
            with np.errstate(all="ignore"):
                self._inputs[name].checked(Given(value=amount))
                found = float(self._nets({name: amount})[action].mean()) + self._off[action]
        except (RoutefitError, ArithmeticError):
            return None
        return found if math.isfinite(found) else None

    def _decided(self, one: Input, amount: float) -> str:
        one.checked(Given(value=amount))
        nets = self._nets({one.name: amount})
        means = {action: float(net.mean()) + self._off[action] for action, net in nets.items()}
        best = best_of(means)
        if best != self._best and self._sample:
            ahead = means[best] - means[self._best]
            if not ahead > _ERRORS_RATIO * self._error_usd(nets, best):
                best = self._best
        return decision_from(self._calculator, best, {**self._values, one.name: amount})

    def _error_usd(self, nets: Mapping[str, FloatArray], best: str) -> float:
        """Standard error of what `best` is ahead, of the sample and of the draws that it stands for.

        What it is ahead today is known from the whole of the draws, so that only the change has an error.
        """
        ahead = nets[best] - nets[self._best] - (self._today[best] - self._today[self._best])
        parts = ahead.reshape(_PARTS, -1).mean(axis=1)
        return math.sqrt(float(parts.var(ddof=1)) / _PARTS + float(ahead.var()) / self._n)

    def _nets(self, changed: Mapping[str, float]) -> dict[str, FloatArray]:
        """Net USD of every action in the sample, its parts one after the other."""
        with np.errstate(all="ignore"):
            nets = self._calculator.net_usd({**self._values, **self._sample, **changed})
        n = _PARTS * _STRATA if self._sample else 1
        found = {name: np.broadcast_to(np.asarray(one, float), n) for name, one in nets.items()}
        return {self._staying: np.zeros(n), **found} if self._staying is not None else found


def _latin(column: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Evenly spaced quantiles of the draws: each part of the sample has one in every stratum, in random order."""
    ordered = np.sort(column[:_SORTED_DRAWS])
    places = (np.arange(_STRATA)[None, :] + (np.arange(_PARTS)[:, None] + 0.5) / _PARTS) / _STRATA
    values = ordered[(places * len(ordered)).astype(np.intp)]
    return np.asarray(rng.permuted(values, axis=1).ravel())

"""With which probability a span was kept, where the trace says so.

Head sampling leaves its mark in `tracestate` as the rejection threshold T of 56 bits (`ot=th:c` is c followed by
zeros), so the probability is 1 - T / 2^56; or in an attribute. Tail sampling chooses by what happened in the trace
and leaves a mark of its own: rates of such traces say nothing of the traffic.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from routefit.ledger.formats.format import Notes

_THRESHOLD = re.compile(r"(?:^|,)\s*ot=(?:[^,;]*;)*th:([0-9a-f]{1,14})(?:[;,\s]|$)")
_DIGITS = 14
_WHOLE = 1 << 56
_TAIL = "tailsampling."


def sample_rate(trace_state: Any, *attributes: Mapping[str, Any]) -> float | None:
    """The probability, 0 < p <= 1; None where nothing says it."""
    if isinstance(trace_state, str) and (found := _THRESHOLD.search(trace_state)):
        return 1 - int(found[1].ljust(_DIGITS, "0"), 16) / _WHOLE
    for named in attributes:
        rate = _number(named.get("sampling.probability"))
        if rate is None and named.get("sampler.type") == "probabilistic":
            rate = _number(named.get("sampler.param"))
        one_in = _number(named.get("SampleRate"))
        if rate is None and one_in is not None and one_in >= 1:
            rate = 1 / one_in
        if rate is not None and 0 < rate <= 1:
            return rate
    return None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


class SamplingSeen:
    """Counts the calls by the rate at which they were sampled, to say once what the project has to declare."""

    def __init__(self) -> None:
        self._rates: Counter[str] = Counter()
        self._has_tail = False

    def take(self, rate: float | None, attributes: Mapping[str, Any]) -> None:
        """One call was kept at this rate."""
        self._rates[f"{1 if rate is None else rate:.6g}"] += 1
        self._has_tail = self._has_tail or any(name.startswith(_TAIL) for name in attributes)

    def report(self, notes: Notes) -> None:
        """Warn of sampling, with the line for routefit.yaml."""
        if self._has_tail:
            notes.warn(
                "traces were chosen by tail sampling: their rates say nothing of the traffic;"
                " put `sampling: {method: tail}` into routefit.yaml"
            )
        sampled = [rate for rate in self._rates if rate != "1"]
        if not sampled:
            return
        rate, rest = sampled[0], self._rates["1"]
        if len(sampled) == 1 and not rest:
            notes.warn(
                f"traces were sampled at their head at a rate of {rate}: put"
                f" `sampling: {{unit_rate: {rate}, method: head}}` into routefit.yaml, and volumes are scaled"
            )
            return
        shares = ", ".join(f"{one} ({self._rates[one]:,} calls)" for one in sorted(self._rates, key=float))
        notes.warn(
            f"calls were sampled at several rates: {shares}; one rate cannot scale them:"
            " import each into a project of its own with `sampling: {unit_rate: RATE, method: head}`"
        )

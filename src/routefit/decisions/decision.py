"""What every calculator answers with; the field names are the JSON's."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, SerializeAsAny

from routefit.decisions.given import Value
from routefit.evidence import Label
from routefit.lcpr.cell import Window


class Figures(BaseModel):
    """Base of a calculator's `result` and `naive`: frozen, each figure with its unit in its name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Naive(Figures):
    """The answer of the common mistake: what it looks at, what it would do, and why that misleads."""

    decision: str
    why: str


class FlipPoint(Figures):
    """The value of one input, all others as they are, from which on the decision is another.

    `value` is today's, `flips_at` the nearest one at which `decision` holds; `side` says that it holds there and
    "below", or there and "above". Of an uncertain input the mean counts as today's, which may lie beyond `value`.
    """

    input: str
    unit: str
    value: float
    flips_at: float
    side: Literal["below", "above"]
    decision: str


class TornadoBar(Figures):
    """What one input does over its range: the net value of acting at its low and at its high end.

    `is_range` False: no range was given, so the input was moved by 20% either way.
    """

    input: str
    unit: str
    low: float
    high: float
    net_usd_at_low: float
    net_usd_at_high: float
    swing_usd: float
    is_range: bool


class CurvePoint(Figures):
    """Expected net USD of acting with the input at one value."""

    value: float
    net_usd: float


class Curve(Figures):
    """Expected net USD of acting over the input that decides most: of the nearest flip, or the longest bar."""

    input: str
    unit: str
    points: tuple[CurvePoint, ...]


class Quantiles(Figures):
    """Quantiles of the draws; None is "never", which is larger than everything."""

    p05: float | None
    p25: float | None
    p50: float | None
    p75: float | None
    p95: float | None


class Bin(Figures):
    """A bar of a histogram: the share of draws in [low, high)."""

    low: float
    high: float
    share_rate: float


class MonteCarlo(Figures):
    """What the draws say. `draws` is 1 where no input has a range: then the point is all there is.

    `decision` is the action with the highest expected net value, `probability_right` the share of draws in which
    it has the highest one. `acting` is the best action but staying: the one whose `net_usd` is told.
    `expected_net_usd` by action, against staying. `quantiles` by outcome (`net_usd` and what the calculator adds,
    as `payback_months`); `histogram` is that of the last outcome with a spread.
    """

    draws: int
    seed: int
    decision: str
    acting: str
    probability_right: float
    expected_net_usd: dict[str, float]
    quantiles: dict[str, Quantiles]
    histogram_of: str | None = None
    histogram: tuple[Bin, ...] = ()


class Worth(Figures):
    """What it is worth to know one input exactly before deciding."""

    input: str
    worth_usd: float


class ValueOfInformation(Figures):
    """`perfect_usd` is the worth of knowing everything; `inputs` the largest first, without those worth nothing.

    `measure_next` names the first; None where no measurement would change the decision.
    """

    perfect_usd: float
    inputs: tuple[Worth, ...]
    measure_next: str | None


class InputEvidence(Figures):
    """One input as used, with what it rests on; `replaced` says which value of the ledger it overrides.

    `is_varied` False: a threshold of the rules, which neither the tornado nor the search for flips moves.
    """

    input: str
    value: Value | None
    unit: str
    low: float | None = None
    high: float | None = None
    label: Label
    source: str | None = None
    as_of: date | None = None
    replaced: str | None = None
    is_varied: bool = True


class DecisionEvidence(Figures):
    """The strict label is the weakest among the inputs that were used."""

    label: Label
    inputs: tuple[InputEvidence, ...]


class Decision(Figures):
    """The answer of one calculator.

    `workload` and `route` None: plain numbers. `warnings` holds what a reader must know before acting on it.
    `net_usd_over` says what net USD (tornado, draws, worth) are summed over. `window` is that of the ledger whose
    values were taken, and `sampled_unit_rate` the share of the units that it holds; `is_synthetic`: it is made up.
    """

    kind: str
    workload: str | None = None
    route: str | None = None
    decision: str
    naive: SerializeAsAny[Naive]
    result: SerializeAsAny[Figures]
    flip_points: tuple[FlipPoint, ...]
    tornado: tuple[TornadoBar, ...]
    monte_carlo: MonteCarlo
    value_of_information: ValueOfInformation
    curve: Curve | None = None
    evidence: DecisionEvidence
    warnings: tuple[str, ...]
    net_usd_over: Literal["horizon", "month", "task", "run"] = "horizon"
    window: Window | None = None
    sampled_unit_rate: float = 1.0
    is_synthetic: bool = False

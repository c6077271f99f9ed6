"""A decision with six uncertain inputs, each step in a child of its own.

`python -m bench.decisions STEP`; `start`: only what has to be loaded; `draw`: numpy alone drawing the inputs a
million times; `decide`: the whole decision, with flips, tornado, quantiles and the worth of every input.
"""

from __future__ import annotations

import sys

import numpy as np

from routefit.decisions.deciding import DRAWS, decide
from routefit.decisions.kinds import KINDS, Material
from routefit.decisions.spread import Triangular

INPUTS = {
    "current_lcpr_usd": "0.038:0.041:0.044",
    "target_lcpr_usd": "0.025:0.031:0.042",
    "units_per_month": "300000:500000:600000",
    "migration_usd": "8000:11000:20000",
    "current_acceptance_rate": "0.85:0.9:0.95",
    "target_acceptance_rate": "0.8:0.9:0.93",
}


def main(step: str) -> None:
    """Run one step."""
    calculator = KINDS["payback"].build(Material())
    by_name = {one.name: one for one in calculator.inputs}
    given = {name: by_name[name].given(text) for name, text in INPUTS.items()}
    rng = np.random.default_rng(0)
    if step == "draw":
        for one in given.values():
            if isinstance(one.spread, Triangular):
                rng.triangular(one.spread.low, one.spread.mode, one.spread.high, DRAWS)
    if step == "decide":
        decide(calculator, given, rng=rng)


if __name__ == "__main__":
    main(sys.argv[1])

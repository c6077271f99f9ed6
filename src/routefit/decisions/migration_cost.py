"""What a migration costs once, from its parts.

    migration USD = (engineer-weeks x USD per week + eval building + prompt rewriting + parallel running
                     + learning curve + opportunity + quality regression) x this workload's share of it

`migration_usd`, where given, replaces the sum; a part that nobody named counts as nothing, and is named. Shadow
traffic comes on top: it depends on the ramp.
Engineer-weeks are 4 to 12 (OPINION) unless told otherwise.
Source: field guide, chapter 16; section 7.1 of the domain.
"""

from __future__ import annotations

from typing import Any

from routefit.decisions.given import Given, Input, Quantity
from routefit.decisions.spread import Triangular
from routefit.decisions.uncertainty import Arrays
from routefit.evidence import Label

_PARTS = (
    ("eval_building_usd", "building or extending the eval suite"),
    ("prompt_rewriting_usd", "rewriting prompts and tool definitions"),
    ("parallel_running_usd", "running both routes beside each other"),
    ("learning_curve_usd", "learning to operate the new route"),
    ("opportunity_usd", "what the engineers do not do meanwhile"),
    ("quality_regression_usd", "an allowance for results that get worse for a while"),
)

_CHAPTER = "field guide, chapter 16"

INPUTS = (
    Input(
        name="migration_usd",
        option="--migration-usd",
        quantity=Quantity.USD,
        unit="USD",
        meaning="what the migration costs once; without it, its parts are added up",
    ),
)

PART_INPUTS = (
    Input(
        name="engineer_weeks",
        quantity=Quantity.NUMBER,
        unit="weeks",
        meaning="engineering time of the migration",
        default=Given(
            value=8.0,
            spread=Triangular(low=4, mode=8, high=12),
            label=Label.OPINION,
            source=f"{_CHAPTER}: 4 to 12",
        ),
    ),
    Input(
        name="engineer_usd_per_week",
        quantity=Quantity.USD,
        unit="USD per week",
        meaning="loaded cost of an engineer",
        default=Given(
            value=7_000.0, label=Label.OPINION, source="field guide, chapter 20: 30,000 USD a month, loaded"
        ),
    ),
    *(
        Input(
            name=name,
            quantity=Quantity.USD,
            unit="USD",
            meaning=meaning,
        )
        for name, meaning in _PARTS
    ),
    Input(
        name="migration_share_rate",
        quantity=Quantity.RATE,
        unit="share",
        meaning="this workload's share of a migration that several share",
    ),
)


def migration_usd(values: Arrays) -> Any:
    """USD, from the total or from the parts."""
    total = values["migration_usd"]
    if total is None:
        total = values["engineer_weeks"] * values["engineer_usd_per_week"]
        for name, _ in _PARTS:
            if values[name] is not None:
                total = total + values[name]
    share = values["migration_share_rate"]
    return total if share is None else total * share


def unused(values: Arrays) -> frozenset[str]:
    """The parts, where the total is given."""
    if values["migration_usd"] is None:
        return frozenset()
    return frozenset({"engineer_weeks", "engineer_usd_per_week", *(name for name, _ in _PARTS)})


def not_counted(values: Arrays) -> tuple[str, ...]:
    """Parts that nobody named: they count as nothing, so the cost is at least what it says."""
    if values["migration_usd"] is not None:
        return ()
    return tuple(meaning for name, meaning in _PARTS if values[name] is None)

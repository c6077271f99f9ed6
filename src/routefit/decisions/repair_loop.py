"""What an accepted unit costs less once more of the first answers pass, instead of going through a repair.

    calls per unit    = 1 + (1 - p)
    accepted rate     = p + (1 - p) x q
    USD per accepted  = (c + (1 - p) x r) / accepted rate
    saving            = USD per accepted before - USD per accepted after

p is the first-pass rate, c what a first call costs, r what a repair costs, q the share of repairs that end
accepted; a unit is repaired once at most. With q = 1 the cost of a first call falls out: saving = (p after - p
before) x r.
Source: field guide, chapter 19; sections 7.4 and 10 of the domain: from 62% to 89% first pass, calls fall from
1.38 to 1.11 (19.6% less, and 22.2% per accepted unit where 12% of the repairs fail), not by the printed 31%.
"""

from __future__ import annotations

from typing import Any

from routefit.decisions.decision import Figures
from routefit.decisions.given import Given, Input, Quantity
from routefit.decisions.uncertainty import Arrays
from routefit.errors import BadInputError, CannotTellError, UndefinedError
from routefit.evidence import Label

INPUTS: tuple[Input, ...] = (
    Input(
        name="saving_usd_per_unit",
        option="--saving-usd-per-unit",
        quantity=Quantity.USD,
        unit="USD per accepted unit",
        meaning="what an accepted unit costs less with the adapter; or the three below",
    ),
    Input(
        name="first_pass_before_rate",
        option="--first-pass-before-rate",
        quantity=Quantity.RATE,
        unit="share",
        meaning="share of units whose first answer passes today",
    ),
    Input(
        name="first_pass_after_rate",
        option="--first-pass-after-rate",
        quantity=Quantity.RATE,
        unit="share",
        meaning="share of units whose first answer passes with the adapter",
    ),
    Input(
        name="repair_usd_per_unit",
        option="--repair-usd-per-unit",
        quantity=Quantity.USD,
        unit="USD per repaired unit",
        meaning="what repairing a unit costs",
    ),
)

RARE_INPUTS: tuple[Input, ...] = (
    Input(
        name="repair_success_rate",
        quantity=Quantity.RATE,
        unit="share",
        meaning="share of repaired units that end accepted",
        default=Given(value=1.0, label=Label.ASSUMED, source="every repair ends accepted"),
    ),
    Input(
        name="first_call_usd",
        quantity=Quantity.USD,
        unit="USD per unit",
        meaning="what the first answer costs; needed where repairs fail",
    ),
)

_LOOP = ("first_pass_before_rate", "first_pass_after_rate", "repair_usd_per_unit")
_OPTIONS = {one.name: one.shown for one in INPUTS}


class RepairLoop(Figures):
    """The loop before and after; calls per unit, and per accepted unit, with the relative change of each."""

    calls_per_unit_before: float
    calls_per_unit_after: float
    calls_per_unit_change_ratio: float
    accepted_before_rate: float
    accepted_after_rate: float
    calls_per_accepted_unit_change_ratio: float


def saving_usd_per_unit(values: Arrays) -> Any:
    """USD per accepted unit, as given or from the repair loop.

    Raises BadInputError where both are given, CannotTellError where neither is, UndefinedError where nothing would
    be accepted.
    """
    if values["saving_usd_per_unit"] is not None:
        if values["first_pass_after_rate"] is not None:
            raise BadInputError(
                "got --saving-usd-per-unit and --first-pass-after-rate, expected one of them",
                next_step="the saving as an amount, or both first-pass rates with --repair-usd-per-unit",
            )
        return values["saving_usd_per_unit"]
    _require_loop(values)
    before, after = (_usd_per_accepted(values, values[name]) for name in _LOOP[:2])
    return before - after


def repair_loop(values: Arrays) -> RepairLoop | None:
    """The loop at one point; None where the saving is given as an amount."""
    if values["saving_usd_per_unit"] is not None:
        return None
    before, after = (float(values[name]) for name in _LOOP[:2])
    calls = 2 - before, 2 - after
    accepted = tuple(float(_accepted_rate(values, rate)) for rate in (before, after))
    return RepairLoop(
        calls_per_unit_before=calls[0],
        calls_per_unit_after=calls[1],
        calls_per_unit_change_ratio=calls[1] / calls[0] - 1,
        accepted_before_rate=accepted[0],
        accepted_after_rate=accepted[1],
        calls_per_accepted_unit_change_ratio=(calls[1] / accepted[1]) / (calls[0] / accepted[0]) - 1,
    )


def unused(values: Arrays) -> frozenset[str]:
    """The loop, where the saving is given as an amount; the first call, where every repair succeeds."""
    if values["saving_usd_per_unit"] is not None:
        return frozenset({*_LOOP, *(one.name for one in RARE_INPUTS)})
    return frozenset({"first_call_usd"}) if _every_repair_succeeds(values) else frozenset()


def _require_loop(values: Arrays) -> None:
    missing = [name for name in _LOOP if values[name] is None]
    if len(missing) == len(_LOOP) or (missing and values["first_pass_after_rate"] is None):
        raise CannotTellError(
            "finetune needs what the adapter saves: --saving-usd-per-unit, or"
            f" {', '.join(_OPTIONS[name] for name in missing)}",
            next_step=f"--saving-usd-per-unit USD, or {' '.join(f'{_OPTIONS[name]} …' for name in missing)}",
        )
    if missing:
        raise CannotTellError(
            f"finetune needs {', '.join(_OPTIONS[name] for name in missing)} beside --first-pass-after-rate",
            next_step=" ".join(f"{_OPTIONS[name]} …" for name in missing),
        )
    if values["first_call_usd"] is None and not _every_repair_succeeds(values):
        raise CannotTellError(
            "finetune needs first_call_usd: where repairs fail, first answers are paid for units that are lost",
            next_step="--set first_call_usd=USD",
        )


def _every_repair_succeeds(values: Arrays) -> bool:
    rate = values["repair_success_rate"]
    return isinstance(rate, float | int) and rate == 1


def _usd_per_accepted(values: Arrays, first_pass_rate: Any) -> Any:
    """USD per accepted unit; without the first call where that is the same before and after."""
    repairs_usd = (1 - first_pass_rate) * values["repair_usd_per_unit"]
    if _every_repair_succeeds(values):
        return repairs_usd
    return (values["first_call_usd"] + repairs_usd) / _accepted_rate(values, first_pass_rate)


def _accepted_rate(values: Arrays, first_pass_rate: Any) -> Any:
    rate = first_pass_rate + (1 - first_pass_rate) * values["repair_success_rate"]
    if isinstance(rate, float | int) and rate <= 0:
        raise UndefinedError(
            "nothing is accepted: no first answer passes and no repair succeeds",
            next_step="--first-pass-before-rate",
        )
    return rate

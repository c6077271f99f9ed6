"""How far ahead a plan reaches: the months over which net values are summed."""

from __future__ import annotations

from routefit.decisions.given import Given, Input, Quantity
from routefit.evidence import Label

HORIZON = Input(
    name="horizon_months",
    quantity=Quantity.NUMBER,
    unit="months",
    meaning="how far ahead the plan reaches",
    default=Given(value=12.0, label=Label.ASSUMED, source="default of a plan"),
    is_positive=True,
)

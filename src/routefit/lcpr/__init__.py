"""The loaded cost per accepted result: cost of a call, acceptance of a unit, totals, the formula."""

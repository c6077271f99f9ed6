"""Figures of a bill, rounded so that what is printed adds up: rows to columns, columns to the statement's lines.

The lines of the statement are rounded first, by largest remainders, to the rounded invoice. Each column of the
table is rounded the same way to its line, and a row's sum is the sum of what is printed in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from routefit.answers.spend import SpendAnswer
from routefit.lcpr.bill_statement import CATEGORIES
from routefit.units import PICO_USD_PER_USD

BRIDGE = ("not_invoiced", "not_through_gateway", "price_difference")
"""What leads from the traced cost to the invoice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Amounts in the smallest unit that is printed: `decimals` digits after the point.

    `lines` are the five categories and the three of the bridge; `rows` hold the categories of each row.
    """

    decimals: int
    lines: tuple[int | None, ...]
    rows: tuple[tuple[int, ...], ...]

    @property
    def traced_units(self) -> int:
        """The sum of the categories."""
        return sum(amount or 0 for amount in self.lines[: len(CATEGORIES)])

    @property
    def invoice_units(self) -> int:
        """The sum of all lines."""
        return sum(amount or 0 for amount in self.lines)

    def text(self, units: int | None) -> str:
        """`14,850.00`, `-800.00`, `0`; a dash for what is not known."""
        if units is None:
            return "–"
        return f"{units / 10**self.decimals:,.{self.decimals}f}" if units else "0"


def figures(answer: SpendAnswer, *, decimals: int) -> Figures:
    """The amounts of the answer with so many decimals."""
    unit = PICO_USD_PER_USD // 10**decimals
    statement = answer.statement
    amounts = [getattr(statement, f"{name}_usd") for name in (*CATEGORIES, *BRIDGE)]
    if statement.invoice_usd is None:
        amounts[len(CATEGORIES) :] = [None] * len(BRIDGE)
    rounded = rounded_parts([_pico(usd) for usd in amounts], unit)
    columns = [
        _rounded_to(rounded[at], [_pico(getattr(row, f"{name}_usd")) for row in answer.rows], unit)
        for at, name in enumerate(CATEGORIES)
    ]
    return Figures(
        decimals=decimals,
        lines=tuple(None if usd is None else amount for usd, amount in zip(amounts, rounded, strict=True)),
        rows=tuple(zip(*columns, strict=True)),
    )


def decimals_of(answer: SpendAnswer) -> int:
    """Cents, or more where the whole bill is small change."""
    largest_usd = max(answer.total_usd, abs(answer.statement.invoice_usd or 0.0))
    return 2 if largest_usd >= 10 else 4 if largest_usd >= 0.1 else 6


def rounded_parts(parts: Sequence[int], unit_pico_usd: int) -> list[int]:
    """Amounts in whole units that add up to the rounded sum: the largest remainders are rounded up."""
    return _rounded_to(_nearest(sum(parts), unit_pico_usd), parts, unit_pico_usd)


def _rounded_to(total: int, parts: Sequence[int], unit: int) -> list[int]:
    floors = [part // unit for part in parts]
    order = sorted(range(len(parts)), key=lambda at: (-(parts[at] % unit), at))
    missing = total - sum(floors)
    # A column rounded to its line may lack, or have, more than one unit for each of its rows.
    for step in range(abs(missing)):
        at = order[step % len(order)] if missing > 0 else order[-1 - step % len(order)]
        floors[at] += 1 if missing > 0 else -1
    return floors


def _nearest(amount: int, unit: int) -> int:
    return (2 * amount + unit) // (2 * unit)


def _pico(usd: float | None) -> int:
    return round((usd or 0.0) * PICO_USD_PER_USD)

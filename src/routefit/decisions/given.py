"""What a calculator asks for (`Input`) and is given (`Given`): a value, how sure it is, and its evidence."""

from __future__ import annotations

import math
from datetime import date
from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from routefit.decisions.spread import Spread, Triangular
from routefit.errors import BadInputError
from routefit.evidence import Evidence, Label

Value: TypeAlias = float | bool | str | date

MOST = 1e15
"""No amount, count or price is more, or, unless it is 0, less than 1 / MOST: their products would overflow."""


class Quantity(StrEnum):
    """What kind of value an input takes."""

    USD = "usd"
    RATE = "rate"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    DATE = "date"

    @property
    def is_numeric(self) -> bool:
        """Whether it may be a range, and is varied in a tornado."""
        return self in (Quantity.USD, Quantity.RATE, Quantity.NUMBER)


class Given(BaseModel):
    """A value of one input.

    `value` is the point: the mode of a typed range, the estimate of the ledger; None is UNKNOWN. `spread` None is
    a fixed value. `replaced` says in words which value of the ledger a typed one overrides.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Value | None = None
    spread: Annotated[Spread | None, Field(default=None)] = None
    label: Label = Label.UNKNOWN
    source: str | None = None
    as_of: date | None = None
    replaced: str | None = None

    @property
    def evidence(self) -> Evidence:
        """Label, source and date."""
        return Evidence(label=self.label, source=self.source, as_of=self.as_of)

    @property
    def is_known(self) -> bool:
        """Whether there is a value."""
        return self.value is not None


class Input(BaseModel):
    """One input of a calculator: its name in the formula, its option on the command line, and what it may be.

    `option` None: only through `--set NAME=VALUE` or a file. A flag has its opposite in `opposite_option`
    (`--evals/--no-evals`). `default` stands where nothing is given, with its own label; without one the input is
    unknown, and where `is_required` nothing can be said without it. `is_positive` refuses 0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    meaning: str
    quantity: Quantity
    unit: str = ""
    option: str | None = None
    opposite_option: str | None = None
    choices: tuple[str, ...] = ()
    default: Given | None = None
    is_required: bool = False
    is_positive: bool = False
    is_whole: bool = False
    is_varied: bool = True

    @property
    def shown(self) -> str:
        """How an error names it: the option where it has one."""
        return self.option or self.name

    def given(self, text: str, *, source: str = "typed") -> Given:
        """The value that somebody typed, labelled ASSUMED; BadInputError naming the input."""
        if self.quantity.is_numeric:
            return self._number(text, source)
        return Given(value=self._word(text), label=Label.ASSUMED, source=source)

    def checked(self, given: Given) -> Given:
        """The value, when it is one that the input may have; BadInputError otherwise."""
        if not self.quantity.is_numeric or given.value is None:
            return given
        ends = [given.value] if given.spread is None else [given.value, given.spread.low, given.spread.high]
        for end in ends:
            self._check(end)
        return given

    def _number(self, text: str, source: str) -> Given:
        parts = [self._float(part, text) for part in text.split(":")]
        if len(parts) == 1:
            return self.checked(Given(value=parts[0], label=Label.ASSUMED, source=source))
        if len(parts) != 3:
            raise self._refused(text, "a number, or a range low:mode:high")
        low, mode, high = parts
        if not low <= mode <= high:
            raise self._refused(text, "a range low:mode:high in this order")
        spread = Triangular(low=low, mode=mode, high=high) if low < high else None
        return self.checked(Given(value=mode, spread=spread, label=Label.ASSUMED, source=source))

    def _float(self, part: str, text: str) -> float:
        try:
            found = float(part.replace("_", "?"))
        except ValueError:
            raise self._refused(text or "nothing", f"a number, or a range low:mode:high{_hint(part)}") from None
        if not math.isfinite(found):
            raise self._refused(text, "a finite number")
        return found

    def _check(self, amount: Value) -> None:
        if isinstance(amount, bool) or not isinstance(amount, int | float):
            raise self._refused(str(amount), "a number")
        shown = f"{amount:g}"
        if self.quantity is Quantity.RATE and not 0 <= amount <= 1:
            hint = f" ({amount:g}% is {amount / 100:g})" if 1 < amount <= 100 else ""
            raise self._refused(shown, f"a rate from 0 to 1{hint}")
        if amount < 0:
            raise self._refused(
                shown, f"{'an amount of money' if self.quantity is Quantity.USD else 'a number'} >= 0"
            )
        if self.is_positive and amount == 0:
            raise self._refused(shown, "more than 0")
        if amount > MOST or 0 < amount < 1 / MOST:
            raise self._refused(shown, f"at most {MOST:g}" if amount > MOST else f"0, or at least {1 / MOST:g}")
        if self.is_whole and amount != int(amount):
            raise self._refused(shown, "a whole number")

    def _word(self, text: str) -> Value:
        if self.quantity is Quantity.FLAG:
            known = {"true": True, "yes": True, "false": False, "no": False}
            if text.casefold() not in known:
                raise self._refused(text, "true or false")
            return known[text.casefold()]
        if self.quantity is Quantity.DATE:
            try:
                return date.fromisoformat(text)
            except ValueError:
                raise self._refused(text, "a date as year-month-day") from None
        if self.choices and text not in self.choices:
            raise self._refused(text, f"one of {', '.join(self.choices)}")
        return text

    def _refused(self, got: str, expected: str) -> BadInputError:
        return BadInputError(
            f"{self.shown}: got {got}, expected {expected}", next_step=f"{self.shown}: {self.meaning}"
        )


def _hint(part: str) -> str:
    """What somebody meant by a number as people write it: `12%`, `1,000`, `$5`."""
    plain = part.strip().removesuffix("%").removeprefix("$").replace(",", "").replace("_", "")
    try:
        amount = float(plain)
    except ValueError:
        return ""
    return f" ({part} is {amount / 100 if part.strip().endswith('%') else amount:g})"

"""Accepted work by the hour: the load that a fleet of replicas has to serve.

    mean     = sum of hours / number of hours          a month is `hours_per_month` x mean
    peak     = highest hour of the series
    trough   = lowest hour of the mean week            (168 hours, each the mean of its hours in the series)
    p05      = 5th percentile of the series by nearest rank
    overflow(x) = mean over hours of max(0, load - x)  what does not fit below x units an hour

Hours are whole and follow each other without gaps; an hour without work is 0. Hour 0 of the week is Monday 00:00
UTC where the first hour's instant is known, else the first hour itself. `overflow` is piecewise linear in x with a
bend at every hour's load, so that sorted loads and their sums give it for any number of x at once.
Source: field guide, chapter 18; section 7.3 of the domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from routefit.decisions.spread import FloatArray
from routefit.evidence import Evidence, Label
from routefit.stats.quantiles import nearest_rank

HOURS_PER_WEEK = 168

_Units = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class HourlyLoad(BaseModel):
    """Accepted units of consecutive whole hours; `starts_at` None: the hours are only numbered.

    A load of one hour is flat: every hour is like it. `is_flat` says that it was meant so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hourly_units: tuple[_Units, ...] = Field(min_length=1)
    starts_at: datetime | None = None
    label: Label = Label.ASSUMED
    source: str | None = None
    as_of: date | None = None

    @field_validator("starts_at")
    @classmethod
    def _is_a_whole_hour(cls, starts_at: datetime | None) -> datetime | None:
        if starts_at is None:
            return None
        if starts_at.tzinfo is None or (starts_at.minute, starts_at.second, starts_at.microsecond) != (0, 0, 0):
            raise ValueError(f"{starts_at} is not a whole hour with a time zone")
        return starts_at.astimezone(UTC)

    @classmethod
    def flat(cls, units_per_hour: float, *, label: Label = Label.ASSUMED, source: str | None = None) -> HourlyLoad:
        """The same in every hour."""
        return cls(hourly_units=(units_per_hour,), label=label, source=source)

    @property
    def evidence(self) -> Evidence:
        """What the load rests on."""
        return Evidence(label=self.label, source=self.source, as_of=self.as_of)

    @property
    def hours(self) -> int:
        """How many hours the series has."""
        return len(self.hourly_units)

    @property
    def is_flat(self) -> bool:
        """Whether it is one hour that stands for all of them."""
        return self.hours == 1

    @cached_property
    def total_units(self) -> float:
        """All accepted units of the series."""
        return float(sum(self.hourly_units))

    @property
    def mean_units_per_hour(self) -> float:
        """Accepted units of a mean hour."""
        return self.total_units / self.hours

    @cached_property
    def peak_units_per_hour(self) -> float:
        """Accepted units of the highest hour."""
        return max(self.hourly_units)

    @cached_property
    def p05_units_per_hour(self) -> float:
        """The 5th percentile of the hours, by nearest rank."""
        return nearest_rank(self.hourly_units, 5)

    @property
    def trough_units_per_hour(self) -> float:
        """The lowest hour of the mean week."""
        return min(units for units in self.hour_of_week_units if units is not None)

    @property
    def _first_place(self) -> int:
        """The place of the first hour in its week: 0 is Monday 00:00 UTC, or the first hour itself."""
        return 0 if self.starts_at is None else self.starts_at.weekday() * 24 + self.starts_at.hour

    @cached_property
    def hour_of_week_units(self) -> tuple[float | None, ...]:
        """The mean week: 168 means; None for an hour of the week that the series does not reach."""
        if self.is_flat:
            return self.hourly_units * HOURS_PER_WEEK
        return hour_of_week_means(self.hourly_units, index=self._first_place)

    def units_per_month(self, hours_per_month: float) -> float:
        """The series scaled to a month by its mean."""
        return self.mean_units_per_hour * hours_per_month

    def mean_overflow_units(self, units_per_hour: Any) -> Any:
        """Mean over hours of what exceeds `units_per_hour`, a float or an array; units per hour.

        Exactly 0 from the peak on, and the mean less x below every hour.
        """
        bends, above = self._bends
        asked = np.asarray(units_per_hour, float)
        place = np.searchsorted(bends, asked, side="right")
        left = self.hours - place
        return np.maximum(0.0, above[place] - left * asked) / self.hours

    def mean_served_units(self, units_per_hour: Any) -> Any:
        """Mean over hours of min(load, `units_per_hour`): what fits; units per hour."""
        return self.mean_units_per_hour - self.mean_overflow_units(units_per_hour)

    def exceeded_units(self, hours: Any) -> Any:
        """The load that more than so many hours exceed or reach: that of place floor(hours) + 1 from the highest.

        Units per hour; 0 where the series has no more hours than that. A float or an array.
        """
        bends, _ = self._bends
        place = np.floor(np.asarray(hours, float))
        found = bends[np.clip(self.hours - 1 - place, 0, self.hours - 1).astype(np.intp)]
        return np.where(place < self.hours, found, 0.0)

    @cached_property
    def _bends(self) -> tuple[FloatArray, FloatArray]:
        """The hours in ascending order, and for each place the sum of the hours from there on."""
        bends = np.sort(np.asarray(self.hourly_units, float))
        above = np.concatenate([np.cumsum(bends[::-1])[::-1], [0.0]])
        return bends, above


def hour_of_week_means(units: Sequence[float], *, index: int) -> tuple[float | None, ...]:
    """The mean of the values on each of the 168 hours of a week; the first value falls on hour `index`."""
    values = np.asarray(units, float)
    places = (np.arange(len(values)) + index) % HOURS_PER_WEEK
    sums = np.bincount(places, weights=values, minlength=HOURS_PER_WEEK)
    counts = np.bincount(places, minlength=HOURS_PER_WEEK)
    return tuple(float(total) / int(count) if count else None for total, count in zip(sums, counts, strict=True))

"""A load by the hour: mean, peak, trough of the mean week, percentile, and what exceeds a capacity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from pydantic import ValidationError

from routefit.decisions.load import HOURS_PER_WEEK, HourlyLoad

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)


def of(*units: float, starts_at: datetime | None = None) -> HourlyLoad:
    """A load of these hours."""
    return HourlyLoad(hourly_units=units, starts_at=starts_at)


def test_mean_peak_and_month() -> None:
    """A series is scaled to a month by its mean."""
    load = of(10, 0, 50, 20)
    assert (load.mean_units_per_hour, load.peak_units_per_hour, load.total_units) == (20, 50, 80)
    assert load.units_per_month(720) == 14_400
    assert not load.is_flat


def test_a_flat_load_is_every_hour() -> None:
    """One hour stands for all of them."""
    load = HourlyLoad.flat(12.5)
    assert load.is_flat
    assert load.hour_of_week_units == (12.5,) * HOURS_PER_WEEK
    assert load.trough_units_per_hour == load.peak_units_per_hour == load.p05_units_per_hour == 12.5


def test_trough_is_the_lowest_hour_of_the_mean_week_and_not_of_the_series() -> None:
    """One dead hour in one week of two halves that hour of the mean week."""
    weeks = [100.0] * (2 * HOURS_PER_WEEK)
    weeks[5] = 0.0
    load = of(*weeks)
    assert load.trough_units_per_hour == 50
    assert load.hour_of_week_units[5] == 50


def test_p05_is_a_value_of_the_series() -> None:
    """Nearest rank: of 100 hours the fifth lowest."""
    assert of(*range(100)).p05_units_per_hour == 4


@pytest.mark.parametrize(
    ("starts_at", "place"),
    [
        pytest.param(None, 0, id="numbered hours: the first is hour 0"),
        pytest.param(MONDAY, 0, id="Monday midnight"),
        pytest.param(MONDAY + timedelta(days=6, hours=23), 167, id="the last hour of Sunday"),
        pytest.param(
            datetime(2026, 6, 1, 2, tzinfo=timezone(timedelta(hours=2))), 0, id="another zone is turned into UTC"
        ),
    ],
)
def test_hours_fall_on_their_place_in_the_week(starts_at: datetime | None, place: int) -> None:
    """Hours that the series does not reach are unknown, never 0."""
    week = of(7, 8, starts_at=starts_at).hour_of_week_units
    assert week[place] == 7
    assert week[(place + 1) % HOURS_PER_WEEK] == 8
    assert sum(units is None for units in week) == HOURS_PER_WEEK - 2


@pytest.mark.parametrize(
    "starts_at",
    [
        pytest.param(datetime(2026, 6, 1), id="no zone"),
        pytest.param(MONDAY + timedelta(minutes=30), id="half an hour"),
    ],
)
def test_a_start_that_is_no_whole_hour_is_refused(starts_at: datetime) -> None:
    """The place in the week would be a guess."""
    with pytest.raises(ValidationError, match="whole hour"):
        of(1, 2, starts_at=starts_at)


@pytest.mark.parametrize(
    "units",
    [pytest.param((), id="no hours"), pytest.param((-1.0,), id="negative"), pytest.param((np.inf,), id="inf")],
)
def test_nonsense_is_refused(units: tuple[float, ...]) -> None:
    """At least one hour, each a finite number from 0 on."""
    with pytest.raises(ValidationError):
        HourlyLoad(hourly_units=units)


def test_overflow() -> None:
    """Mean of what exceeds a capacity; exactly 0 from the peak on, the mean at no capacity."""
    load = of(10, 0, 50, 20)
    assert float(load.mean_overflow_units(0)) == 20
    assert float(load.mean_overflow_units(15)) == (35 + 5) / 4
    assert float(load.mean_overflow_units(50)) == 0
    assert float(load.mean_overflow_units(1e9)) == 0
    assert float(load.mean_served_units(15)) == 10
    assert np.asarray(load.mean_overflow_units(np.array([0.0, 15, 50]))).tolist() == [20, 10, 0]


def test_load_that_so_many_hours_exceed() -> None:
    """Place floor(hours) + 1 from the highest; beyond the series nothing."""
    load = of(10, 0, 50, 20)
    assert [float(load.exceeded_units(hours)) for hours in (0, 0.9, 1, 2.5, 3, 4, 1e12)] == [
        50,
        50,
        20,
        10,
        0,
        0,
        0,
    ]

"""A fleet that follows the load: replica-hours, cold starts and what a billing window wastes."""

from __future__ import annotations

import numpy as np
import pytest

from routefit.decisions.autoscaling import Autoscaled, autoscaled, is_viable


def following(
    *hours: float, window: float | None = None, cold_s: float | None = None, spike_s: float | None = None
) -> Autoscaled:
    """Loads in replicas."""
    return autoscaled(np.array(hours), 1.0, billing_window_minutes=window, cold_start_s=cold_s, spike_s=spike_s)


def test_viable() -> None:
    """Up before the spike has passed; unknown where either is."""
    assert is_viable(60, 60) is True
    assert is_viable(61, 60) is False
    assert is_viable(None, 60) is None
    assert is_viable(60, None) is None


def test_whole_hours_without_a_length_of_spikes() -> None:
    """1.5 replicas of work keep two up for the hour."""
    found = following(1.5, 0, 2, 0)
    assert found.worked_hours == (2 + 2) / 4
    assert found.wasted_hours is None
    assert found.billed_hours == 1.0


def test_each_start_warms_up() -> None:
    """Two starts of two replicas in four hours, six minutes each."""
    assert following(2, 0, 2, 0, cold_s=360).warming_hours == pytest.approx(4 * 0.1 / 4)


@pytest.mark.parametrize(
    ("window", "wasted_hours"),
    [
        pytest.param(5, 0.0, id="whole hours are whole windows"),
        pytest.param(60, 0.0, id="an hour"),
        pytest.param(180, (2 + 2) / 8, id="three hours for one: the rest of each window"),
        pytest.param(240, 2 / 8, id="four hours: the second run lies in the window of the first"),
    ],
)
def test_windows_beyond_the_end_of_a_run(window: float, wasted_hours: float) -> None:
    """One replica for one hour, and again three hours later: a window that still runs is not paid twice."""
    runs = (1, 0, 0, 1, 0, 0, 0, 0)
    assert following(*runs, window=window).wasted_hours == pytest.approx(wasted_hours)


def test_short_spikes_waste_most_of_a_window() -> None:
    """Six minutes of work in spikes of one minute: six windows of five minutes."""
    found = following(0.1, window=5, spike_s=60)
    assert found.worked_hours == pytest.approx(0.1)
    assert found.wasted_hours == pytest.approx((6 * 5 - 6) / 60)


def test_windows_that_fill_the_hour_keep_the_replica_up() -> None:
    """No more than the hour is paid, however often it starts."""
    found = following(0.5, window=30, spike_s=60)
    assert found.billed_hours == pytest.approx(1.0)


def test_cold_starts_are_paid_but_are_no_waste() -> None:
    """Ten spikes of a minute, each after a cold start of 30 s, in windows of 90 s."""
    found = following(600 / 3600, window=1.5, cold_s=30, spike_s=60)
    assert found.warming_hours == pytest.approx(300 / 3600)
    assert found.wasted_hours == pytest.approx(0.0)


def test_replicas_that_work_through_waste_nothing() -> None:
    """Full hours have no spikes."""
    found = following(3, 3, 3, window=5, cold_s=30, spike_s=60)
    assert (found.worked_hours, found.warming_hours, found.wasted_hours) == (3, 0, 0)

"""A fleet that follows the load: cold starts, minimum billing windows, and the pool that must stay warm.

In each hour floor(load / usable) replicas work through, and one more works for the share f of the hour.

    viable        cold start <= spike            else a replica is up after the spike has passed
    start         lasts min(spike, f x 3600) seconds; f x 3600 / that many of them in the hour
    billed        each start rounds up to whole windows of (cold start + its seconds); at most the hour
    waste         billed - (cold start + seconds worked)
    warm pool     replicas that the peak needs, always on: hours x replicas x C_hw

Without a length of spikes a replica stays up for whole hours, and a window wastes what is left of it at the end
of a run of hours, unless the next run begins before it ends. A replica that works through adds no waste of its
own.
Source: field guide, chapter 18; section 7.3 of the domain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from routefit.decisions.spread import FloatArray

_HOUR_S = 3600.0
_MOST_HOURS = 1344
"""Windows that are longer than an hour are followed over eight weeks at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoscaled:
    """Replica-hours of a mean hour: busy, warming up, and paid for by the window alone; None is unknown."""

    worked_hours: float
    warming_hours: float
    wasted_hours: float | None

    @property
    def billed_hours(self) -> float:
        """What is paid for."""
        return self.worked_hours + self.warming_hours + (self.wasted_hours or 0.0)


def is_viable(cold_start_s: float | None, spike_s: float | None) -> bool | None:
    """Whether a replica is up before a typical spike has passed; None where either is unknown."""
    return None if cold_start_s is None or spike_s is None else cold_start_s <= spike_s


def autoscaled(
    hourly_units: FloatArray,
    usable_units_per_hour: float,
    *,
    billing_window_minutes: float | None = None,
    cold_start_s: float | None = None,
    spike_s: float | None = None,
) -> Autoscaled:
    """Replica-hours of a mean hour when the fleet follows these hours down to no replica at all."""
    replicas = hourly_units / usable_units_per_hour
    through = np.floor(replicas + 1e-9)
    busy_s = np.maximum(0.0, replicas - through) * _HOUR_S
    if spike_s:
        return _in_spikes(through, busy_s, spike_s, cold_start_s or 0.0, billing_window_minutes)
    running = through + (busy_s > 1e-6)
    starts = np.maximum(0.0, np.diff(running, prepend=0.0))
    wasted = None if billing_window_minutes is None else _wasted_hours(running, billing_window_minutes / 60)
    return Autoscaled(
        worked_hours=float(running.mean()),
        warming_hours=float(starts.mean()) * (cold_start_s or 0.0) / _HOUR_S,
        wasted_hours=wasted,
    )


def _in_spikes(
    through: FloatArray, busy_s: FloatArray, spike_s: float, cold_start_s: float, window_minutes: float | None
) -> Autoscaled:
    lasting_s = np.minimum(spike_s, busy_s)
    starts = np.divide(busy_s, lasting_s, out=np.zeros_like(busy_s), where=lasting_s > 0)
    up_s = np.minimum(_HOUR_S, starts * (cold_start_s + lasting_s))
    wasted = None
    if window_minutes is not None:
        window_s = window_minutes * 60
        billed_s = starts * np.ceil((cold_start_s + lasting_s) / window_s - 1e-9) * window_s
        # A replica whose windows fill the hour simply stays up: no more than the hour is paid.
        wasted = float(np.maximum(0.0, np.minimum(_HOUR_S, billed_s) - up_s).mean()) / _HOUR_S
    worked_s = np.minimum(busy_s, up_s)
    return Autoscaled(
        worked_hours=float(through.mean()) + float(worked_s.mean()) / _HOUR_S,
        warming_hours=float((up_s - worked_s).mean()) / _HOUR_S,
        wasted_hours=wasted,
    )


def _wasted_hours(running: FloatArray, window_hours: float) -> float:
    """Hours of a mean hour that are paid for after a run of hours has ended."""
    if (1 / window_hours).is_integer():
        return 0.0
    followed = running[:_MOST_HOURS]
    paid_until_hours = np.zeros(int(followed.max(initial=0.0)))
    wasted = 0.0
    for hour, replicas in enumerate(followed):
        needed = paid_until_hours[: int(replicas)]
        idle = paid_until_hours[int(replicas) :]
        wasted += float(np.clip(idle - hour, 0.0, 1.0).sum())
        short = np.maximum(0.0, hour + 1 - np.maximum(needed, hour))
        begun = np.maximum(needed, hour)
        needed[:] = begun + np.ceil(short / window_hours - 1e-9) * window_hours
    end = float(len(followed))
    return (wasted + float(np.maximum(0.0, paid_until_hours - end).sum())) / max(end, 1.0)

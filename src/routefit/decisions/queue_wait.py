"""How long a task waits in a queue for background work: M/M/c.

    a = arrivals x service time (servers busy on average), rho = a / c, which must be below 1
    C = Erlang's C: the probability that an arriving task waits
    P(wait > t) = C x exp(-(c - a) x t / service time);   mean depth = C x rho / (1 - rho)

Arrivals and service times are assumed to be exponential: arrivals in bursts wait longer, service times that are
all alike about half as long. An unstable queue (rho >= 1) has no waiting time: it grows for ever.
Source: Erlang (1917); field guide, chapter 21; section 7.7 of the domain.
"""

from __future__ import annotations

import math

from routefit.decisions.decision import Figures
from routefit.errors import BadInputError

MOST_SERVERS = 10_000
"""Erlang's recursion takes a step for each."""


class QueueFigures(Figures):
    """A queue in figures; None where it is unstable, and `reason` says so."""

    wait_p95_minutes: float | None
    depth_mean: float | None
    wait_mean_minutes: float | None
    utilization_ratio: float
    waiting_rate: float
    is_stable: bool
    model: str
    reason: str | None


def queue_wait(*, arrivals_per_hour: float, service_minutes: float, servers: int) -> QueueFigures:
    """The waiting time and the depth; BadInputError without a server or with too many."""
    if servers < 1:
        raise BadInputError(f"servers: got {servers}, expected at least 1", next_step="--set servers=4")
    if servers > MOST_SERVERS:
        raise BadInputError(
            f"servers: got {servers:,}, expected at most {MOST_SERVERS:,}", next_step="--set servers=4"
        )
    offered = arrivals_per_hour * service_minutes / 60
    utilization = offered / servers
    if utilization >= 1:
        return QueueFigures(
            wait_p95_minutes=None,
            depth_mean=None,
            wait_mean_minutes=None,
            utilization_ratio=utilization,
            waiting_rate=1.0,
            is_stable=False,
            model="M/M/c",
            reason=(
                f"unstable: {offered:.3g} servers' work arrives for {servers},"
                f" the queue grows until at least {math.floor(offered) + 1} serve it"
            ),
        )
    waiting = waiting_rate(offered, servers)
    slack = (servers - offered) / service_minutes if service_minutes else math.inf
    return QueueFigures(
        wait_p95_minutes=max(0.0, math.log(waiting / 0.05) / slack) if waiting > 0 else 0.0,
        depth_mean=waiting * utilization / (1 - utilization),
        wait_mean_minutes=waiting / slack,
        utilization_ratio=utilization,
        waiting_rate=waiting,
        is_stable=True,
        model="M/M/c",
        reason=None,
    )


def waiting_rate(busy_servers: float, servers: int) -> float:
    """Erlang's C for so many servers' work, by the recursion of Erlang's B; below `servers`."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = busy_servers * blocked / (number + busy_servers * blocked)
    return blocked / (1 - busy_servers / servers * (1 - blocked))

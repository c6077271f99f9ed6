"""Synthetic fleets: seeded traffic with known totals, written as the files that a user would import."""

from __future__ import annotations

from routefit.simulate.fleet import FleetFiles, write_fleet
from routefit.simulate.truth import FleetTruth, RouteTruth

__all__ = ["FleetFiles", "FleetTruth", "RouteTruth", "write_fleet"]

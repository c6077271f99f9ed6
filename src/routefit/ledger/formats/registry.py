"""The formats by the name that a user types."""

from __future__ import annotations

from routefit.ledger.formats.format import Format

FORMATS: dict[str, Format] = {}

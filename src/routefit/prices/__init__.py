"""The price book: catalog, own snapshots and the routes' own prices as flat rows."""

from __future__ import annotations

from routefit.prices.book import PriceBook, ResolvedPrices

__all__ = ["PriceBook", "ResolvedPrices"]

"""Intervals, jackknife, sample size: thin over the standard library, numpy and scipy.

Import the submodule that is needed (`routefit.stats.rates`, `.quantiles`, `.jackknife`, `.balance`): numpy and
scipy are then loaded only by who computes an interval of a cost.
"""

"""Costs of the product as ratios in one run, beside their budgets: `make bench`.

A figure is CPU seconds (user and system) of a whole child process on one core, the least of a few repeats, so that
a busy machine does not show; a ratio divides two figures of the same run. Nothing here is a test.
"""

"""Feasible, capable, comparable, cheap: in this order."""

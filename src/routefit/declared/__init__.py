"""Frozen models of what a team declares."""

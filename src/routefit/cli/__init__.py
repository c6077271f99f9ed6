"""The command line: parses, calls one answer, renders; no arithmetic here."""

from routefit.cli.running import main

__all__ = ["main"]

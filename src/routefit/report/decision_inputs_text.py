"""The inputs of a kind of decision that have no option of their own, for its help."""

from __future__ import annotations

from routefit.decisions.given import Given
from routefit.decisions.kinds import Kind, Material


def inputs_help(kind: Kind) -> str:
    """A line for each: its name, what it is, and its default with the label."""
    rare = [one for one in kind.build(Material()).inputs if not one.option]
    if not rare:
        return ""
    lines = [f"  {one.name}: {one.meaning}{_default(one.default)}" for one in rare]
    return "\b\nBy --set NAME=VALUE or as a line of FILE.yaml:\n" + "\n".join(lines)


def _default(given: Given | None) -> str:
    if given is None or given.value is None:
        return ""
    if given.spread is not None:
        shown = f"{given.spread.low:g}:{given.spread.mode:g}:{given.spread.high:g}"
    else:
        shown = f"{given.value:g}" if isinstance(given.value, float) else str(given.value)
    return f" ({shown}, {given.label})"

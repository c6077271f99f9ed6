"""What the proposals say in words: where they come from, and what only people can fill in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from routefit.answers.discover_groups import Group
from routefit.answers.discover_routes import SELF_HOSTING, Served, served_calls
from routefit.funnel.words import count, listed, plural
from routefit.lcpr.cell import Window
from routefit.project.yaml_text import flow

AGENT_CALLS_PER_UNIT = 5


def found_words(window: Window) -> str:
    """`2026-05-01 to 2026-05-28`: the first and the last day."""
    return f"{window.start.date()} to {window.end.date() - timedelta(days=1)}"


def class_guess(group: Group) -> str | None:
    """What class the calls look like, good enough for a comment."""
    if group.unit.is_grouping and group.unit.calls_per_unit >= AGENT_CALLS_PER_UNIT:
        return "agentic"
    if group.unit.name == "session_id":
        return "human_waiting_streaming"
    return "machine_waiting" if group.is_embedding else None


def fill_in_lines(
    worth: Sequence[Group], ruled: Sequence[Group], names: Mapping[int, str], unpriced: Sequence[Served]
) -> list[str]:
    """What is left unknown, one line each."""
    lines = []
    for group in worth:
        if group.is_grader and group.judged is None:
            when = flow({name: values if len(values) > 1 else values[0] for name, values in group.conditions})
            lines.append(
                f"{when} looks like a judge ({plural(group.calls, 'call')}), but shares units with no workload: "
                "say which with a rule of role: grader and workload: NAME"
            )
    lines += _ungrouped(ruled, names)
    lines += [
        f"no price list knows {model} of {provider}: its calls cost what the log reports; "
        f"name the model in model_aliases, or its price in prices/"
        for provider, model in unpriced
    ]
    own = sorted(
        {model for group in ruled for provider, model in served_calls(group.profiles) if provider in SELF_HOSTING}
    )
    if own:
        lines.append(
            f"{listed(own)}: a server of your own; its calls have no cost until routes/ states its capacity "
            "or `routefit import capacity` says which hours ran"
        )
    if ruled:
        lines.append(
            "of every workload: quality_floor_rate, what people cost, running cost, and what counts as accepted"
        )
    return lines


def _ungrouped(groups: Iterable[Group], names: Mapping[int, str]) -> list[str]:
    single = sorted(
        {names[id(group)] for group in groups if id(group) in names and not group.unit.is_grouping}
        - {names[id(group)] for group in groups if id(group) in names and group.unit.is_grouping}
    )
    if not single:
        return []
    shown = [*single[:6], f"{count(len(single) - 6)} more"] if len(single) > 6 else single
    return [
        f"{listed(shown)}: nothing joins the calls of a unit, so each call is one and retries cannot be seen; "
        "send a session or a task id with the calls"
    ]

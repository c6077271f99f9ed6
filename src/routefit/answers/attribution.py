"""How calls found their workload and their unit: what each rule took, how units were formed, what looks wrong.

A key that groups nothing hides retries: a second attempt is a unit of its own then, so rates of retries are not
observable. A key that groups too much makes one unit of many.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from routefit.answers.workspace import Workspace
from routefit.declared.model import PERSON_FIELDS, AttributionRule
from routefit.errors import nearest_names
from routefit.lcpr.assembly import ONE_CALL_RATE
from routefit.lcpr.cell import Frozen
from routefit.ledger.formation import UnitSizes, absent_fields, calls_by_rule, field_values, unit_sizes
from routefit.ledger.view import UNATTRIBUTED

LEAST_WARNED_CALLS = 1000
"""With fewer calls the largest unit says nothing of the key."""

MOST_OF_CALLS_RATE = 0.01
LONGEST_DAYS = 7.0


class CallsPerUnit(Frozen):
    """Nearest-rank quantiles of calls per unit."""

    p50: int | None
    p99: int | None


class UnitsOfWorkload(Frozen):
    """How the units of one workload were formed.

    `inferred_role_calls` are calls whose role was inferred from their order, status, model and input.
    """

    workload: str
    unit_key: str | None
    units: int
    calls: int
    one_call_share_rate: float
    calls_per_unit: CallsPerUnit
    inferred_role_calls: int


class UnitsFormed(Frozen):
    """How units were formed: the key that most calls carry, and what it groups."""

    unit_key: str | None
    one_call_share_rate: float | None
    calls_per_unit: CallsPerUnit
    by_workload: tuple[UnitsOfWorkload, ...]
    warnings: tuple[str, ...]


class RuleUse(Frozen):
    """What one attribution rule took; `share_rate` is of all calls."""

    number: int
    when: str
    calls: int
    share_rate: float


class AttributionAnswer(Frozen):
    """The rules in their order, the calls that none of them took, and what looks wrong about them."""

    rules: tuple[RuleUse, ...]
    calls_without_rule: int
    warnings: tuple[str, ...]


def units_formed(workspace: Workspace, start: date, end: date) -> UnitsFormed:
    """The units at home in [start, end)."""
    sizes = unit_sizes(workspace.ledger, start, end)
    everything = sizes.get(None)
    if everything is None:
        return UnitsFormed(
            unit_key=None,
            one_call_share_rate=None,
            calls_per_unit=CallsPerUnit(p50=None, p99=None),
            by_workload=(),
            warnings=(),
        )
    named = sorted((name, found) for name, found in sizes.items() if name is not None)
    return UnitsFormed(
        unit_key=everything.unit_key,
        one_call_share_rate=everything.one_call_units / everything.units,
        calls_per_unit=_calls_per_unit(everything),
        by_workload=tuple(_of_workload(name, found) for name, found in named),
        warnings=tuple(warning for name, found in named for warning in _unit_warnings(name, found)),
    )


def attribution(workspace: Workspace, start: date, end: date) -> AttributionAnswer:
    """What the rules of routefit.yaml did with the calls that started in [start, end)."""
    rules = workspace.ledger.attribution.rules
    taken = calls_by_rule(workspace.ledger, start, end)
    calls = sum(taken.values())
    uses = tuple(
        RuleUse(
            number=number,
            when=when_words(rule),
            calls=taken.get(number, 0),
            share_rate=taken.get(number, 0) / calls if calls else 0.0,
        )
        for number, rule in enumerate(rules, start=1)
    )
    warnings = _rule_warnings(workspace, uses, start, end) if calls else ()
    return AttributionAnswer(rules=uses, calls_without_rule=taken.get(0, 0), warnings=tuple(warnings))


def when_words(rule: AttributionRule) -> str:
    """`team_alias = support*, key_alias absent`."""
    words = []
    for name, wanted in rule.when.items():
        if wanted is None:
            words.append(f"{name} absent")
        else:
            words.append(f"{name} = {wanted if isinstance(wanted, str) else ' or '.join(wanted)}")
    return ", ".join(words) or "any call"


def _calls_per_unit(sizes: UnitSizes) -> CallsPerUnit:
    return CallsPerUnit(p50=sizes.calls_per_unit_p50, p99=sizes.calls_per_unit_p99)


def _of_workload(name: str, sizes: UnitSizes) -> UnitsOfWorkload:
    return UnitsOfWorkload(
        workload=name,
        unit_key=sizes.unit_key,
        units=sizes.units,
        calls=sizes.calls,
        one_call_share_rate=sizes.one_call_units / sizes.units,
        calls_per_unit=_calls_per_unit(sizes),
        inferred_role_calls=sizes.inferred_role_calls,
    )


def _unit_warnings(workload: str, sizes: UnitSizes) -> Iterator[str]:
    if workload == UNATTRIBUTED:
        return
    key = sizes.unit_key
    one_call_rate = sizes.one_call_units / sizes.units
    if one_call_rate > ONE_CALL_RATE:
        yield (
            f"{workload}: {key} groups next to nothing, {one_call_rate:.1%} of its units are one call; where no "
            "retry or repair is logged their rates are not observable"
        )
    is_large = sizes.calls >= LEAST_WARNED_CALLS and sizes.units > 1
    if is_large and sizes.most_calls / sizes.calls > MOST_OF_CALLS_RATE:
        yield f"{workload}: one unit holds {sizes.most_calls:,} of {sizes.calls:,} calls; {key} may group too much"
    if sizes.longest_days > LONGEST_DAYS:
        yield (
            f"{workload}: one unit runs over {sizes.longest_days:.0f} days; {key} may group too much "
            "(`idle_minutes` in its attribution rule cuts it)"
        )


def _rule_warnings(workspace: Workspace, uses: tuple[RuleUse, ...], start: date, end: date) -> Iterator[str]:
    rules = workspace.ledger.attribution.rules
    absent = absent_fields(workspace.ledger, start, end)
    for name, known in absent.items():
        near = nearest_names(name, known, most=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        yield f"attribution: no call has the field {name!r}{hint}"
    for use, rule in zip(uses, rules, strict=True):
        if use.calls == 0 and not any(name in absent for name in rule.when):
            yield f"attribution rule {use.number} ({use.when}) matches no call{_seen(workspace, rule, start, end)}"
        if use.share_rate == 1.0 and len(uses) > 1:
            yield f"attribution rule {use.number} ({use.when}) matches every call ({use.calls:,})"


def _seen(workspace: Workspace, rule: AttributionRule, start: date, end: date) -> str:
    """What the field of the first condition does hold; customers are never shown."""
    name = next((name for name, wanted in rule.when.items() if wanted is not None), None)
    if name is None or name in PERSON_FIELDS:
        return ""
    values = field_values(workspace.ledger, start, end, name)
    return f"; {name} is {', '.join(map(repr, values))}" if values else ""

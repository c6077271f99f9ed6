"""Which calls belong to one workload, judged by profiles of their attributes.

The home of a call is its team, else its service, key, trace, feature or prompt; a call without any stays where it
is. A home is split by a feature-like tag, a key, a trace or a span only into parts with a share worth naming that
differ as workloads: other models, clearly other sizes or other calls per unit. Parts that share their units are
one workload. What is named like a judge grades the workload whose units it shares.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from routefit.answers.discover_units import UnitKey, ordered_keys, shared_values_rate, unit_key
from routefit.ledger.attribute_names import HOMES, PART_FIELDS, TAG, is_feature, is_grader
from routefit.ledger.grouping import OpenCalls, Profile

LEAST_PART_RATE = 0.05
"""A part with less of its home's calls and spend is not named apart."""

SHARED_UNITS_RATE = 0.2
"""Parts that share more of their units are one workload."""

JUDGED_RATE = 0.5
"""A judge belongs to a workload that has at least so many of the units it grades."""

MODELS_APART_RATE = 0.5
TOKENS_APART_RATIO = 2.0
CALLS_APART_RATIO = 1.5
LEAST_COMPARED_CALLS = 30
MOST_SPLITS = 2

Condition = tuple[str, tuple[str, ...]]
"""A field and the values that it may have."""


@dataclass(slots=True)
class Group:
    """Calls that one rule attributes: how they are told apart, and what they are.

    `conditions` begin with the home; `named_by` is the field whose value names the workload. `judged` is the group
    whose units a grader or a group of embeddings shares; `is_rest` takes what the other parts of a home leave.
    """

    conditions: tuple[Condition, ...]
    profiles: list[Profile]
    unit: UnitKey
    named_by: str
    is_grader: bool = False
    is_rest: bool = False
    judged: Group | None = field(default=None, repr=False)

    @property
    def calls(self) -> int:
        """Calls, scaled up from a sample."""
        return sum(profile.calls for profile in self.profiles)

    @property
    def pico_usd(self) -> int:
        """Known cost."""
        return sum(profile.pico_usd for profile in self.profiles)

    @property
    def unpriced_calls(self) -> int:
        """Calls without a known cost."""
        return self.calls - sum(profile.priced_calls for profile in self.profiles)

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of the profiles."""
        return frozenset(profile.number for profile in self.profiles)

    @property
    def is_embedding(self) -> bool:
        """Whether every call makes embeddings or reranks."""
        return all(profile.operation for profile in self.profiles)


def groups_of(found: OpenCalls) -> tuple[list[Group], list[Profile]]:
    """The groups, dearest first, and the profiles that nothing names."""
    homes: dict[Condition, list[Profile]] = defaultdict(list)
    nameless = []
    for profile in found.profiles:
        home = _home(profile)
        if home is None:
            nameless.append(profile)
        else:
            homes[home].append(profile)
    groups = [group for home, profiles in homes.items() for group in _of_home(found, home, profiles)]
    _attach(found, groups)
    groups.sort(key=lambda group: (-group.pico_usd, -group.calls, group.conditions))
    return groups, nameless


def _home(profile: Profile) -> Condition | None:
    features = sorted(name for name in profile.values if is_feature(name))
    for name in (*HOMES, *features, "prompt_name", "span_name"):
        if name in profile.values:
            return name, (profile.values[name],)
    return None


def grader_field(profile: Profile) -> Condition | None:
    """What names the calls like a judge's; None for production."""
    for name in sorted(profile.values, key=lambda name: (name not in PART_FIELDS, name)):
        if name not in PART_FIELDS and not name.startswith(TAG):
            continue
        value = profile.values[name]
        is_flag = name.startswith(TAG) and value.casefold() == "true" and is_grader(name)
        if is_flag or (is_grader(value) and name != "service"):
            return name, (value,)
    return None


def _of_home(found: OpenCalls, home: Condition, profiles: Sequence[Profile]) -> list[Group]:
    graders: dict[Condition, list[Profile]] = defaultdict(list)
    production = []
    for profile in profiles:
        named = grader_field(profile)
        if named is not None:
            graders[named].append(profile)
        elif profile.is_grader:
            graders[home].append(profile)
        else:
            production.append(profile)
    groups = _split(found, (home,), production, home[0], 0) if production else []
    for named, judges in graders.items():
        conditions = (home,) if named == home else (home, named)
        group = Group(conditions, judges, unit_key(found, judges), named[0], is_grader=True)
        groups.append(group)
    return groups


def _split(
    found: OpenCalls, conditions: tuple[Condition, ...], profiles: list[Profile], named_by: str, depth: int
) -> list[Group]:
    """The parts of these calls that differ as workloads; themselves where none do."""
    taken = {name for name, _ in conditions}
    for name in _part_fields(profiles):
        if name in taken or depth == MOST_SPLITS:
            continue
        clusters, rest = _clusters(found, name, profiles)
        if len(clusters) < 2:
            continue
        groups = []
        for values, members in clusters:
            below = (*conditions, (name, values))
            groups += _split(found, below, members, name, depth + 1)
        if rest:
            groups.append(Group(conditions, rest, unit_key(found, rest), named_by, is_rest=True))
        return groups
    return [Group(conditions, profiles, unit_key(found, profiles), named_by)]


def _part_fields(profiles: Iterable[Profile]) -> list[str]:
    names = {name for profile in profiles for name in profile.values}
    features = sorted(name for name in names if is_feature(name))
    return [*features, *(name for name in PART_FIELDS if name in names)]


def _clusters(
    found: OpenCalls, name: str, profiles: Sequence[Profile]
) -> tuple[list[tuple[tuple[str, ...], list[Profile]]], list[Profile]]:
    """Values of a field, those with like calls or shared units together; and what is too small to be named."""
    parts: dict[str | None, list[Profile]] = defaultdict(list)
    for profile in profiles:
        parts[profile.values.get(name)].append(profile)
    calls, pico_usd = sum(p.calls for p in profiles), sum(p.pico_usd for p in profiles)
    clusters: list[tuple[tuple[str, ...], list[Profile]]] = []
    rest: list[Profile] = []
    for value, members in sorted(
        parts.items(), key=lambda part: (-sum(p.pico_usd for p in part[1]), str(part[0]))
    ):
        share = max(
            sum(p.calls for p in members) / calls, sum(p.pico_usd for p in members) / pico_usd if pico_usd else 0.0
        )
        if value is None or share < LEAST_PART_RATE:
            rest += members
            continue
        for at, (values, others) in enumerate(clusters):
            if not _differs(found, name, members, others):
                clusters[at] = (*values, value), [*others, *members]
                break
        else:
            clusters.append(((value,), members))
    return clusters, rest


def _differs(found: OpenCalls, name: str, one: Sequence[Profile], other: Sequence[Profile]) -> bool:
    is_named = is_feature(name)
    keys = [key for key in ordered_keys(found.joined) if not (is_named and key == "session_id")]
    numbers = {p.number for p in one}, {p.number for p in other}
    shared = max(
        shared_values_rate(found, numbers[0], numbers[1], keys=keys)[0],
        shared_values_rate(found, numbers[1], numbers[0], keys=keys)[0],
    )
    if shared > SHARED_UNITS_RATE:
        return False
    return is_named or _models_apart_rate(one, other) > MODELS_APART_RATE or _sizes_differ(found, one, other)


def _models_apart_rate(one: Sequence[Profile], other: Sequence[Profile]) -> float:
    """Total variation between the models of two parts."""
    shares: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for side, profiles in enumerate((one, other)):
        calls = sum(profile.calls for profile in profiles)
        for profile in profiles:
            shares[profile.provider, profile.model][side] += profile.calls / calls
    return sum(abs(a - b) for a, b in shares.values()) / 2


def _sizes_differ(found: OpenCalls, one: Sequence[Profile], other: Sequence[Profile]) -> bool:
    """Whether tokens per call or calls per unit are clearly apart; few calls say nothing."""
    sides = (one, other)
    counts = [sum(p.calls for p in side) for side in sides]
    if min(counts) < LEAST_COMPARED_CALLS:
        return False
    per_unit = [unit_key(found, side).calls_per_unit for side in sides]
    if _ratio(*per_unit) >= CALLS_APART_RATIO:
        return True
    sent = [sum(p.input_tokens for p in side) / calls for side, calls in zip(sides, counts, strict=True)]
    answered = [sum(p.output_tokens for p in side) / calls for side, calls in zip(sides, counts, strict=True)]
    return max(_ratio(*sent), _ratio(*answered)) >= TOKENS_APART_RATIO


def _ratio(one: float, other: float) -> float:
    return max(one, other) / min(one, other) if min(one, other) > 0 else 1.0


def _attach(found: OpenCalls, groups: Sequence[Group]) -> None:
    """Give judges, and embeddings that serve another group's units, to the group whose units they share.

    Both then have one key: that of the units, or, where nothing else joined them, the one that they share.
    """
    keys = ordered_keys(found.joined)
    production = [group for group in groups if not group.is_grader]
    for group in groups:
        if not (group.is_grader or group.is_embedding):
            continue
        others = [other for other in production if other is not group and not other.is_embedding]
        rates = [(*_shared_rate(found, group, other, keys), other) for other in others]
        rate, key, judged = max(rates, key=lambda one: one[0], default=(0.0, None, None))
        if rate < JUDGED_RATE or key is None or judged is None:
            continue
        group.judged = judged
        group.unit = UnitKey(name=key, calls_per_unit=group.unit.calls_per_unit)
        if not judged.unit.is_grouping:
            judged.unit = UnitKey(name=key, calls_per_unit=1.0)


def _shared_rate(found: OpenCalls, group: Group, other: Group, keys: Sequence[str]) -> tuple[float, str | None]:
    """The share of a group's units that are the other's, by the other's own key where that says it."""
    if other.unit.is_grouping:
        rate, key = shared_values_rate(found, group.numbers, other.numbers, keys=[other.unit.name])
        if rate >= JUDGED_RATE:
            return rate, key
    return shared_values_rate(found, group.numbers, other.numbers, keys=keys)

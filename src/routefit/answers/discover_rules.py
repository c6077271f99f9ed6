"""From groups to what a project declares: the conditions of a rule, the name of its workload, who owns it.

A rule says as little as tells its group apart from the calls of the other groups, given that the first rule that
fits decides. Names become ids as `slug` has them; where two groups come to one id, the later one gets a number.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from routefit.answers.discover_groups import Condition, Group
from routefit.ledger.attribute_names import is_customer
from routefit.ledger.attribution import is_field
from routefit.ledger.grouping import OpenCalls, Profile
from routefit.project.proposals import When, WorkloadRule

TEAMS = ("team_alias", "team_id")
MOST_ID_CHARACTERS = 60

SHOWN_RATE = 0.95
"""The groups that make so much of the spend are shown one by one."""

LEAST_SPEND_RATE, LEAST_CALLS_RATE = 0.005, 0.01
"""A smaller group gets a rule too where it has so much of the spend or of the calls."""

LEAST_CUSTOMER_RATE = 0.5

_NOT_IN_ID = re.compile(r"[^a-z0-9._]+")


def slug(text: str) -> str:
    """A text as an id: lower case, ASCII, dashes for what an id may not hold; a digest where nothing is left."""
    ascii_text = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    name = _NOT_IN_ID.sub("-", ascii_text).strip("-._")[:MOST_ID_CHARACTERS].strip("-._")
    return name or f"work-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def shown_and_worthwhile(
    groups: Sequence[Group], *, pico_usd: int, calls: int, attributed_pico_usd: int
) -> tuple[list[Group], list[Group]]:
    """The dearest groups that, with what is attributed already, make 95% of the spend; and all worth a rule.

    A judge, or embeddings, of a group worth a rule are worth one too.
    """
    shown, reached = [], attributed_pico_usd
    for group in groups:
        if group.pico_usd == 0 or reached >= SHOWN_RATE * pico_usd:
            break
        shown.append(group)
        reached += group.pico_usd
    worth = [
        group
        for group in groups
        if group in shown
        or (pico_usd and group.pico_usd >= LEAST_SPEND_RATE * pico_usd)
        or group.calls >= LEAST_CALLS_RATE * calls
    ]
    worth += [
        group for group in groups if group not in worth and group.judged is not None and group.judged in worth
    ]
    return shown, worth


def is_unknown_judge(group: Group) -> bool:
    """Whether the group grades, but nobody knows whose units."""
    return group.is_grader and group.judged is None


def in_order(groups: Iterable[Group]) -> list[Group]:
    """The order of their rules: what says more comes before what takes the rest."""
    return sorted(groups, key=lambda group: (group.is_rest, -len(group.conditions)))


def names_of(groups: Sequence[Group], taken: Collection[str]) -> dict[int, str]:
    """The workload of each group by `id(group)`; judges and shared embeddings have that of the group they serve.

    `taken` are names that mean something else.
    """
    names: dict[int, str] = {}
    used = set(taken)
    for group in groups:
        if group.judged is not None or group.is_grader:
            continue
        base = name = _name(group)
        if is_field(name):
            base = name = f"{name}-work"
        number = 2
        while name in used:
            name, number = f"{base}-{number}", number + 1
        used.add(name)
        names[id(group)] = name
    for group in groups:
        if group.judged is not None and id(group.judged) in names:
            names[id(group)] = names[id(group.judged)]
    return names


def _name(group: Group) -> str:
    values = dict(group.conditions)
    home_field, home_values = group.conditions[0]
    value = values[group.named_by][0]
    if home_field == "team_id":
        # The team has no alias: a key that it has alone says more than its number.
        keys = {profile.values.get("key_alias") for profile in group.profiles}
        only = keys.pop() if len(keys) == 1 else None
        if group.named_by == "team_id" and only:
            return slug(only)
    if group.named_by == home_field or group.named_by == "key_alias":
        return slug(value)
    home, part = slug(home_values[0]), slug(value)
    return part if home in part else f"{home}-{part}"[: 2 * MOST_ID_CHARACTERS - 21]


def owner_of(group: Group) -> str | None:
    """The team's alias, else its id."""
    home_field, home_values = group.conditions[0]
    return home_values[0] if home_field in TEAMS else None


def rules_of(found: OpenCalls, groups: Sequence[Group], names: Mapping[int, str]) -> list[WorkloadRule]:
    """A rule for each of the groups, which come in the order of their rules."""
    places = {number: place for place, group in enumerate(groups) for number in group.numbers}
    rules = []
    for place, group in enumerate(groups):
        when = _when(found, group, place, places)
        if found.logged_calls:
            when = {**when, "workload": None}
        owner = owner_of(group)
        rules.append(
            WorkloadRule(
                when=when,
                workload=names.get(id(group)),
                unit=group.unit.declared,
                idle_minutes=group.unit.idle_minutes,
                role="grader" if group.is_grader else None,
                customer=_customer(group),
                owner=group.conditions[0][0] if owner is not None and is_field(owner) else owner,
            )
        )
    return rules


def _when(found: OpenCalls, group: Group, place: int, places: Mapping[int, int]) -> When:
    """The fewest conditions that fit no call of a later group or of none."""
    last_field, _ = group.conditions[-1]
    absent: tuple[tuple[str, None], ...] = tuple(
        (name, None) for name in TEAMS if group.conditions[0][0] not in TEAMS
    )
    choices: list[tuple[Condition | tuple[str, None], ...]] = [group.conditions, (*group.conditions, *absent)]
    if last_field == "key_alias" and not group.is_rest:
        choices.insert(0, group.conditions[-1:])
    for choice in choices:
        if all(places.get(p.number, len(places)) <= place for p in found.profiles if _fits(p, choice)):
            break
    return {name: values if values is None or len(values) > 1 else values[0] for name, values in choice}


def _fits(profile: Profile, conditions: Iterable[Condition | tuple[str, None]]) -> bool:
    return all(
        profile.values.get(name) is None
        if values is None
        else any(_matches(profile.values.get(name), value) for value in values)
        for name, values in conditions
    )


def _matches(value: str | None, pattern: str) -> bool:
    """As a rule compares: a `*` or `?` that stands in a name fits other names too."""
    return value is not None and fnmatchcase(value, pattern.replace("[", "[[]"))


def _customer(group: Group) -> str | None:
    """The tag that names the customer, where the log itself names none."""
    if sum(profile.customer_calls for profile in group.profiles) >= LEAST_CUSTOMER_RATE * group.calls:
        return None
    tags: dict[str, int] = defaultdict(int)
    for profile in group.profiles:
        for name, calls in profile.key_calls.items():
            tags[name] += calls
    least = LEAST_CUSTOMER_RATE * group.calls
    fit = sorted(n for n, calls in tags.items() if is_customer(n) and n != group.unit.name and calls >= least)
    return fit[0] if fit else None

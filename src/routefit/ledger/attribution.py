"""Attribution: the rules of routefit.yaml as SQL over the imported calls.

No log carries workload, unit and route together. The rules say how to find them in what it does carry: the first
rule whose conditions all hold sets what it names, and what it does not name stays as the log has it. Facts are
never changed: the view `calls` is the facts with the rules applied, so changed rules need no new import.

A field is a text column of a call, or a key of its `attributes`; `tag.KEY` is one that users defined themselves,
and is found without the prefix too. `end_user` and `user_id` are the column `customer`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from routefit.declared.model import PERSON_FIELDS, AttributionRule
from routefit.ledger.engine import json_key, quoted
from routefit.ledger.schema import CALLS, Kind
from routefit.ledger.twins import NOBODY_LEADS, Leads, facts_sql

_FIELD_KINDS = (Kind.TEXT, Kind.ID, Kind.CHOICE, Kind.IDENTIFIER_OF_A_PERSON)
COLUMN_FIELDS = tuple(column.name for column in CALLS.columns if column.kind in _FIELD_KINDS)

ATTRIBUTE_FIELDS = (
    "team_alias",
    "team_id",
    "key_alias",
    "organization",
    "model_group",
    "user_agent",
    "environment",
    "service",
    "span_name",
    "trace_name",
    "prompt_name",
)
"""Attributes that importers name alike whatever the log calls them."""

TAG = "tag."
DEFAULT_UNIT = ("unit_id", "trace_id", "session_id", "call_id")
_DERIVED = ("owner", "unit_key", "rule_no")

SESSION_CUTS = "session_cuts"
"""The relation that idle rules join: workload, key_text, from_at, to_at, until_at, unit_id (`unit_relations`)."""


def is_field(name: str) -> bool:
    """Whether a rule that says this name means the value of a field, and not the name itself."""
    return name.startswith(TAG) or name in (*COLUMN_FIELDS, *PERSON_FIELDS, *ATTRIBUTE_FIELDS)


def field_names(rule: AttributionRule) -> tuple[str, ...]:
    """Every field that a rule reads."""
    named = [*rule.when, *_names(rule.unit)]
    named += [name for name in (rule.workload, rule.owner) if name is not None and is_field(name)]
    return tuple(dict.fromkeys([*named, *_names(rule.customer)]))


def _names(given: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else given


@dataclass(frozen=True)
class Attribution:
    """How facts are read as calls: the compiled rules; without any, calls are as the log has them.

    `hash_key` is the key of customer hashes, so that a rule may name a customer; None keeps them as they are.
    `twins_of` gives for a file of calls the files with their second records, `leads` says which record counts.
    """

    rules: tuple[AttributionRule, ...] = ()
    hash_key: str | None = field(default=None, repr=False)
    leads: Leads = NOBODY_LEADS
    twins_of: Mapping[Path, tuple[Path, ...]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Changes with the rules, and with who leads."""
        text = json.dumps([self.leads.text, *(rule.model_dump(mode="json") for rule in self.rules)])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def facts_sql(self, paths: Sequence[Path], *, names_file: bool = False) -> str:
        """The relation of the calls in these files, second records read into them; for use after FROM."""
        twins = dict.fromkeys(twin for path in paths for twin in self.twins_of.get(path, ()))
        return facts_sql(paths, tuple(twins), self.leads, names_file=names_file)

    @property
    def has_idle_rules(self) -> bool:
        """Whether some rule cuts long sessions into units."""
        return any(rule.idle_minutes is not None for rule in self.rules)

    def calls_sql(self, facts: str, *, cuts_sessions: bool = True) -> str:
        """A SELECT of all columns of `facts` with the rules applied, and of owner, unit_key and rule_no.

        `unit_key` names the field that the unit came from, `rule_no` the rule that matched, from 1; 0 is none.
        `cuts_sessions` False leaves sessions whole: then no relation of cuts is read.
        """
        attributes = self._attribute_names()
        default_key = _first_of([(_column(name), quoted(name)) for name in DEFAULT_UNIT])
        if not self.rules:
            return (
                f"SELECT f.*, CAST(NULL AS VARCHAR) AS owner, {default_key} AS unit_key, 0 AS rule_no"
                f" FROM {facts} AS f"
            )
        values = _extracted(attributes)
        matched = " ".join(
            f"WHEN {self._condition(rule, attributes)} THEN {number}"
            for number, rule in enumerate(self.rules, start=1)
        )
        replaced = ", ".join(
            f"{self._case(name, attributes)} AS {name}" for name in ("workload", "unit_id", "role", "customer")
        )
        derived = f"{self._owner(attributes)} AS owner, {self._unit_key(attributes, default_key)} AS unit_key"
        rows = (
            f"SELECT f.* EXCLUDE (tag_values) REPLACE ({replaced}), {derived}"
            f" FROM (SELECT f.*, CASE {matched} ELSE 0 END AS rule_no"
            f" FROM (SELECT f.*, {values} AS tag_values FROM {facts} AS f) AS f) AS f"
        )
        if not (cuts_sessions and self.has_idle_rules):
            return rows
        idle = ", ".join(str(number) for number, rule in enumerate(self.rules, 1) if rule.idle_minutes is not None)
        return (
            f"SELECT f.* REPLACE (coalesce(s.unit_id, f.unit_id) AS unit_id) FROM ({rows}) AS f"
            f" LEFT JOIN {SESSION_CUTS} AS s ON coalesce(f.workload, '') = s.workload AND f.unit_id = s.key_text"
            f" AND f.started_at >= s.from_at AND f.started_at < s.until_at"
            # A grading is of the piece before it, whatever rule took it and however late it comes.
            f" AND (f.role = 'grader' OR (f.rule_no IN ({idle}) AND f.started_at <= s.to_at))"
        )

    def idle_case(self) -> str:
        """The idle minutes of the rule that matched, over `calls_sql(..., cuts_sessions=False)`; else NULL."""
        cases = " ".join(
            f"WHEN {number} THEN {rule.idle_minutes}"
            for number, rule in enumerate(self.rules, start=1)
            if rule.idle_minutes is not None
        )
        return f"CASE rule_no {cases} END"

    def _attribute_names(self) -> tuple[str, ...]:
        """The attributes that some rule reads, in the spellings under which they may stand."""
        names = [name for rule in self.rules for name in field_names(rule) if _column(name) is None]
        return tuple(dict.fromkeys(spelling for name in names for spelling in _spellings(name)))

    def _condition(self, rule: AttributionRule, attributes: Sequence[str]) -> str:
        tests = [self._test(name, wanted, attributes) for name, wanted in rule.when.items()]
        return " AND ".join(tests) or "TRUE"

    def _test(self, name: str, wanted: str | tuple[str, ...] | None, attributes: Sequence[str]) -> str:
        value = _value(name, attributes)
        if wanted is None:
            return f"{value} IS NULL"
        patterns = [self._hashed(one) if name in PERSON_FIELDS else one for one in _names(wanted)]
        return f"({' OR '.join(_matches(value, pattern) for pattern in patterns)})"

    def _hashed(self, identifier: str) -> str:
        if self.hash_key is None or identifier == "*":
            return identifier
        return hashlib.sha256(f"{self.hash_key}:{identifier}".encode()).hexdigest()[:32]

    def _case(self, column: str, attributes: Sequence[str]) -> str:
        """What the rule that matched says of a column, else what the log says."""
        as_logged = f"f.{column}"
        cases = []
        for number, rule in enumerate(self.rules, start=1):
            if column == "unit_id":
                names = _names(rule.unit)
                found = [_value(name, attributes) for name in names]
                said = f"coalesce({', '.join([*found, 'f.call_id'])})" if names else None
            elif column == "role":
                said = None if rule.role is None else quoted(rule.role)
            elif column == "customer":
                said = self._customer(rule, attributes)
            else:
                said = _said(rule.workload, attributes)
            if said is not None:
                cases.append(f"WHEN {number} THEN coalesce({said}, {as_logged})")
        return f"CASE f.rule_no {' '.join(cases)} ELSE {as_logged} END" if cases else as_logged

    def _customer(self, rule: AttributionRule, attributes: Sequence[str]) -> str | None:
        names = _names(rule.customer)
        if not names:
            return None
        value = f"coalesce({', '.join(_value(name, attributes) for name in names)}, NULL)"
        is_hashed = all(name in PERSON_FIELDS for name in names)
        if is_hashed or self.hash_key is None:
            return value
        return f"left(sha256({quoted(self.hash_key + ':')} || {value}), 32)"

    def _owner(self, attributes: Sequence[str]) -> str:
        cases = [
            f"WHEN {number} THEN {said}"
            for number, rule in enumerate(self.rules, start=1)
            if (said := _said(rule.owner, attributes)) is not None
        ]
        return f"CASE f.rule_no {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR)"

    def _unit_key(self, attributes: Sequence[str], default_key: str) -> str:
        cases = []
        for number, rule in enumerate(self.rules, start=1):
            names = _names(rule.unit)
            if names:
                found = [(_value(name, attributes), quoted(name)) for name in names]
                cases.append(f"WHEN {number} THEN {_first_of([*found, (None, quoted('call_id'))])}")
        return f"CASE f.rule_no {' '.join(cases)} ELSE {default_key} END" if cases else default_key


NO_RULES = Attribution()


def _said(given: str | None, attributes: Sequence[str]) -> str | None:
    """The expression for a name that is a field's or stands for itself; None where nothing is said."""
    if given is None:
        return None
    return _value(given, attributes) if is_field(given) else quoted(given)


def _spellings(name: str) -> tuple[str, str]:
    other = name.removeprefix(TAG) if name.startswith(TAG) else TAG + name
    return name, other


def _column(name: str) -> str | None:
    """The column that a field is; None for an attribute."""
    if name in PERSON_FIELDS:
        return "f.customer"
    return f"f.{name}" if name in COLUMN_FIELDS else None


def _value(name: str, attributes: Sequence[str]) -> str:
    column = _column(name)
    if column is not None:
        return column
    # A tag without a text says nothing: it names no workload, and joins no calls into one unit.
    places = [f"nullif(f.tag_values[{attributes.index(spelling) + 1}], '')" for spelling in _spellings(name)]
    return f"coalesce({', '.join(places)})"


def _extracted(attributes: Sequence[str]) -> str:
    """All attributes that the rules read, in one pass over the JSON text of a call."""
    if not attributes:
        return "CAST(NULL AS VARCHAR[])"
    keys = ", ".join(quoted(json_key(name)) for name in attributes)
    return f"json_extract_string(f.attributes, [{keys}])"


def _matches(value: str, pattern: str) -> str:
    """A test of a value against a pattern in which `*` is any text and `?` any character."""
    if pattern == "*":
        return f"{value} IS NOT NULL"
    if "*" not in pattern and "?" not in pattern:
        return f"{value} = {quoted(pattern)}"
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{value} LIKE {quoted(escaped.replace('*', '%').replace('?', '_'))} ESCAPE '\\'"


def _first_of(found: Iterable[tuple[str | None, str]]) -> str:
    """The second of the first pair whose first is not NULL; a pair without a first always counts."""
    cases: list[str] = []
    for value, name in found:
        if value is None:
            return f"CASE {' '.join(cases)} ELSE {name} END" if cases else name
        cases.append(f"WHEN {value} IS NOT NULL THEN {name}")
    return f"CASE {' '.join(cases)} END"

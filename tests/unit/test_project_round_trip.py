"""Any project written as YAML and loaded again has the same values, to the last digit."""

from __future__ import annotations

import json
import tempfile
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from routefit.declared.decision import DecisionRequest
from routefit.declared.model import Price, PriceListing, Project, ProjectConfig, Route, VerdictRule, Workload
from routefit.declared.price import LEAST_USD_PER_MTOK
from routefit.evidence import Fact
from routefit.project import load_project
from routefit.project.expected import alternatives, below, bounds_of, fields_of

TEXT = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=12)
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,8}", fullmatch=True)
DATES = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def numbers(kind: type, bounds: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """Numbers of a type within the declared bounds."""
    low = next((b.ge if isinstance(b, Ge) else b.gt for b in bounds if isinstance(b, Ge | Gt)), 0)
    high = next((b.le if isinstance(b, Le) else b.lt for b in bounds if isinstance(b, Le | Lt)), 10**12)
    is_low_open = any(isinstance(b, Gt) for b in bounds)
    is_high_open = any(isinstance(b, Lt) for b in bounds)
    if kind is int:
        return st.integers(int(str(low)) + is_low_open, int(str(high)))
    if kind is Decimal:
        amounts = st.decimals(int(str(low)), int(str(high)), allow_nan=False, allow_infinity=False)
        return amounts.filter(lambda usd: not usd or usd >= LEAST_USD_PER_MTOK)
    return st.floats(
        float(str(low)),
        float(str(high)),
        exclude_min=is_low_open,
        exclude_max=is_high_open,
        allow_nan=False,
        allow_infinity=False,
    )


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Plain values, as in a file, that an annotation takes; null where it takes that."""
    bounds = tuple(bounds_of(annotation))
    return st.one_of([one_value(option, bounds) for option in alternatives(annotation)])


def one_value(option: Any, bounds: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if option in (int, float, Decimal):
        return numbers(option, bounds)
    if option is bool:
        return st.booleans()
    if option is date:
        return DATES
    if option is str:
        return TEXT.filter(bool) if any(isinstance(bound, MinLen) for bound in bounds) else TEXT
    if get_origin(option) is Literal:
        return st.sampled_from(get_args(option))
    if get_origin(option) is dict:
        return st.dictionaries(TEXT.filter(bool), values(get_args(option)[1]), max_size=2)
    if get_origin(option) is tuple:
        (item, _) = get_args(option)
        if item is VerdictRule:
            return st.lists(verdict_rules(), max_size=2, unique_by=lambda rule: str(rule["name"]))
        is_keyed = item in (Price, PriceListing) or "on" in getattr(item, "model_fields", {})
        unique = band_or_date if is_keyed else None
        return st.lists(values(item), max_size=2, unique_by=unique)
    if isinstance(option, type) and issubclass(option, Enum):
        return st.sampled_from([member.value for member in option])
    if issubclass(option, Fact):
        bare = values(option.model_fields["value"].annotation)
        return st.one_of(bare, st.none(), entries(option))
    return entries(option)


def verdict_rules() -> st.SearchStrategy[dict[str, Any]]:
    """Rules that mean something: a name, and what is accepted."""
    return st.fixed_dictionaries(
        {
            "from": st.sampled_from(["score", "feedback", "grader"]),
            "name": TEXT.filter(bool),
            "accept": st.sampled_from([">=0.7", "== 1", ["resolved", "closed"]]),
        },
        optional={
            "settle_hours": st.sampled_from([0, 72, 0.5]),
            "sampled": st.sampled_from(["all", "random", "self_selected"]),
        },
    )


def band_or_date(entry: dict[str, Any]) -> Any:
    """What no two entries of a list may share."""
    return entry.get("on", entry.get("above_input_tokens"))


def entries(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Mappings that a model takes, any optional key left out or not."""
    fields = {key: values(below(model, key)) for key in fields_of(model)}
    if "id" in fields:
        fields["id"] = IDS
    required = {key: fields[key] for key, field in fields_of(model).items() if field.is_required()}
    optional = {key: value for key, value in fields.items() if key not in required}
    if issubclass(model, Price):
        required["above_input_tokens"] = optional.pop("above_input_tokens")
        mappings = st.fixed_dictionaries(required, optional=optional)
        return mappings.map(with_ordered_period)
    if issubclass(model, Fact):
        required["label"] = optional.pop("label")
    if issubclass(model, DecisionRequest):
        optional.pop("workload")
        required["workload"] = TEXT  # a route alone is refused
    return st.fixed_dictionaries(required, optional=optional)


def with_ordered_period(entry: dict[str, Any]) -> dict[str, Any]:
    """The same price, its end moved behind its start."""
    end = entry.get("valid_to")
    if end is not None and end <= entry["valid_from"]:
        return {**entry, "valid_to": entry["valid_from"] + timedelta(days=1)}
    return entry


@st.composite
def projects(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "config": draw(entries(ProjectConfig)),
        "workloads": draw(st.lists(entries(Workload), max_size=1)),
        "routes": draw(st.lists(entries(Route), max_size=1)),
        "prices": draw(values(tuple[PriceListing, ...])),
    }


def yaml_text(value: Any) -> str:
    """A value in YAML's flow style; text in double quotes, numbers and dates bare."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case str():
            return json.dumps(value, ensure_ascii=False)
        case dict():
            return "{" + ", ".join(f"{yaml_text(key)}: {yaml_text(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(yaml_text(item) for item in value) + "]"


def block_text(values_by_key: dict[str, Any]) -> str:
    return "".join(f"{key}: {yaml_text(value)}\n" for key, value in values_by_key.items())


@settings(max_examples=60)
@given(projects())
def test_round_trip(given_project: dict[str, Any]) -> None:
    expected = Project.model_validate(
        {
            "config": given_project["config"],
            "workloads": {entry["id"]: entry for entry in given_project["workloads"]},
            "routes": {entry["id"]: entry for entry in given_project["routes"]},
            "prices": given_project["prices"],
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        (directory / "routefit.yaml").write_text(block_text(given_project["config"]))
        for kind in ("workloads", "routes"):
            (directory / kind).mkdir()
            for entry in given_project[kind]:
                (directory / kind / "a.yaml").write_text(block_text(entry))
        (directory / "prices").mkdir()
        (directory / "prices" / "a.yaml").write_text(block_text({"prices": given_project["prices"]}))
        assert load_project(directory) == expected


@given(st.decimals(0, 10**9, allow_nan=False, allow_infinity=False))
@settings(max_examples=60)
def test_money_is_read_digit_by_digit(usd: Decimal) -> None:
    """Not by way of a float, which has 15 to 17 digits."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        (directory / "routes").mkdir()
        (directory / "routefit.yaml").write_text("name: acme\n")
        (directory / "routes" / "a.yaml").write_text(f"id: a\nops_usd_per_month: {usd}\n")
        assert load_project(directory).routes["a"].ops_usd_per_month.value == usd

"""docs/reference/files.md against the models: every key of every section, and what it takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from routefit.declared.decision import DecisionRequest
from routefit.declared.model import (
    Anticipated,
    AttributionRule,
    BilledOn,
    Caching,
    Capacity,
    Contract,
    DataRules,
    Defaults,
    Demand,
    Eval,
    Human,
    Limits,
    Needs,
    Ops,
    Planning,
    Price,
    PriceListing,
    PriceSnapshot,
    ProjectConfig,
    Route,
    Sampling,
    Slo,
    Tokens,
    Unit,
    VerdictRule,
    Workload,
)
from routefit.project.expected import NOT_EMPTY, below, described, fields_of, is_fact, model_in

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "files.md"
SECTIONS: dict[str, type[BaseModel]] = {
    "routefit.yaml": ProjectConfig,
    "attribution": AttributionRule,
    "sampling": Sampling,
    "decisions": DecisionRequest,
    "defaults": Defaults,
    "workloads/*.yaml": Workload,
    "unit": Unit,
    "verdict": VerdictRule,
    "slo": Slo,
    "demand": Demand,
    "tokens": Tokens,
    "needs": Needs,
    "data": DataRules,
    "caching": Caching,
    "human": Human,
    "ops": Ops,
    "eval": Eval,
    "planning": Planning,
    "anticipated": Anticipated,
    "routes/*.yaml": Route,
    "limits": Limits,
    "billed_on": BilledOn,
    "prices": Price,
    "capacity": Capacity,
    "prices/*.yaml": PriceSnapshot,
    "prices of a snapshot": PriceListing,
    "contracts/*.yaml": Contract,
}


def section_rows(heading: str) -> dict[str, str]:
    """Key -> what it takes, of the table below a heading."""
    section = re.split(r"^#+ ", PAGE.read_text(), flags=re.MULTILINE)
    text = next(part for part in section if part.split("\n", 1)[0] == heading)
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", text, flags=re.MULTILINE))


def taken(model: type[BaseModel], key: str) -> str:
    """What a key takes, in the words of the page."""
    annotation = below(model, key)
    words = described(annotation).replace(NOT_EMPTY, "")
    nested = model_in(annotation)
    if nested is not None:
        return f"fact: {words}" if is_fact(nested) else "keys, below"
    return "a list of entries, below" if words.startswith("a list of entries") else words


@pytest.mark.parametrize(("heading", "model"), SECTIONS.items(), ids=SECTIONS)
def test_section_says_what_the_model_takes(heading: str, model: type[BaseModel]) -> None:
    assert section_rows(heading) == {key: taken(model, key) for key in fields_of(model)}

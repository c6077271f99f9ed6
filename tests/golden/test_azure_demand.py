"""An hour of requests of two services: the demand that they show, and what it asks of a route."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

import routefit
from routefit.answers.funnel import FunnelAnswer, StageRow
from routefit.answers.handle import Handle
from routefit.cli import main

pytestmark = pytest.mark.shared_data

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/azure_llm_2023"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Handle:
    """The example's project with the trace imported by the command."""
    folder = tmp_path_factory.mktemp("azure") / "project"
    shutil.copytree(EXAMPLE / "project", folder)
    files = sorted(map(str, (shared_data / "azure_llm_2023").glob("*.csv")))
    assert main(["import", *files, "--map", str(EXAMPLE / "map.yaml"), "--project", str(folder), "-q"]) == 0
    return routefit.open(folder)


@pytest.fixture(scope="module")
def funnels(project: Handle) -> dict[str, FunnelAnswer]:
    """The funnel of each workload."""
    return {one.workload: one for one in project.funnel()}


def check(funnel: FunnelAnswer, route: str, constraint: str) -> StageRow:
    """What one constraint said about one route."""
    (stage,) = (one for one in funnel.stages if one.stage == "constraints")
    return next(row for row in stage.candidates if (row.route, row.constraint) == (route, constraint))


@pytest.mark.parametrize(
    ("workload", "constraint", "required"),
    [
        pytest.param("conv", "context", "4,083 tokens", id="p95 input of the chat service"),
        pytest.param("code", "context", "7,315 tokens", id="p95 input of code completion"),
        pytest.param("conv", "requests_per_minute", "467 requests a minute", id="p95 rate of the chat service"),
        pytest.param("code", "requests_per_minute", "476 requests a minute", id="p95 rate of code completion"),
    ],
)
def test_demand_is_measured(
    funnels: dict[str, FunnelAnswer], workload: str, constraint: str, required: str
) -> None:
    """The p95 of input tokens per call, and of requests per minute over all minutes."""
    assert check(funnels[workload], "roomy", constraint).required == required


@pytest.mark.parametrize(
    ("workload", "route", "constraint", "verdict", "reason"),
    [
        pytest.param(
            "code",
            "small-context",
            "context",
            "fail",
            "needs 7,315 tokens > offers 4,096",
            id="the context is too short",
        ),
        pytest.param(
            "conv",
            "small-context",
            "context",
            "warn",
            "p99 input + p99 output 4,743 tokens > offers 4,096",
            id="the context holds all but the longest calls",
        ),
        pytest.param(
            "code",
            "tight-limit",
            "requests_per_minute",
            "fail",
            "needs 476 requests a minute > limit 470",
            id="the account's limit is too low",
        ),
        pytest.param(
            "conv",
            "tight-limit",
            "requests_per_minute",
            "pass",
            "needs 467 requests a minute <= limit 470",
            id="the account's limit is high enough",
        ),
        pytest.param(
            "code",
            "roomy",
            "tokens_per_minute",
            "unknown",
            "needs 953,681 tokens a minute: the route's limit is not declared",
            id="what nobody declared does not pass",
        ),
    ],
)
def test_demand_drives_the_constraints(
    funnels: dict[str, FunnelAnswer], workload: str, route: str, constraint: str, verdict: str, reason: str
) -> None:
    """A route falls by its context or its limit, with the comparison as the reason."""
    row = check(funnels[workload], route, constraint)
    assert (row.verdict, row.reason) == (verdict, reason)


def test_only_what_fails_is_out(funnels: dict[str, FunnelAnswer]) -> None:
    """The stage lets warnings and unknowns through."""
    counted = {name: (one.stages[0].candidates_in, one.stages[0].candidates_out) for name, one in funnels.items()}
    assert counted == {"code": (4, 2), "conv": (4, 4)}


def nearest_rank(values: Sequence[int], share_rate: float) -> int:
    """The smallest value that at least this share of the values does not exceed."""
    return sorted(values)[math.ceil(share_rate * len(values)) - 1]


@pytest.mark.parametrize(("workload", "tokens", "requests"), [("conv", 4083, 467), ("code", 7315, 476)])
def test_figures_from_the_file_itself(shared_data: Path, workload: str, tokens: int, requests: int) -> None:
    """The same figures with nothing of the product between the file and the number."""
    text = (shared_data / f"azure_llm_2023/AzureLLMInferenceTrace_{workload}.csv").read_text()
    rows = [line.split(",") for line in text.splitlines()[1:]]
    minutes = Counter(row[0][:16] for row in rows)
    first, last = (datetime.fromisoformat(f"{minute}:00") for minute in (min(minutes), max(minutes)))
    empty = int((last - first).total_seconds()) // 60 + 1 - len(minutes)
    assert nearest_rank([int(row[1]) for row in rows], 0.95) == tokens
    assert nearest_rank([*minutes.values(), *[0] * empty], 0.95) == requests

"""`contracts/*.yaml`: what is read, what is refused, and which contract a route falls under."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from routefit.declared.contract import Contract
from routefit.project.check import check_project
from routefit.project.load import load_project

GOOD = """\
id: anthropic-2026
provider: anthropic
valid_from: 2026-01-01
valid_to: 2027-01-01
deprecation_notice_days: {value: 180, label: CONTRACTED, source: order form, as_of: 2026-01-01}
successor_test_window_days: 42
"""


def project(folder: Path, **contracts: str) -> Path:
    """A project with these contracts."""
    (folder / "contracts").mkdir()
    (folder / "routefit.yaml").write_text("name: a\n")
    for name, text in contracts.items():
        (folder / "contracts" / f"{name}.yaml").write_text(text)
    return folder


def test_a_contract_is_read(tmp_path: Path) -> None:
    found = load_project(project(tmp_path, a=GOOD)).contracts["anthropic-2026"]
    assert found.deprecation_notice_days.value == 180
    assert not found.successor_eval_threshold_rate.is_known


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("provider: x\n", "id", id="no id"),
        pytest.param("id: a\n", "expected a provider, or routes", id="about nothing"),
        pytest.param("id: a\nprovider: x\nnotice: 3\n", "notice", id="an unknown key"),
        pytest.param(
            "id: a\nprovider: x\nvalid_from: 2026-02-01\nvalid_to: 2026-01-01\n",
            "expected a date after valid_from",
            id="ends before it starts",
        ),
        pytest.param("id: a b\nprovider: x\n", "an id of letters", id="an id that nobody can type"),
        pytest.param("id: a\nprovider: x\nsuccessor_eval_threshold_rate: 85\n", "0 to 1", id="percent"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    problems = check_project(project(tmp_path, a=text)).problems
    assert [one for one in problems if one.file == "contracts/a.yaml" and expected in str(one)], problems


def test_an_id_stands_once(tmp_path: Path) -> None:
    report = check_project(project(tmp_path, a=GOOD, b=GOOD))
    assert ["no other contract has" in str(one) for one in report.problems] == [True]
    assert report.files == 3


def test_a_stale_term_is_named(tmp_path: Path) -> None:
    """The negotiated notice was read in January."""
    report = check_project(project(tmp_path, a=GOOD), today=date(2026, 11, 1))
    assert [one.path for one in report.warnings] == ["deprecation_notice_days"]


@pytest.mark.parametrize(
    ("contract", "is_covered"),
    [
        pytest.param(Contract(id="a", provider="p"), True, id="all routes of the provider"),
        pytest.param(Contract(id="a", provider="q"), False, id="another provider"),
        pytest.param(Contract(id="a", routes=("r",)), True, id="the route by name"),
        pytest.param(Contract(id="a", provider="p", routes=("s",)), False, id="another route of the provider"),
        pytest.param(Contract(id="a", provider="p", valid_from=date(2026, 6, 2)), False, id="not yet"),
        pytest.param(Contract(id="a", provider="p", valid_to=date(2026, 6, 1)), False, id="no longer"),
        pytest.param(Contract(id="a", provider="p", valid_from=date(2026, 6, 1)), True, id="from its first day"),
    ],
)
def test_which_contract_covers_a_route(contract: Contract, is_covered: bool) -> None:
    assert contract.covers(route="r", provider="p", on=date(2026, 6, 1)) is is_covered

"""The declared models: absent and null, numbers, prices that inherit and overlap."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from routefit.declared.model import (
    Defaults,
    Human,
    Mode,
    Price,
    PriceSnapshot,
    Route,
    Slo,
    Tokens,
    Unit,
    Workload,
)
from routefit.evidence import Label

ROW: dict[str, Any] = {"valid_from": date(2026, 1, 1), "input_usd_per_mtok": "3.00", "output_usd_per_mtok": 15}


def price(**changes: Any) -> Price:
    return Price.model_validate({**ROW, **changes})


def test_null_section_is_absent() -> None:
    """A section whose keys are all commented out is null in YAML, and means the same as no section."""
    assert Workload.model_validate({"id": "support", "human": None, "slo": None, "verdict": None}) == Workload(
        id="support"
    )


def test_null_where_a_default_stands_takes_the_default() -> None:
    assert Slo.model_validate({"percentile": None}).percentile == 95


def test_null_fact_is_unknown_even_where_a_default_stands() -> None:
    assert not Defaults.model_validate({"migration_usd": None}).migration_usd.is_known
    assert Defaults().migration_usd.label is Label.OPINION


def test_null_id_is_refused() -> None:
    with pytest.raises(ValidationError, match="id"):
        Workload.model_validate({"id": None})


@pytest.mark.parametrize(
    ("model", "given"),
    [
        pytest.param(Unit, {"retry_budget": True}, id="a-count-is-not-true"),
        pytest.param(Unit, {"quality_floor_rate": True}, id="a-rate-is-not-true"),
        pytest.param(Unit, {"quality_floor_rate": float("nan")}, id="a-rate-is-not-nan"),
        pytest.param(Unit, {"quality_floor_rate": 1.01}, id="a-rate-ends-at-1"),
        pytest.param(Human, {"usd_per_escalation": -1}, id="money-is-not-negative"),
        pytest.param(Human, {"usd_per_escalation": float("inf")}, id="money-is-finite"),
        pytest.param(Human, {"minutes_per_escalation": float("inf")}, id="minutes-are-finite"),
        pytest.param(Tokens, {"input_p95": 1.5}, id="tokens-are-whole"),
        pytest.param(Route, {"id": "a", "regions": "us"}, id="one-region-is-still-a-list"),
        pytest.param(Slo, {"ttft_sm": 5}, id="an-unknown-key"),
    ],
)
def test_refused(model: Any, given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(given)


def test_decimal_text_is_kept_to_the_last_digit() -> None:
    given = price(input_usd_per_mtok=Decimal("0.1234567890123456789"))
    assert given.input_usd_per_mtok == Decimal("0.1234567890123456789")


@pytest.mark.parametrize(
    ("first", "second", "is_overlapping"),
    [
        pytest.param({}, {"valid_from": date(2026, 3, 1)}, True, id="open-end-runs-into-the-next"),
        pytest.param(
            {"valid_to": date(2026, 3, 1)}, {"valid_from": date(2026, 3, 1)}, False, id="end-is-excluded"
        ),
        pytest.param({"valid_to": date(2026, 3, 2)}, {"valid_from": date(2026, 3, 1)}, True, id="one-shared-day"),
        pytest.param({}, {"service_tier": "batch"}, False, id="another-tier"),
        pytest.param({}, {"above_input_tokens": 200_000}, False, id="another-band"),
    ],
)
def test_overlap_is_symmetric(first: dict[str, Any], second: dict[str, Any], is_overlapping: bool) -> None:
    assert price(**first).overlaps(price(**second)) is is_overlapping
    assert price(**second).overlaps(price(**first)) is is_overlapping


@pytest.mark.parametrize("valid_to", [date(2026, 1, 1), date(2025, 12, 31)], ids=["empty", "backwards"])
def test_period_ends_after_it_starts(valid_to: date) -> None:
    with pytest.raises(ValidationError, match=r"expected a date after valid_from \(2026-01-01\)"):
        price(valid_to=valid_to)


def test_rows_of_a_snapshot_inherit_what_they_do_not_say() -> None:
    listed = {**ROW, "provider": "openai", "model": "gpt-4o"}
    snapshot = PriceSnapshot.model_validate(
        {
            "source": "price page",
            "as_of": date(2026, 5, 1),
            "label": "PUBLIC",
            "prices": [listed, {**listed, "service_tier": "batch", "label": "CONTRACTED", "source": None}],
        }
    )
    plain, own = snapshot.prices
    assert (plain.label, plain.source, plain.as_of) == (Label.PUBLIC, "price page", date(2026, 5, 1))
    assert own.label is Label.CONTRACTED


def test_modes_are_ordered_by_commitment() -> None:
    assert [mode.commitment for mode in Mode] == [0, 1, 2, 3]


def test_any_capacity_figure_makes_a_route_one_of_capacity() -> None:
    assert Route.model_validate({"id": "a", "capacity": {"min_replicas": 2}}).capacity.is_declared
    assert not Route.model_validate({"id": "a", "capacity": {"min_replicas": None}}).capacity.is_declared

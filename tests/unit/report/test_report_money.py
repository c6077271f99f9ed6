"""Money, shares and terms as they are shown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routefit.funnel.words import usd
from routefit.report.money import (
    money,
    money_range,
    share,
    terms_that_add_up,
    times,
)


@pytest.mark.parametrize(
    ("amount_usd", "shown"),
    [
        pytest.param(None, "–", id="unknown is never 0"),
        pytest.param(0.0, "$0.00", id="a known zero"),
        pytest.param(0.0312345, "$0.031", id="cents have three decimals"),
        pytest.param(0.00512, "$0.0051", id="small ones two significant digits"),
        pytest.param(0.000000123, "$0.00000012", id="never rounded to zero"),
        pytest.param(0.25, "$0.25", id="whole cents"),
        pytest.param(0.2512, "$0.251", id="not whole cents"),
        pytest.param(1.4159, "$1.42", id="dollars have cents"),
        pytest.param(124.4, "$124", id="hundreds have none"),
        pytest.param(12_387.0, "$12,400", id="three significant digits"),
        pytest.param(347_954.4, "$348,000", id="no false precision"),
        pytest.param(-12_387.0, "-$12,400", id="a loss"),
    ],
)
def test_money(amount_usd: float | None, shown: str) -> None:
    assert money(amount_usd) == shown


def test_lower_bound_says_so() -> None:
    assert money(1.42, is_lower_bound=True) == "≥ $1.42"


@given(st.floats(min_value=1e-7, max_value=99).filter(lambda x: abs(100 * x - round(100 * x)) > 1e-6))
def test_one_figure_looks_the_same_in_tables_and_in_reasons(amount_usd: float) -> None:
    assert money(amount_usd) == usd(amount_usd)


@given(st.floats(min_value=1_000, max_value=1e12))
def test_large_money_is_right_to_half_a_percent(amount_usd: float) -> None:
    shown = float(money(amount_usd).replace("$", "").replace(",", ""))
    assert shown == pytest.approx(amount_usd, rel=0.00501)


@pytest.mark.parametrize(
    ("low_usd", "high_usd", "shown"),
    [
        pytest.param(0.0291, 0.0349, "$0.029–0.035", id="an interval"),
        pytest.param(0.01194, 0.01203, "$0.0119–0.0120", id="as many decimals as tell the ends apart"),
        pytest.param(0.0059, 0.0152, "$0.0059–0.015", id="each end as it is shown alone"),
        pytest.param(0.0479, None, "from $0.048", id="no upper end"),
        pytest.param(None, 0.0479, "up to $0.048", id="no lower end"),
        pytest.param(None, None, "–", id="no interval"),
        pytest.param(1.2, 14.5, "$1.20–14.50", id="dollars"),
        pytest.param(0.7131, 2.2, "$0.713–2.20", id="cents and dollars"),
        pytest.param(0.5, 0.5, "$0.500–0.500", id="an interval of no width"),
        pytest.param(0.0035, 0.0035 + 1e-17, "$0.0035–0.0035", id="ends that only rounding tells apart"),
    ],
)
def test_money_range(low_usd: float | None, high_usd: float | None, shown: str) -> None:
    assert money_range(low_usd, high_usd) == shown


@pytest.mark.parametrize(
    ("rate", "shown"),
    [
        pytest.param(None, "–", id="unknown"),
        pytest.param(0.0, "0%", id="nothing"),
        pytest.param(1.0, "100%", id="everything"),
        pytest.param(0.861, "86%", id="whole"),
        pytest.param(0.153, "15.3%", id="one decimal below a fifth"),
        pytest.param(0.0042, "0.4%", id="small"),
        pytest.param(0.00042, "0.04%", id="not shown as nothing"),
        pytest.param(0.99991, "99.991%", id="not shown as everything"),
        pytest.param(1e-8, "under 0.001%", id="next to nothing"),
        pytest.param(1 - 1e-8, "over 99.999%", id="next to everything"),
        pytest.param(-1e-8, "under 0.001%", id="next to nothing, below it"),
    ],
)
def test_share(rate: float | None, shown: str) -> None:
    assert share(rate) == shown


@given(st.floats(min_value=1e-9, max_value=1 - 1e-9))
def test_a_share_is_never_rounded_to_all_or_nothing(rate: float) -> None:
    assert share(rate) not in ("0%", "0.0%", "100%", "100.0%")


def test_times() -> None:
    assert [times(x) for x in (1.645, 8.93, 13.4, 1462.0)] == ["1.65x", "8.9x", "13x", "1,462x"]
    assert times(None) == "–"


@given(st.lists(st.one_of(st.none(), st.floats(min_value=0, max_value=10)), min_size=1, max_size=5))
def test_shown_terms_add_up_to_the_shown_total(terms_usd: list[float | None]) -> None:
    total = sum(term for term in terms_usd if term is not None)
    if total < 1e-6:
        return
    shown = terms_that_add_up(terms_usd, total)
    decimals = max(len(text.partition(".")[2]) for text in shown)
    added = sum(Decimal(text.replace(",", "")) for text in shown if text != "–")
    assert added == round(Decimal(total), decimals) or abs(added - Decimal(total)) <= Decimal(10) ** -decimals
    assert [text == "–" for text in shown] == [term is None for term in terms_usd]

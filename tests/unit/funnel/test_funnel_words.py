import pytest

from routefit.funnel.words import count, listed, percents_apart, plural, usd, usd_exact


@pytest.mark.parametrize(
    ("amount_usd", "text"),
    [
        (0.031, "$0.031"),
        (0.05, "$0.050"),
        (0.0054, "$0.0054"),
        (0.00000123, "$0.0000012"),
        (1.42, "$1.42"),
        (0, "$0.00"),
        (56_000, "$56,000"),
        (-12.5, "-$12.50"),
    ],
)
def test_usd(amount_usd: float, text: str) -> None:
    assert usd(amount_usd) == text


@pytest.mark.parametrize(
    ("amount_usd", "text"), [(0.041, "$0.041"), (0.03731, "$0.037310"), (-0.5, "-$0.500"), (1234.5, "$1,234.500")]
)
def test_usd_exact(amount_usd: float, text: str) -> None:
    assert usd_exact(amount_usd) == text


@pytest.mark.parametrize(("number", "text"), [(120_000, "120,000"), (9.5, "9.50"), (1234.6, "1,235"), (3.0, "3")])
def test_count(number: float, text: str) -> None:
    assert count(number) == text


def test_shares_that_are_equal_need_no_decimals() -> None:
    assert percents_apart(0.85, 0.85) == ("85%", "85%")
    assert percents_apart(0.8496, 0.85) == ("84.96%", "85.00%")


def test_lists_and_plurals() -> None:
    assert listed(["image"]) == "image"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["EU", "US"], last="or") == "EU or US"
    assert listed([]) == "nothing"
    assert (plural(1, "case"), plural(2, "case")) == ("1 case", "2 cases")

"""What the public catalog says of a model besides its prices."""

from __future__ import annotations

from datetime import date

import pytest

from routefit.declared.model import Project, ProjectConfig
from routefit.prices import PriceBook

TODAY = date(2026, 6, 1)


@pytest.fixture
def book() -> PriceBook:
    """A project that declares no price."""
    return PriceBook(Project(config=ProjectConfig(name="x")))


def test_a_model_of_the_catalog(book: PriceBook) -> None:
    """Its window, the release, and the newest start of a price that is not ahead."""
    facts = book.catalog_facts("anthropic", "claude-sonnet-4-5", today=TODAY)
    assert facts is not None
    assert (facts.name, facts.context_tokens) == ("anthropic/claude-sonnet-4-5", 200_000)
    assert facts.source.startswith("genai-prices ")
    assert facts.as_of is not None
    assert facts.as_of <= TODAY


def test_the_date_is_never_ahead(book: PriceBook) -> None:
    """A later day may know later prices, an early one none at all."""
    later = book.catalog_facts("openai", "gpt-4o", today=date(2026, 11, 24))
    early = book.catalog_facts("openai", "gpt-4o", today=date(2020, 1, 1))
    assert later is not None
    assert early is not None
    assert later.as_of is not None
    assert date(2026, 6, 1) < later.as_of <= date(2026, 11, 24)
    assert early.as_of is None


@pytest.mark.parametrize("name", [("openai", "no-such-model"), ("no-such-provider", "gpt-4o")], ids="/".join)
def test_what_the_catalog_does_not_list(book: PriceBook, name: tuple[str, str]) -> None:
    """Nothing is said of it."""
    assert book.catalog_facts(*name, today=TODAY) is None

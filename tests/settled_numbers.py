"""Random numbers as somebody types them: nothing between 0 and a billionth, which every input refuses."""

from __future__ import annotations

from hypothesis import strategies as st


def settled(low: float, high: float) -> st.SearchStrategy[float]:
    """A number from low to high with at most nine decimals."""
    return st.floats(low, high).map(lambda one: round(one, 9))

"""The kinds that a project may ask for are the kinds that there are."""

from __future__ import annotations

from typing import get_args

from routefit.decisions.kinds import KINDS
from routefit.declared.decision import KindName


def test_declared_kinds_are_those_of_the_registry() -> None:
    assert get_args(KindName) == tuple(KINDS)

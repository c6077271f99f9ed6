"""What a contract with a provider says of the end of a model, as `contracts/*.yaml` spells it."""

from __future__ import annotations

from datetime import date

from pydantic import ValidationInfo, field_validator, model_validator

from routefit.declared.fields import Count, Declared, Name, Rate
from routefit.evidence import Fact


class Contract(Declared):
    """Terms with a provider, in force over [valid_from, valid_to); without `routes` about all of its routes.

    `successor_eval_threshold_rate` is the pass rate on the team's own suite at which a model counts as successor.
    """

    id: Name
    provider: Name | None = None
    routes: tuple[Name, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    deprecation_notice_days: Fact[Count] = Fact()
    successor_eval_threshold_rate: Fact[Rate] = Fact()
    successor_test_window_days: Fact[Count] = Fact()

    def covers(self, *, route: str, provider: str | None, on: date) -> bool:
        """Whether the terms hold for a route of that provider on a day."""
        if self.valid_from is not None and on < self.valid_from:
            return False
        if self.valid_to is not None and on >= self.valid_to:
            return False
        return route in self.routes if self.routes else provider is not None and provider == self.provider

    @field_validator("valid_to")
    @classmethod
    def _ends_after_it_starts(cls, valid_to: date | None, info: ValidationInfo) -> date | None:
        valid_from = info.data.get("valid_from")
        if valid_to is not None and valid_from is not None and valid_to <= valid_from:
            raise ValueError(f"expected a date after valid_from ({valid_from})")
        return valid_to

    @model_validator(mode="after")
    def _says_for_what(self) -> Contract:
        if self.provider is None and not self.routes:
            raise ValueError("expected a provider, or routes, that the contract is about")
        return self

"""A decision that a project asks for on its page."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from routefit.declared.fields import Declared

KindName = Literal[
    "payback",
    "serverless",
    "dedicated",
    "finetune",
    "self-managed",
    "multi-source",
    "agent-steps",
    "caching",
    "deprecation",
]
"""The kinds of `routefit.decisions.kinds`, which this may not import; a test holds them equal."""


class DecisionRequest(Declared):
    """What `routefit decide KIND` would be asked; `file` is relative to the project's folder."""

    kind: KindName
    workload: str | None = None
    route: str | None = None
    set: dict[str, bool | float | date | str] = Field(default_factory=dict)
    file: str | None = None

    @model_validator(mode="after")
    def _has_workload(self) -> DecisionRequest:
        if self.route is not None and self.workload is None:
            raise ValueError("got a route without a workload, expected both or only the workload")
        return self

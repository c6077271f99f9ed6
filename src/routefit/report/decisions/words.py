"""What a kind says of its decision, in words."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class DecisionWords(BaseModel):
    """A decision in words.

    `headline` is one line with the figures that matter, without the workload's name; `figures` are rows of a name
    and a value, both in words of the field; `naive` is one sentence: what the common mistake says, and why that
    misleads; `key_figure` the one figure that decides, as a sentence, None where no single one does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    headline: str
    figures: tuple[tuple[str, str], ...]
    naive: str
    key_figure: str | None = None

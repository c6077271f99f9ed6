"""An answer as one JSON document."""

from __future__ import annotations

from pydantic import BaseModel


def json_text(answer: BaseModel) -> str:
    """The answer with its fields as keys; unknown is null, instants are ISO 8601 in UTC."""
    return answer.model_dump_json(by_alias=True, indent=2) + "\n"

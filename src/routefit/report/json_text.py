"""An answer as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set

from pydantic import BaseModel

from routefit.errors import RoutefitError


def json_text(answer: BaseModel, *, leave_out: Set[str] = frozenset()) -> str:
    """The answer with its fields as keys; unknown is null, instants are ISO 8601 in UTC."""
    return answer.model_dump_json(by_alias=True, indent=2, exclude=set(leave_out)) + "\n"


def json_list_text(name: str, answers: Sequence[BaseModel]) -> str:
    """Several answers as a list under one name."""
    dumped = [answer.model_dump(mode="json", by_alias=True) for answer in answers]
    return json.dumps({name: dumped}, indent=2) + "\n"


def error_text(error: RoutefitError) -> str:
    """An error as a document: its stable code, what happened, what to do next."""
    return document_text({"error": {"code": error.code, "message": error.what, "next_step": error.next_step}})


def document_text(document: Mapping[str, object]) -> str:
    """A document that no answer stands behind."""
    return json.dumps(document, ensure_ascii=False) + "\n"

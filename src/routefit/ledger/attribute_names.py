"""What the names of attributes suggest: a feature, a judge, an id that joins calls, an id of somebody.

Importers spell well-known attributes alike; what users define themselves stands under `tag.NAME`.
"""

from __future__ import annotations

import re

TAG = "tag."

HOMES = ("team_alias", "team_id", "service", "key_alias", "trace_name")
"""Whose work a call is, the strongest first."""

PART_FIELDS = ("key_alias", "service", "trace_name", "span_name", "prompt_name")
"""What may tell the workloads of a home apart."""

FEATURE_WORDS = (
    "feature",
    "use_case",
    "usecase",
    "use-case",
    "workload",
    "workflow",
    "app",
    "application",
    "task",
    "task_type",
    "pipeline",
    "product",
    "purpose",
    "job_type",
)

GRADER_PATTERN = "(^|[^a-z])(judge|grader|grading|eval)"
"""In lower case: `llm-as-judge`, `eval-nightly`; not `retrieval`."""

_GRADER = re.compile(GRADER_PATTERN)
_ID = re.compile(r"(^|[._-])(id|ids|uuid|guid|ref|ticket|case|task|run|job|order|conversation|thread|request)$")
_CAMEL_ID = re.compile(r"[a-z](Id|ID)$")
_OF_SOMEBODY = re.compile(
    r"(^|[._-])(user|customer|client|tenant|account|org|organi[sz]ation|company|workspace|team|key|deployment|model|"
    r"agent|assistant|prompt|device|host|project|app|service|environment|assignee)[._-]?(id|uuid)?$"
)
_CUSTOMER = re.compile(r"(customer|tenant|account|client|company|organi[sz]ation)")


def is_feature(name: str) -> bool:
    """Whether a tag is named like what its calls are for."""
    return name.startswith(TAG) and name.removeprefix(TAG).rsplit(".", 1)[-1].casefold() in FEATURE_WORDS


def is_grader(text: str) -> bool:
    """Whether a name or a value sounds like a judge."""
    return bool(_GRADER.search(text.casefold()))


def is_id(name: str) -> bool:
    """Whether a tag may be the key of a unit: an id, and not that of a person, an account or a program."""
    is_named = bool(_ID.search(name.casefold()) or _CAMEL_ID.search(name))
    return name.startswith(TAG) and is_named and not is_of_somebody(name)


def is_of_somebody(name: str) -> bool:
    """Whether a name is that of whom or what calls come from, with or without `id`."""
    return bool(_OF_SOMEBODY.search(name.removeprefix(TAG).casefold()))


def is_customer(name: str) -> bool:
    """Whether a tag names who was served."""
    return name.startswith(TAG) and bool(_CUSTOMER.search(name.casefold())) and not is_feature(name)

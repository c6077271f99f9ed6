"""How many examples a costly property is tried on: all of them in `make test`, a fifth in `make check`."""

from __future__ import annotations

import os

PROFILE_VARIABLE = "HYPOTHESIS_PROFILE"
THOROUGH = "thorough"

_LEAST = 8


def examples(all_of_them: int) -> int:
    """What `max_examples` of a costly property is in this run."""
    if os.environ.get(PROFILE_VARIABLE) == THOROUGH:
        return all_of_them
    return max(_LEAST, all_of_them // 5)

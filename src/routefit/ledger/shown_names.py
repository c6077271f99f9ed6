"""Names of columns and fields as messages may show them."""

from __future__ import annotations

import re

from routefit.ledger.values import SECRET_START, masked

_MOST_CHARACTERS = 80
_COLUMN_NAME = re.compile(r"[^\W\d][\w .:/()\[\]#%$-]*")
_MOST_SPACES = 4
_LONG_TOKEN = re.compile(r"(?=[A-Za-z]*[0-9])[A-Za-z0-9]{20}")


def shown_name(name: str) -> str:
    """The name of a column or field as a message may show it.

    Where a CSV has no header its first values stand in the place of names: what cannot be a name is not shown.
    """
    may_be_name = (
        _COLUMN_NAME.fullmatch(name)
        and len(name) <= _MOST_CHARACTERS
        and name.count(" ") <= _MOST_SPACES
        and not SECRET_START.match(name)
        and not _LONG_TOKEN.search(name)
    )
    return name if may_be_name else masked(name)

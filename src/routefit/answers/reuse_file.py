"""`--reuse FILE.jsonl`: requests with the hashes of their prefix blocks, as the Mooncake traces spell them.

A line is `{"timestamp": ms, "input_length": tokens, "hash_ids": [...]}`; `session_id` keeps the requests of a
session together where traffic is split. Other keys are ignored. The size of a block is not in the file: it is the
one that fits the number of blocks of every request, 512 tokens (that of the format) where that fits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from routefit.answers.decision_inputs.sourced import Sourced
from routefit.decisions.prefix_reuse import PrefixReplay, PrefixRequest, prefix_replay
from routefit.errors import BadInputError

REUSE = "reuse"
"""The name of the file option, and of the table that it gives."""

_FORMAT_BLOCK_TOKENS = 512
_POWERS = tuple(1 << exponent for exponent in range(15, -1, -1))
_NEXT_STEP = 'a line as {"timestamp": 0, "input_length": 6758, "hash_ids": [0, 1, 2]}'


class _Line(msgspec.Struct, frozen=True):
    timestamp: Annotated[float, msgspec.Meta(ge=0)]
    input_length: Annotated[int, msgspec.Meta(gt=0)]
    hash_ids: tuple[int | str, ...]
    session_id: int | str | None = None


def reuse_table(path: Path) -> Sourced:
    """The replay of a file under `REUSE`; BadInputError for a line that is no request."""
    return Sourced(tables={REUSE: reuse_replay(path)})


def reuse_replay(path: Path) -> PrefixReplay:
    """The requests of a file, ready to be replayed."""
    if path.is_dir():
        raise BadInputError(f"got the folder {path}, expected a file of requests", next_step="--reuse FILE.jsonl")
    if not path.is_file():
        raise BadInputError(f"no file {path}", next_step="--reuse FILE.jsonl")
    requests = tuple(_requests(path))
    if not requests:
        raise BadInputError(f"{path}: got no requests, expected one a line", next_step=_NEXT_STEP)
    replay = prefix_replay(requests, block_tokens=block_tokens(requests, path=path))
    try:
        replay.gaps.hit_rate()
    except BadInputError as error:
        raise BadInputError(f"{path}: {error.what}", next_step=error.next_step) from None
    return replay


def block_tokens(requests: Sequence[PrefixRequest], *, path: Path) -> int:
    """The block size at which every request has as many blocks as its tokens fill, the last one partly or not.

    Raises BadInputError where no size fits, or none that is a power of two.
    """
    lengths = {(one.input_tokens, len(one.blocks)) for one in requests}
    fitting = [_common(bounds(*one) for one in lengths) for bounds in (_with_tail, _without_tail)]
    for sizes in ((_FORMAT_BLOCK_TOKENS,), _POWERS):
        for low, high in fitting:
            for tokens in sizes:
                if low <= tokens <= high:
                    return tokens
    raise BadInputError(
        f"{path}: got input_length and hash_ids that agree on no size of a block, expected the same for all",
        next_step="a request of 6,758 tokens has 14 blocks of 512",
    )


def _common(bounds: Iterable[tuple[int, int]]) -> tuple[int, int]:
    lows, highs = zip(*bounds, strict=True)
    return max(lows), min(highs)


def _with_tail(tokens: int, blocks: int) -> tuple[int, int]:
    """The least and the largest size with blocks = ceil(tokens / size)."""
    if blocks == 0:
        return _POWERS[0] + 1, _POWERS[0]
    return math.ceil(tokens / blocks), _POWERS[0] if blocks == 1 else (tokens - 1) // (blocks - 1)


def _without_tail(tokens: int, blocks: int) -> tuple[int, int]:
    """The least and the largest size with blocks = floor(tokens / size)."""
    return tokens // (blocks + 1) + 1, _POWERS[0] if blocks == 0 else tokens // blocks


def _requests(path: Path) -> Iterator[PrefixRequest]:
    decode = msgspec.json.Decoder(_Line).decode
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                found = decode(line)
            except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
                raise BadInputError(f"{path}:{number}: {error}", next_step=_NEXT_STEP) from None
            yield PrefixRequest(
                arrived_s=found.timestamp / 1000,
                input_tokens=found.input_length,
                blocks=found.hash_ids,
                session=None if found.session_id is None else str(found.session_id),
            )

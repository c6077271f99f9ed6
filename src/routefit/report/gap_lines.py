"""What is missing, in lines of the front page: gaps of one kind in one line, the largest first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from routefit.answers.gaps import Gap, GapKind
from routefit.funnel.words import listed, plural
from routefit.report.money import money

MOST_SUBJECTS = 2

_MANY: dict[GapKind, str] = {
    "no_price": "calls with no known price",
    "no_usage": "calls without logged usage",
    "logged_zero": "calls whose cost was logged as 0",
    "no_capacity": "calls paid by capacity of unknown cost",
    "undecided": "units without a verdict",
    "not_through_gateway": "billed, and never traced",
    "price_difference": "billed at another price than traced",
    "billed_but_lost": "calls gave no answer",
    "idle": "capacity that stood idle",
    "left_out_line": "invoice lines left out",
}


@dataclass(frozen=True, slots=True)
class GapLine:
    """One line: what is missing, how large it is in USD of the window, and what to do."""

    what: str
    usd: float | None
    remedy: str


def gap_lines(gaps: Sequence[Gap]) -> tuple[GapLine, ...]:
    """Gaps of a kind that name different subjects in one line with the largest of them; in the order of size."""
    by_kind: dict[str, list[Gap]] = {}
    for gap in gaps:
        by_kind.setdefault(gap.kind if gap.kind in _MANY and gap.subject else gap.what, []).append(gap)
    lines = [_single(own[0]) if len(own) == 1 else _joined(own) for own in by_kind.values()]
    return tuple(sorted(lines, key=lambda line: -(line.usd or 0.0)))


def gap_words(line: GapLine, *, given: Collection[str] = ()) -> str:
    """`$5.04: 185 units of summaries without a verdict`; the remedy where no `Next` gives it."""
    size = "$ not known" if line.usd is None else money(line.usd)
    is_given = any(line.remedy == command for command in given)
    return f"{size}: {line.what}" if is_given else f"{size}: {line.what}; {line.remedy}"


def _single(gap: Gap) -> GapLine:
    what = gap.what
    if what.startswith("calls "):
        what = plural(gap.calls, "call") + what.removeprefix("calls")
    elif gap.calls and gap.kind != "undecided":
        what += f" ({plural(gap.calls, 'call')})"
    return GapLine(what, gap.usd, gap.remedy)


def _joined(gaps: Sequence[Gap]) -> GapLine:
    """`3,339 calls whose cost was logged as 0: a ($4.10), b ($1.14) and 3 more`."""
    what = _MANY[gaps[0].kind]
    if what.startswith("calls "):
        what = plural(sum(gap.calls for gap in gaps), "call") + what.removeprefix("calls")
    known = [gap.usd for gap in gaps if gap.usd is not None]
    return GapLine(f"{what}: {listed(_subjects(gaps))}", sum(known) if known else None, gaps[0].remedy)


def _subjects(gaps: Sequence[Gap]) -> Iterator[str]:
    sizes: dict[str, float] = {}
    for gap in gaps:
        sizes[gap.subject or ""] = sizes.get(gap.subject or "", 0.0) + (gap.usd or 0.0)
    most = MOST_SUBJECTS
    for name, usd in list(sizes.items())[:most]:
        yield f"{name} ({money(usd)})" if usd else name
    if len(sizes) > most:
        yield f"{len(sizes) - most} more"

"""Which judges decided the units of a cell: one series per source, evaluator and version.

A changed version of a suite or grader starts a new series: its verdicts say something else, so a cell that mixes
two is not good enough to decide on, and two routes that were judged by different versions are not compared.
Source: section 2 of the domain ("a changed suite or grader version starts a new series").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from routefit.lcpr.agreement import Agreement
from routefit.lcpr.cell import Frozen

OUTCOME = "outcome"
"""The source of verdicts that were imported as such."""


class VerdictSeries(Frozen):
    """Verdicts of one judge in one version that decided units of one cell.

    `rank` is the place of the rule, 0 for imported outcomes; times are None where no verdict has one.
    """

    source: str
    name: str | None
    rank: int
    evaluated_by: str | None
    suite_version: str | None
    units: int
    accepted_units: int
    first_decided_at: datetime | None
    last_decided_at: datetime | None

    @property
    def judge(self) -> str:
        """How people call who judged: the evaluator, else the rule's name, else the kind of source."""
        return self.evaluated_by or self.name or self.source.replace("_", " ")

    @property
    def version(self) -> str:
        """The version as it is shown."""
        return self.suite_version or "no version"


class RuleAgreement(Frozen):
    """How a workload's rule agrees with people: `version` None where its scores name none.

    `agreement` is None where no unit of that version has both a label and a verdict.
    """

    source: str
    name: str | None
    rank: int
    suite_version: str | None
    agreement: Agreement | None


def by_judge(series: Iterable[VerdictSeries]) -> dict[tuple[int, str], list[VerdictSeries]]:
    """The series of the same judge under the same rule: they differ by version."""
    found: dict[tuple[int, str], list[VerdictSeries]] = defaultdict(list)
    for one in series:
        found[one.rank, one.judge].append(one)
    return dict(found)


def several_versions(series: Iterable[VerdictSeries]) -> Iterator[str]:
    """`judged by 2 versions of judge (v3: 400 units at 86%, v4: 200 units at 81%)` for each judge with several."""
    for (_, judge), versions in sorted(by_judge(series).items()):
        if len(versions) > 1:
            told = ", ".join(_told(one) for one in sorted(versions, key=lambda one: one.version))
            yield f"judged by {len(versions)} versions of {judge} ({told})"


def _told(one: VerdictSeries) -> str:
    units = "1 unit" if one.units == 1 else f"{one.units:,} units"
    return f"{one.version}: {units} at {one.accepted_units / one.units:.0%}"


def judged_differently(a: Sequence[VerdictSeries], b: Sequence[VerdictSeries]) -> str | None:
    """How the versions of a judge that both routes share differ; None where they do not."""
    ours, theirs = by_judge(a), by_judge(b)
    for key in sorted(ours.keys() & theirs.keys()):
        versions = [sorted({one.version for one in side[key]}) for side in (ours, theirs)]
        if versions[0] != versions[1]:
            return (
                f"judged by different versions of {key[1]}: {' and '.join(versions[1])} against "
                + " and ".join(versions[0])
            )
    return None

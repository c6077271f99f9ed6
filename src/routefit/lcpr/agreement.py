"""How well a verdict rule agrees with people, over the units that both judged.

    agreement = (both accept + both reject) / n                     low end: Wilson, two-sided 95%
    chance    = p_rule p_people + (1 - p_rule) (1 - p_people)       p: the share that each accepts
    kappa     = (agreement - chance) / (1 - chance)                 None where chance is 1

Kappa says what is left of the agreement once both would agree by habit alone: where 95% of the units are good, a
grader that accepts everything agrees in 95% of them with a kappa of 0. Both confusions stand beside it, for they
cost differently: a bad unit that the rule accepts makes a route look cheaper than it is, a good one that it
rejects makes it look dearer.
Source: section 4 of the domain; Cohen (1960); Wilson (1927).
"""

from __future__ import annotations

from pydantic import Field

from routefit.errors import UndefinedError
from routefit.lcpr.cell import Frozen
from routefit.stats.rates import wilson_bounds


class AgreementCounts(Frozen):
    """Units that one rule, in one version, and people both judged."""

    both_accept_units: int = Field(default=0, ge=0)
    both_reject_units: int = Field(default=0, ge=0)
    only_rule_accepts_units: int = Field(default=0, ge=0)
    only_people_accept_units: int = Field(default=0, ge=0)

    @property
    def labelled_units(self) -> int:
        """All of them."""
        agreed = self.both_accept_units + self.both_reject_units
        return agreed + self.only_rule_accepts_units + self.only_people_accept_units


class Agreement(Frozen):
    """The agreement of a rule with people; rates in 0..1, `kappa` in -1..1."""

    labelled_units: int
    agreement_rate: float
    agreement_low_rate: float
    kappa: float | None
    only_rule_accepts_units: int
    only_people_accept_units: int


def agreement(counts: AgreementCounts) -> Agreement:
    """The agreement over these units; UndefinedError without any."""
    n = counts.labelled_units
    if not n:
        raise UndefinedError("no unit has both a label and a verdict of the rule")
    agreed = counts.both_accept_units + counts.both_reject_units
    rule_rate = (counts.both_accept_units + counts.only_rule_accepts_units) / n
    people_rate = (counts.both_accept_units + counts.only_people_accept_units) / n
    chance_rate = rule_rate * people_rate + (1 - rule_rate) * (1 - people_rate)
    rate = agreed / n
    return Agreement(
        labelled_units=n,
        agreement_rate=rate,
        agreement_low_rate=wilson_bounds(agreed, n)[0],
        kappa=None if chance_rate == 1 else (rate - chance_rate) / (1 - chance_rate),
        only_rule_accepts_units=counts.only_rule_accepts_units,
        only_people_accept_units=counts.only_people_accept_units,
    )

from datetime import date

import pytest

from routefit.declared.model import Mode
from routefit.evidence import Evidence, Label
from routefit.funnel.comparability import Comparability
from routefit.funnel.matrix import CellEvidence, CellState, LcprFigures, matrix_cell
from routefit.funnel.screen import Screen, screen
from routefit.funnel.verdict import Constraint, ConstraintCheck, Verdict

FAILED_SCREEN = screen(accepted_cases=142, decided_cases=200, floor_rate=0.85)
PASSED_SCREEN = screen(accepted_cases=195, decided_cases=200, floor_rate=0.85)
MEASURED = LcprFigures(
    lcpr_usd_per_accepted_unit=0.031,
    lcpr_low_usd=0.029,
    lcpr_high_usd=0.034,
    units=200,
    decided_units=200,
    evidence=CellEvidence(label=Label.ASSUMED, badge=Label.MEASURED),
)
ESTIMATED = LcprFigures(lcpr_usd_per_accepted_unit=0.05, units=900)
EASY = Comparability(basis=None, reason="only easy traffic: fewer calls", short="only easy traffic")


def check(verdict: Verdict, short: str = "no: EU residency", on: date | None = None) -> ConstraintCheck:
    return ConstraintCheck(
        constraint=Constraint.RESIDENCY,
        verdict=verdict,
        required="EU",
        offered="US",
        reason="needs a region among EU, offers US",
        short=short,
        evidence=Evidence(label=Label.PUBLIC),
        on=on,
    )


@pytest.mark.parametrize(
    ("checks", "result", "measured", "estimated", "comparability", "state", "words"),
    [
        pytest.param(
            [check(Verdict.FAIL)],
            FAILED_SCREEN,
            MEASURED,
            ESTIMATED,
            None,
            "infeasible",
            "no: EU residency",
            id="infeasible goes before everything",
        ),
        pytest.param(
            [check(Verdict.FAIL, on=date(2027, 1, 1))],
            None,
            MEASURED,
            None,
            None,
            "infeasible",
            "no: EU residency from 2027-01-01",
            id="anticipated within the horizon",
        ),
        pytest.param(
            [],
            FAILED_SCREEN,
            MEASURED,
            ESTIMATED,
            None,
            "failed_screen",
            "failed test: 71% < 85%",
            id="failed test goes before its cost",
        ),
        pytest.param([], PASSED_SCREEN, MEASURED, ESTIMATED, None, "measured", "$0.031", id="measured"),
        pytest.param(
            [check(Verdict.UNKNOWN), check(Verdict.WARN)],
            None,
            MEASURED,
            None,
            None,
            "measured",
            "$0.031",
            id="an unknown constraint keeps the cell",
        ),
        pytest.param(
            [], None, MEASURED, None, EASY, "measured", "only easy traffic", id="no figure that misleads"
        ),
        pytest.param(
            [],
            None,
            MEASURED.model_copy(
                update={"lcpr_usd_per_accepted_unit": 1.42, "is_lower_bound": True, "unpriced_calls": 95}
            ),
            None,
            None,
            "measured",
            "≥ $1.42",
            id="a lower bound says so",
        ),
        pytest.param(
            [],
            None,
            LcprFigures(lcpr_usd_per_accepted_unit=None, units=40, decided_units=40, reason="none accepted"),
            None,
            None,
            "measured",
            "none accepted",
            id="measured, and nothing was accepted",
        ),
        pytest.param(
            [], None, None, ESTIMATED, None, "estimated", "$0.050 estimated", id="re-quoted from other traces"
        ),
        pytest.param(
            [],
            None,
            LcprFigures(lcpr_usd_per_accepted_unit=None, units=40),
            None,
            None,
            "unknown",
            "no verdicts",
            id="traces without verdicts are not measured",
        ),
        pytest.param([], None, None, None, None, "unknown", "not tested", id="nothing at all"),
    ],
)
def test_state_and_words(
    checks: list[ConstraintCheck],
    result: Screen | None,
    measured: LcprFigures | None,
    estimated: LcprFigures | None,
    comparability: Comparability | None,
    state: CellState,
    words: str,
) -> None:
    cell = matrix_cell(
        "serverless",
        Mode.SERVERLESS_OPEN,
        checks=checks,
        screen=result,
        measured=measured,
        estimated=estimated,
        comparability=comparability,
    )
    assert (cell.state, cell.words) == (state, words)


def test_figures_and_evidence_stay_in_their_fields() -> None:
    cell = matrix_cell("r", None, measured=MEASURED, comparability=EASY)
    assert (cell.lcpr_usd_per_accepted_unit, cell.lcpr_low_usd, cell.lcpr_high_usd) == (0.031, 0.029, 0.034)
    assert cell.units == 200
    assert cell.evidence.badge is Label.MEASURED
    assert cell.reason == "only easy traffic: fewer calls"


def test_an_estimate_stands_in_only_while_there_are_no_verdicts() -> None:
    unjudged = LcprFigures(lcpr_usd_per_accepted_unit=None, units=40)
    cell = matrix_cell("r", None, measured=unjudged, estimated=ESTIMATED)
    assert (cell.state, cell.lcpr_usd_per_accepted_unit) == ("estimated", 0.05)
    assert matrix_cell("r", None).lcpr_usd_per_accepted_unit is None

"""Every number says its unit in its name.

Looked at: public fields, properties, parameters and functions whose declared type is one number.
A name passes when it ends in a unit, says "per" a unit, is a plural count, or stands in one of the lists of
exceptions below, each with its reason; or when its class says the unit of all its fields.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "routefit"
MODULES = sorted(SOURCE.rglob("*.py"))

NUMBERS = {
    "int",
    "float",
    "Decimal",
    "Rate",
    "Usd",
    "Count",
    "PositiveCount",
    "PositiveNumber",
    "NonNegativeNumber",
    "PositiveRate",
}
WRAPPERS = {"Annotated", "Fact", "ClassVar", "Final", "Optional"}

UNITS = {
    "usd": "US dollars",
    "ms": "milliseconds",
    "us": "microseconds",
    "s": "seconds",
    "seconds": "seconds",
    "minutes": "minutes",
    "hours": "hours",
    "days": "days",
    "months": "calendar months",
    "bytes": "bytes",
    "mb": "millions of bytes",
    "rate": "a share in 0..1",
    "ratio": "one number over another, unbounded",
    "at": "an instant in UTC",
    "on": "a date",
    "z": "standard normal deviations",
}
"""The last word of a name that is a unit; money inside is `_pico_usd`, which ends in one."""

CLASSES_OF_COUNTS = ("Counts", "Rates")
"""Last words of a class, besides the units, that say what all its fields are: `PairedCounts.both`."""

QUALIFIERS = ("with", "without", "needed")
"""What follows these says which ones are counted: `calls_without_usage`, `cases_needed`."""

SINGULAR = {"status", "bias", "bonus", "radius", "focus", "plus", "minus", "gas", "canvas"}
"""Words in s that count nothing."""

OF_ANY_UNIT = {"stats": "a mean or an interval has the unit of what goes in, which its caller names"}
"""Packages whose numbers have no unit of their own, and why."""

ANYWHERE = {
    "n": "sample size, as in every formula",
    "line": "the place in a file",
    "column": "the place in a file",
    "row": "the place in a file",
    "number": "the place in a file",
    "index": "a position",
    "group": "the number of a hash group, a name",
    "seed": "starts a generator; no quantity",
    "exit_code": "what the shell gets; a name",
    "version": "a name",
    "severity": "a rank; it orders, it measures nothing",
    "commitment": "a rank; it orders, it measures nothing",
    "weakness": "a rank; it orders, it measures nothing",
    "rank": "a place in an order; it measures nothing",
    "place": "a place in the order of import; it measures nothing",
    "numerator": "in a ratio of anything",
    "denominator": "in a ratio of anything",
    "confidence": "the spelling of the JSON: the level of an interval, 0 to 1",
    "retry_budget": "the spelling of the file: retries per unit",
    "width": "columns of a terminal",
    "most": "the greatest count to return",
}
"""Names that may stand for a number anywhere, and why."""

EXCEPTIONS: dict[str, str] = {
    "answers.of_fact.fact": "in the unit of the input that it becomes",
    "decisions.TornadoBar.net_usd_at_low": "USD; at which end of the range stands last",
    "decisions.TornadoBar.net_usd_at_high": "USD; at which end of the range stands last",
    "decisions.MonteCarlo.probability_right": "a share of draws; the spelling of the JSON",
    "decisions.PaybackFigures.payback_with_ramp_months": "months; the spelling of the JSON",
    "decisions.PaybackFigures.payback_with_trend_months": "months; spelt as payback_with_ramp_months",
    "decisions.PaybackFigures.net_usd_over_horizon": "USD; the spelling of the JSON",
    "decisions.PaybackNaive.net_usd_over_horizon": "USD; the spelling of the JSON",
    "decisions.FinetuneFigures.net_usd_over_horizon": "USD; spelt as in payback",
    "decisions.PortfolioFigures.promised_net_usd_over_horizon": "USD; spelt as net_usd_over_horizon",
    "decisions.ServerlessNaive.net_usd_over_horizon": "USD; spelt as that of a payback",
    "decisions.BeforeAfter.before": "in the unit that the name of its `figure` ends in",
    "decisions.BeforeAfter.after": "in the unit that the name of its `figure` ends in",
    "decisions.payback_with_trend_months": "months; spelt as payback_with_ramp_months",
    "decisions.DecisionNear.start": "has the unit of the input it is about",
    "decisions.DeprecationFigures.days_left": "days; the spelling of the JSON",
    "decisions.CurvePoint.value": "in the unit that the field `unit` of its curve names",
    "decisions.QueueFigures.depth_mean": "tasks waiting, on average; the spelling of the JSON",
    "decisions.CheckpointFigures.worth_it_below_gb": "gigabytes, the unit in which memory is rented",
    "report.range_words.low": "in the unit that the parameter `unit` names",
    "report.range_words.high": "in the unit that the parameter `unit` names",
    "report.with_range_words.low": "in the unit that the parameter `unit` names",
    "report.with_range_words.high": "in the unit that the parameter `unit` names",
    "report.flip_words.value": "in the unit that the parameter `unit` names",
    "report.amount_words.amount": "in the unit that the parameter `unit` names",
    "decisions.DecisionNear.net_usd.amount": "in the unit of the input it is about",
    "decisions.FlipPoint.value": "in the unit that its field `unit` names",
    "decisions.TornadoBar.low": "in the unit that its field `unit` names",
    "decisions.TornadoBar.high": "in the unit that its field `unit` names",
    "decisions.InputEvidence.low": "in the unit that its field `unit` names",
    "decisions.InputEvidence.high": "in the unit that its field `unit` names",
    "decisions.Bin.low": "in the unit of the outcome that `histogram_of` names",
    "decisions.Bin.high": "in the unit of the outcome that `histogram_of` names",
    "decisions.Quantiles.p05": "in the unit of the outcome that it is filed under",
    "decisions.Quantiles.p25": "in the unit of the outcome that it is filed under",
    "decisions.Quantiles.p50": "in the unit of the outcome that it is filed under",
    "decisions.Quantiles.p75": "in the unit of the outcome that it is filed under",
    "decisions.Quantiles.p95": "in the unit of the outcome that it is filed under",
    "decisions.Beta.low": "a rate, as the class says",
    "decisions.Beta.mode": "a rate, as the class says",
    "decisions.Beta.high": "a rate, as the class says",
    "funnel.BALANCE_LIMIT": "a standardised difference: in standard deviations",
    "funnel.MixDifference.standardised": "a standardised difference: in standard deviations",
    "funnel.Required.amount": "in the unit of the constraint that it stands in",
    "lcpr.Assumption.point": "a share where `is_share`, else one number for each of another",
    "lcpr.Assumption.low": "a share where `is_share`, else one number for each of another",
    "lcpr.Assumption.high": "a share where `is_share`, else one number for each of another",
    "lcpr.ChangePart.now": "in the unit that its field `unit` names",
    "lcpr.Figure.now": "in the unit that its field `unit` names",
    "lcpr.MinuteUse.minute": "a minute of the day, 0 to 1439; a position",
    "lcpr.MinuteUse.last_minute": "a minute of the day, 0 to 1439; a position",
    "lcpr.DayRate.total_weight": "in the unit that `weigh_by` names",
    "lcpr.DayRate.mean_weight": "in the unit that `weigh_by` names",
    "lcpr.shared_out.amount": "of anything; its parts have the same unit",
    "lcpr.call_weight": "in the unit that `DayRate.weigh_by` names",
    "lcpr.call_pico_usd.weight": "in the unit that `DayRate.weigh_by` names",
    "ledger.Conflict.other_row": "the place in a file",
    "ledger.whole_number": "counts what its caller names",
    "ledger.CarefulResult.read": "rows; the words of the summary of an import",
    "ledger.CarefulResult.kept": "rows; the words of the summary of an import",
    "ledger.ImportSummary.read": "rows; the words of the summary of an import",
    "ledger.ImportSummary.imported": "rows; the words of the summary of an import",
    "ledger.ImportSummary.duplicate": "rows; the words of the summary of an import",
    "ledger.ImportSummary.rejected": "rows; the words of the summary of an import",
    "answers.ImportedFile.read": "rows; the words of the summary of an import",
    "answers.ImportedFile.imported": "rows; the words of the summary of an import",
    "answers.ImportedFile.duplicate": "rows; the words of the summary of an import",
    "answers.ImportedFile.rejected": "rows; the words of the summary of an import",
    "answers.ImportedFile.unpriced": "calls; the words of the summary of an import",
    "answers.CostChange.ratio_low": "the lower end of the ratio; the spelling of the JSON",
    "answers.CostChange.ratio_high": "the upper end of the ratio; the spelling of the JSON",
    "answers.CallsPerUnit.p50": "calls per unit, as the class says",
    "answers.CallsPerUnit.p99": "calls per unit, as the class says",
    "answers.MatrixCoverage.measured": "cells; the spelling of the JSON",
    "answers.MatrixCoverage.estimated": "cells; the spelling of the JSON",
    "answers.MatrixCoverage.infeasible": "cells; the spelling of the JSON",
    "answers.MatrixCoverage.failed_screen": "cells; the spelling of the JSON",
    "answers.MatrixCoverage.unknown": "cells; the spelling of the JSON",
    "ledger.Demand.input_p95": "tokens; the spelling of the file that may declare it instead",
    "ledger.Demand.input_p99": "tokens; the spelling of the file that may declare it instead",
    "ledger.Demand.output_p99": "tokens; the spelling of the file that may declare it instead",
    "ledger.SharedGroup.accepted_a": "units of route a, as in the formula of the comparison",
    "ledger.SharedGroup.accepted_b": "units of route b, as in the formula of the comparison",
    "ledger.SharedGroup.both_accepted": "units accepted on both routes",
    "ledger.InvoiceFact.amount": "in the currency of the line",
    "ledger.InvoiceFact.quantity": "in the unit of the line",
    "lcpr.billed_tokens.quantity": "in the unit that stands beside it",
    "answers.LeftOutLine.amount": "in the currency of the line",
    "ledger.Staged.read": "rows; the words of the summary of an import",
    "ledger.MAX_MONEY_EXCLUSIVE": "the greatest amount of a column of money, in whatever currency",
    "ledger.MAX_COUNT": "the greatest value of a column of counts, whatever they count",
    "ledger.MAX_NUMBER_EXCLUSIVE": "the greatest value of a column of numbers, whatever they measure",
    "simulate.Traffic.input_sigma": "of a logarithm, which has no unit",
    "simulate.NOT_MEASURED": "stands for an absent value",
    "project.LARGEST_EXPONENT": "a power of ten of written numbers; it measures nothing",
    "lcpr.Agreement.kappa": "Cohen's kappa, -1 to 1: agreement beyond chance, which has no unit",
    "declared.Comparison.limit": "of a score, in whatever its source measures",
    "declared.number_of": "a score, in whatever its source measures",
    "declared.Slo.percentile": "says which quantile of the latencies, 0 to 100, as people write it",
    "declared.Tokens.input_p95": "the spelling of the file: tokens.input_p95 are tokens",
    "declared.Tokens.input_p99": "the spelling of the file: tokens.input_p99 are tokens",
    "declared.Tokens.output_p99": "the spelling of the file: tokens.output_p99 are tokens",
    "declared.Capacity.goodput_per_replica_hour": "the spelling of the file: good units per replica and hour",
}
"""PACKAGE.CLASS.NAME or PACKAGE.FUNCTION.NAME of names that the market or a file format fixed, and why."""


def is_number(annotation: ast.expr | None) -> bool:
    """Whether a declared type is one number, perhaps absent, perhaps with evidence."""
    match annotation:
        case ast.Name(id=name):
            return name in NUMBERS
        case ast.Attribute(attr=name):
            return name in NUMBERS
        case ast.Constant(value=str(text)):
            return is_number(ast.parse(text, mode="eval").body)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return is_number(left) or is_number(right)
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Tuple(elts=[first, *_])) if name in WRAPPERS:
            return is_number(first)
        case ast.Subscript(value=ast.Name(id=name), slice=inner) if name in WRAPPERS:
            return is_number(inner)
    return False


def says_its_unit(name: str) -> bool:
    """Whether the name itself tells what one of it is."""
    words = name.lower().removesuffix("_squared").removesuffix("_exclusive").split("_")
    cut = next((words.index(word) for word in QUALIFIERS if word in words[1:]), len(words))
    words = words[:cut]
    if "per" in words[1:-1]:
        return says_its_unit("_".join(words[: words.index("per", 1)]))
    return words[-1] in UNITS or is_plural(words[-1]) or (is_plural(words[0]) and is_bound(words[1:]))


def is_plural(word: str) -> bool:
    """Whether the word is a count: tokens, units, replicas."""
    return len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "sis")) and word not in SINGULAR


def is_bound(words: list[str]) -> bool:
    """Whether the words only say which end or side a count is of: `tokens_from`, `tokens_to`, `candidates_out`."""
    return words in (["from"], ["to"], ["low"], ["high"], ["total"], ["in"], ["out"])


def numbers_in(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, qualified name) of every public name in a module that is declared to hold one number."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for member in node.body:
                if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
                    if not member.target.id.startswith("_") and is_number(member.annotation):
                        yield member.lineno, f"{node.name}.{member.target.id}"
                elif isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                    yield from numbers_in_function(member, f"{node.name}.")
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield from numbers_in_function(node, "")
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if not node.target.id.startswith("_") and is_number(node.annotation):
                yield node.lineno, node.target.id
        elif isinstance(node, ast.Assign) and is_numeric_constant(node.value):
            for target in node.targets:
                if isinstance(target, ast.Name) and not target.id.startswith("_"):
                    yield node.lineno, target.id


def numbers_in_function(function: ast.FunctionDef, owner: str) -> Iterator[tuple[int, str]]:
    """The number that a function returns, by the function's own name, and its number parameters."""
    if is_number(function.returns):
        yield function.lineno, f"{owner}{function.name}"
    arguments = function.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if is_number(argument.annotation):
            yield argument.lineno, f"{owner}{function.name}.{argument.arg}"


def is_numeric_constant(value: ast.expr) -> bool:
    """Whether a module constant is written as a number."""
    match value:
        case ast.Constant(value=bool()):
            return False
        case ast.Constant(value=int() | float()):
            return True
        case ast.BinOp(left=left, right=right):
            return is_numeric_constant(left) and is_numeric_constant(right)
        case ast.UnaryOp(operand=operand):
            return is_numeric_constant(operand)
        case ast.Call(func=ast.Name(id="Decimal")):
            return True
    return False


def is_exempt(package: str, qualified: str) -> bool:
    """Whether one of the lists excuses the name."""
    return qualified.split(".")[-1].lower() in ANYWHERE or f"{package}.{qualified}" in EXCEPTIONS


def is_of_a_unit_class(qualified: str) -> bool:
    """Whether the class says the unit of all its fields: `CostUsd`, `QuantilesMs`, `PairedCounts`."""
    owner, _, rest = qualified.partition(".")
    last = re.findall(r"[A-Z][a-z]*", owner)[-1:]
    return bool(rest) and bool(last) and (last[0] in CLASSES_OF_COUNTS or last[0].lower() in UNITS)


def names_a_conversion(qualified: str) -> bool:
    """Whether the function says from what to what: `pico_usd_from_usd`, or between which: `days_between`."""
    words = qualified.split(".")[-1].split("_")
    cut = next((words.index(word) for word in ("from", "between", "in", "of") if word in words[1:]), None)
    return cut is not None and says_its_unit("_".join(words[:cut]))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_number_says_its_unit(path: Path) -> None:
    """A reader of a name knows what one of it is."""
    package = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    if package in OF_ANY_UNIT:
        pytest.skip(OF_ANY_UNIT[package])
    nameless = [
        f"{path.relative_to(ROOT)}:{line}: {qualified}"
        for line, qualified in numbers_in(ast.parse(path.read_text()))
        if not says_its_unit(qualified.split(".")[-1])
        and not names_a_conversion(qualified)
        and not is_of_a_unit_class(qualified)
        and not is_exempt(package, qualified)
    ]
    assert nameless == [], "name the unit (see CONTRIBUTING.md), or add an exception with its reason"


def test_every_exception_is_needed() -> None:
    """An exception whose name is gone goes too."""
    found = {
        f"{path.relative_to(SOURCE).parts[0].removesuffix('.py')}.{qualified}"
        for path in MODULES
        for _, qualified in numbers_in(ast.parse(path.read_text()))
    }
    assert sorted(set(EXCEPTIONS) - found) == []
    assert all(len(reason) > 5 for reason in (*ANYWHERE.values(), *EXCEPTIONS.values()))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("cost", False, id="bare money"),
        pytest.param("price", False, id="bare price"),
        pytest.param("lcpr", False, id="bare result"),
        pytest.param("latency", False, id="no unit"),
        pytest.param("status", False, id="not a plural"),
        pytest.param("inference_usd", True, id="money"),
        pytest.param("input_pico_usd_per_token", True, id="a price inside"),
        pytest.param("input_usd_per_mtok", True, id="a price outside"),
        pytest.param("cost_per_token", False, id="per something, of what?"),
        pytest.param("lcpr_usd_per_accepted_unit", True, id="the result"),
        pytest.param("latency_p95_ms", True, id="a statistic of a time"),
        pytest.param("accepted_units", True, id="a count"),
        pytest.param("tokens_from", True, id="the lower end of a range of counts"),
        pytest.param("units_cost_usd_squared", True, id="a sum of squares"),
        pytest.param("price_from", False, id="the lower end of what?"),
    ],
)
def test_names_are_told_apart(name: str, expected: bool) -> None:
    """The check itself: what passes and what does not."""
    assert says_its_unit(name) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("class A:\n    cost: float", ["A.cost"], id="a field"),
        pytest.param("class A:\n    cost: Fact[Annotated[float, Field(ge=0)]] = Fact()", ["A.cost"], id="a fact"),
        pytest.param("class A:\n    cost: Decimal | None = None", ["A.cost"], id="perhaps absent"),
        pytest.param("class A:\n    is_free: bool", [], id="a truth value"),
        pytest.param("class A:\n    costs: dict[str, int]", [], id="a collection"),
        pytest.param("def f(cost: int, *, x: str) -> float: ...", ["f", "f.cost"], id="a function"),
        pytest.param("def _f(cost: int) -> float: ...", [], id="a private function"),
        pytest.param("COST = 10 * 3.5", ["COST"], id="a constant"),
    ],
)
def test_numbers_are_seen(code: str, expected: list[str]) -> None:
    """The check itself: what counts as a number."""
    assert [name for _, name in numbers_in(ast.parse(code))] == expected

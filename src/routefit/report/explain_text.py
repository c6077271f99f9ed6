"""One cell down to its inputs, as text."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from routefit.answers.explain import ExplainAnswer
from routefit.funnel.comparison import RoutePair
from routefit.funnel.words import plural
from routefit.lcpr.cell import Cell, QuantilesMs
from routefit.report.basis import basis_lines, extent_words
from routefit.report.cost_words import BILL, cost, reasons, term_columns, terms
from routefit.report.drawing import heading, indented, paragraph, stacked, table
from routefit.report.idle_words import IDLE, idle_usd_per_accepted_unit
from routefit.report.judging_lines import agreement_words, series_rows
from routefit.report.money import UNKNOWN, count, money, money_range, share, times


def explain_text(answer: ExplainAnswer) -> RenderableType:
    """The figure, its formula with numbers, what it rests on, every input, every check, the comparison."""
    return stacked(_parts(answer))


def pair_lines(pair: RoutePair) -> Iterator[str]:
    """How route b compares with route a, and on what basis."""
    basis = "comparable" if pair.comparability.is_comparable else "not comparable"
    yield f"{basis}: {pair.comparability.reason}"
    comparison = pair.comparison
    if comparison is None:
        return
    how = "paired on the same tasks" if comparison.is_paired else "two independent sets of units"
    yield f"{pair.b} against {pair.a}: {comparison.reason}; {comparison.verdict} ({how})"
    counts = comparison.counts
    if counts is not None:
        yield (
            f"accepted on both {count(counts.both)}, only on {pair.a} {count(counts.only_a)}, "
            f"only on {pair.b} {count(counts.only_b)}, on neither {count(counts.neither)}"
        )


def _parts(answer: ExplainAnswer) -> Iterator[RenderableType]:
    cell = answer.matrix_cell
    yield from basis_lines(
        answer.window, is_synthetic=answer.is_synthetic, sampled_unit_rate=answer.sampled_unit_rate
    )
    yield heading(f"{answer.workload} on {answer.route}: {cell.words} ({cell.state.replace('_', ' ')})")
    yield indented(cell.reason)
    if answer.cell is not None:
        yield from _formula(answer.cell, extent_words(answer.sampled_unit_rate))
        yield from _observed(answer.cell, answer.dearest_percent_share_rate)
        yield from (indented(f"unusual, have a look: {line}") for line in answer.unusual)
    yield from _judges(answer)
    yield from _checks(answer)
    yield from _inputs(answer)
    yield from _comparison(answer)


def _formula(cell: Cell, extent: str) -> Iterator[RenderableType]:
    yield paragraph("")
    yield heading(f"Cost per {cell.unit_name}")
    if cell.lcpr_usd_per_accepted_unit is None:
        yield indented(f"{cost(cell)}; per unit {money(cell.usd_per_unit)} over {plural(cell.units, 'unit')}")
    else:
        usd = cell.cost_usd
        names = term_columns([cell])
        drawing = table("", *names, "total", right=range(1, len(names) + 2))
        drawing.add_row(f"USD per {cell.unit_name}", *terms(cell, has_bill=BILL in names), cost(cell))
        bill = [usd.delta] if BILL in names else []
        parts = (usd.inference, usd.eval, usd.human, usd.ops, *bill, usd.total)
        drawing.add_row(f"USD in the {extent}", *(UNKNOWN if part is None else f"{part:,.2f}" for part in parts))
        yield drawing
        interval = money_range(cell.lcpr_low_usd, cell.lcpr_high_usd)
        yield indented(f"{share(cell.confidence)} interval {interval}")
    if cell.idle_usd:
        per_unit = money(idle_usd_per_accepted_unit(cell) or cell.idle_usd / cell.units)
        yield indented(f"{IDLE}: {per_unit} ({cell.idle_usd:,.2f} USD in the {extent}), a fixed part")
    naive = f"naive {money(cell.naive_usd_per_attempt)} per attempt"
    ratio = cell.loaded_to_naive_ratio
    yield indented(naive if ratio is None else f"{naive}; loaded is {times(ratio)} as much")
    yield indented("what the dollars rest on:")
    for dollars in cell.evidence.dollars:
        yield indented(f"{share(dollars.rate):>5}  {dollars.source} ({dollars.label.value})", columns=4)
    grade = "decision-grade" if cell.evidence.decision_grade else "not decision-grade"
    yield indented(f"label {cell.evidence.label.value}, badge {cell.evidence.badge.value}, {grade}:")
    yield from (indented(reason, columns=6, hang="    -") for reason in reasons(cell))


def _observed(cell: Cell, dearest_rate: float | None) -> Iterator[RenderableType]:
    yield paragraph("")
    yield heading("Units")
    yield indented(
        f"{plural(cell.units, 'unit')} in {plural(cell.calls, 'call')}: {count(cell.accepted_units)} accepted, "
        f"{count(cell.rejected_units)} rejected, {count(cell.unknown_units)} not known"
    )
    for one in cell.not_accepted:
        yield indented(f"{count(one.units):>8}  {one.reason.replace('_', ' ')}", columns=2)
    rates = (
        ("acceptance", cell.rates.acceptance),
        ("first pass", cell.rates.first_pass),
        ("retry", cell.rates.retry),
        ("repair", cell.rates.repair),
        ("escalation", cell.rates.escalation),
        ("error", cell.rates.error),
        ("timeout", cell.rates.timeout),
        ("cache hit", cell.rates.cache_hit),
    )
    yield indented(", ".join(f"{name} {share(rate)}" for name, rate in rates))
    for name, quantiles in (("first token", cell.latency_ms.ttft), ("end to end", cell.latency_ms.e2e)):
        if quantiles.p50 is not None:
            yield indented(f"{name}: {_latency(quantiles)}")
    if dearest_rate is not None:
        yield indented(f"the dearest 1% of the units make {share(dearest_rate)} of the cost")


def _latency(quantiles: QuantilesMs) -> str:
    values = (("p50", quantiles.p50), ("p95", quantiles.p95), ("p99", quantiles.p99))
    return ", ".join(f"{name} {UNKNOWN if value is None else f'{value:,.0f} ms'}" for name, value in values)


def _judges(answer: ExplainAnswer) -> Iterator[RenderableType]:
    if not answer.series and not answer.agreement:
        return
    yield paragraph("")
    yield heading("Who judged")
    if answer.series:
        drawing = table("source", "evaluator", "version", "units", "accepted", "first", "last", right=(3, 4))
        for row in series_rows(answer.series):
            drawing.add_row(*row)
        yield drawing
    yield from (indented(agreement_words(rule)) for rule in answer.agreement)


def _checks(answer: ExplainAnswer) -> Iterator[RenderableType]:
    yield paragraph("")
    yield heading("Requirements")
    if not answer.checks:
        yield indented("the workload states none")
    else:
        drawing = table("constraint", "verdict", "why", "evidence")
        for check in answer.checks:
            name = check.constraint.value.replace("_", " ")
            drawing.add_row(
                name if check.on is None else f"{name} from {check.on}",
                check.verdict.value,
                check.reason,
                check.evidence.label.value,
            )
        yield drawing
    yield indented(f"quality: {answer.screen.words if answer.screen else 'no floor is declared, or no verdicts'}")


def _inputs(answer: ExplainAnswer) -> Iterator[RenderableType]:
    yield paragraph("")
    yield heading("Inputs")
    drawing = table("input", "value", "label", "source", "as of")
    for one in answer.inputs:
        as_of = UNKNOWN if one.as_of is None else str(one.as_of)
        drawing.add_row(one.name, one.value or UNKNOWN, one.label.value, one.source or UNKNOWN, as_of)
    yield drawing


def _comparison(answer: ExplainAnswer) -> Iterator[RenderableType]:
    if answer.against is None:
        return
    yield paragraph("")
    yield heading(f"Against {answer.against}")
    if answer.pair is None:
        yield indented("the two were not compared: one of them has no units of this workload in the window")
    else:
        yield from (indented(line) for line in pair_lines(answer.pair))

"""The page's decisions: a section for each, with the naive answer beside the right one and its charts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from routefit.answers.decide_all import DecisionLine
from routefit.decisions.decision import Curve, Decision
from routefit.report import charts
from routefit.report.decisions.amounts import bare_words, input_words, value_words
from routefit.report.decisions.registry import words_of
from routefit.report.decisions.telling import (
    MOST_BARS,
    bar_words,
    certainty_lines,
    decision_words,
    evidence_rows,
    flip_lines,
    label_line,
    over_words,
    threshold_line,
)
from routefit.report.money import share
from routefit.report.page_dedicated import dedicated_figures

_TITLES = {
    "payback": "Does the move pay for itself",
    "serverless": "Serverless open model",
    "dedicated": "Dedicated GPUs",
    "finetune": "Fine-tuning",
    "self-managed": "Own GPUs",
    "multi-source": "Several providers",
    "agent-steps": "Agent steps by tier",
    "caching": "Prompt cache",
    "deprecation": "End of a model",
}


def decisions(lines: Sequence[DecisionLine]) -> list[dict[str, object]]:
    """What the template shows of each."""
    return [_section(line, number) for number, line in enumerate(lines, start=1)]


def _section(line: DecisionLine, number: int) -> dict[str, object]:
    subject = " on ".join(name for name in (line.workload, line.route) if name is not None) or "plain numbers"
    shown: dict[str, object] = {
        "id": f"decision-{number}",
        "title": f"{_TITLES.get(line.kind, line.kind)}: {subject}",
        "question": line.question,
    }
    if line.found is None:
        return {**shown, "reason": line.reason or "", "next_step": line.next_step or ""}
    return {**shown, "reason": "", **_answer(line.found)}


def _answer(found: Decision) -> dict[str, object]:
    words = words_of(found)
    return {
        "decision": found.decision,
        "headline": words.headline,
        "key_figure": words.key_figure or "",
        "right": _right(found, words.headline),
        "naive": words.naive,
        "figures": words.figures,
        "flips": flip_lines(found),
        "certainty": list(certainty_lines(found)),
        "figures_drawn": [*_charts(found), *dedicated_figures(found)],
        "bars": [bar_words(bar) for bar in found.tornado[:MOST_BARS]],
        "bars_caption": f"Net USD of “{_acting(found)}” {over_words(found)}, one input at a time",
        "label": label_line(found),
        "evidence": list(evidence_rows(found)),
        "thresholds": threshold_line(found),
        "warnings": found.warnings,
    }


def _right(found: Decision, headline: str) -> str:
    drawn = found.monte_carlo
    if drawn.draws == 1:
        return headline
    return f"{headline}; right in {share(drawn.probability_right)} of {drawn.draws:,} draws"


def _charts(found: Decision) -> Iterator[dict[str, object]]:
    yield from _curve(found)
    yield from _tornado(found)
    yield from _histogram(found)


def _curve(found: Decision) -> Iterator[dict[str, object]]:
    curve = found.curve
    if curve is None:
        return
    name = input_words(curve.input)
    flips = [flip for flip in found.flip_points if flip.input == curve.input]
    low, high = curve.points[0].value, curve.points[-1].value
    today = next(one for one in found.evidence.inputs if one.input == curve.input)
    marks = [
        {"x": flip.flips_at, "words": f"{decision_words(flip.decision)}: {bare_words(flip.flips_at, curve.unit)}"}
        for flip in flips
        if low <= flip.flips_at <= high
    ]
    now = value_words(today.value, curve.unit)
    caption = f"Net USD of “{_acting(found)}” {over_words(found)} by {name}; today it is {now}"
    yield _figure(
        caption,
        charts.line(
            [{"x": point.value, "y": point.net_usd} for point in curve.points],
            x=f"{name}, {curve.unit}" if curve.unit else name,
            y=f"net USD {over_words(found)}",
            marks=marks,
            title=caption,
            number_format=_number_format(curve),
        ),
    )


def _number_format(curve: Curve) -> str:
    """Of the axis: shares as per cent, small amounts in full, large ones as 500k."""
    if curve.unit.startswith("share"):
        return "~%"
    return "~g" if max(abs(point.value) for point in curve.points) < 1 else "~s"


def _tornado(found: Decision) -> Iterator[dict[str, object]]:
    bars = found.tornado[:MOST_BARS]
    if not bars:
        return
    base = found.result.model_dump().get("net_usd_over_horizon")
    middle = base if isinstance(base, float) else (bars[0].net_usd_at_low + bars[0].net_usd_at_high) / 2
    what = f"net USD of “{_acting(found)}” {over_words(found)}"
    caption = f"What moves it: {what}, red where the input is low, blue where it is high"
    rows = [
        {"name": input_words(bar.input), "low": bar.net_usd_at_low, "high": bar.net_usd_at_high, "base": middle}
        for bar in bars
    ]
    yield _figure(caption, charts.bars(rows, x=f"net USD {over_words(found)}", base_usd=middle, title=caption))


def _histogram(found: Decision) -> Iterator[dict[str, object]]:
    drawn = found.monte_carlo
    if drawn.histogram_of is None or not drawn.histogram:
        return
    is_usd = drawn.histogram_of.endswith("usd")
    unit = "USD" if is_usd else "months" if drawn.histogram_of.endswith("_months") else ""
    name = input_words(drawn.histogram_of) if drawn.histogram_of != "net_usd" else "net USD"
    quantiles = drawn.quantiles[drawn.histogram_of]
    middle = "never" if quantiles.p50 is None else value_words(quantiles.p50, unit)
    left = 1 - sum(one.share_rate for one in drawn.histogram)
    beyond = f"; {share(left)} of the draws lie beyond" if left > 0 else ""
    caption = f"{name[:1].upper()}{name[1:]} in {drawn.draws:,} draws: {middle} in the middle{beyond}"
    marks = [] if quantiles.p50 is None else [{"x": quantiles.p50, "words": middle}]
    yield _figure(
        caption,
        charts.histogram(
            [{"low": one.low, "high": one.high, "share": one.share_rate} for one in drawn.histogram],
            x=f"{name}{f', {unit}' if unit and not is_usd else ''}",
            marks=marks,
            title=caption,
            is_usd=is_usd,
        ),
    )


def _acting(found: Decision) -> str:
    return decision_words(found.monte_carlo.acting)


def _figure(caption: str, svg: str) -> dict[str, object]:
    return {"caption": caption, "svg": Markup(svg), "columns": (), "rows": ()}

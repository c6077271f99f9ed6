"""What is wrong with the verdict rules of a workload, and rules whose score never came, each with its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from routefit.declared.model import VerdictRule
from routefit.declared.verdict import MOST_RULES, Test, overlap, parsed, rule_words
from routefit.errors import Problem, nearest_names
from routefit.project.document import Document, Steps
from routefit.project.validation import shown

ScoreKind = tuple[str, str | None]
"""The kind and the name of a score: ("score", "judge")."""


def verdict_problems(document: Document, rules: Sequence[VerdictRule]) -> Iterator[Problem]:
    """Rules that say nothing, cannot be read, contradict themselves or repeat another, and too many rules."""
    if len(rules) > MOST_RULES:
        yield document.report(("verdict",), f"got {len(rules)} rules, expected {MOST_RULES} at most")
    first_with: dict[ScoreKind, int] = {}
    for index, rule in enumerate(rules):
        at: Steps = ("verdict", index)
        if rule.source in ("score", "grader") and rule.name is None:
            yield document.report(at, f"got no name, expected the name of the {rule.source} that the rule reads")
        if rule.accept is None and rule.reject is None:
            yield document.report(at, "got neither accept nor reject, expected at least one of them")
        tests: dict[str, Test] = {}
        for key in _KEYS:
            yield from _read(document, (*at, key), getattr(rule, key), key, tests)
        common = overlap(tests["accept"], tests["reject"]) if len(tests) == 2 else None
        if common is not None:
            yield document.report(
                (*at, "reject"), f"{common} is both accepted and rejected, expected one of the two"
            )
        first = first_with.setdefault((rule.source, rule.name), index)
        if first != index:
            yield document.report(
                at, f"got {rule_words(rule.source, rule.name)} again, expected one rule for it (verdict[{first}])"
            )


_KEYS: tuple[Literal["accept", "reject"], ...] = ("accept", "reject")


def _read(
    document: Document, at: Steps, written: str | tuple[str, ...] | None, key: str, tests: dict[str, Test]
) -> Iterator[Problem]:
    if written is None:
        return
    try:
        tests[key] = parsed(written)
    except ValueError as error:
        got = shown(written) if isinstance(written, str) else f"[{', '.join(written)}]"
        yield document.report(at, f"got {got}, {error}")


def unseen_rules(
    document: Document, rules: Sequence[VerdictRule], present: Collection[ScoreKind]
) -> Iterator[Problem]:
    """Rules that nothing imported so far can meet; none where no scores came at all."""
    for index, rule in enumerate(rules):
        said = unseen_words(rule, present) if present else None
        if said is not None:
            yield document.report(("verdict", index), said)


def unseen_words(rule: VerdictRule, present: Collection[ScoreKind]) -> str | None:
    """`no score judge was imported; did you mean 'judge-v2'?`; None where the rule has something to read."""
    if any(source == rule.source and rule.name in (None, name) for source, name in present):
        return None
    words = f"no {rule_words(rule.source, rule.name)} was imported so far"
    alike = sorted({name for source, name in present if name and source == rule.source})
    elsewhere = sorted({source for source, name in present if rule.name and name == rule.name})
    if elsewhere:
        return f"{words}; {rule.name!r} came from: {', '.join(elsewhere)}"
    near = nearest_names(rule.name, alike, most=1) if rule.name else ()
    if near:
        return f"{words}; did you mean {near[0]!r}?"
    return f"{words}; there is {', '.join(alike[:5])}" if alike else words

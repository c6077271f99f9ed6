"""What a value means under a verdict rule: `accept` and `reject` as tests, and a value's verdict.

A test is a comparison with a number (`>=0.7`, `>0`, `<=`, `<`, `==1`, `!=0`) or words that the value must equal,
whatever their case. A value is a number when it is written as one (`0.85`, `1e-3`); true is 1 and false is 0.

    meets accept                                        accepted
    meets reject                                        rejected
    neither, and both are given, or only reject is      unknown
    neither, only accept is given, a comparison         rejected, when the value is a number
    neither, only accept is given, words                rejected for a test, else unknown

So an open ticket under `accept: [resolved]` is no failure, and a score of "n/a" decides nothing. Nothing is ever
accepted because it was not rejected. The same rule stands in SQL in `ledger/sql/score_verdicts.sql`; a property
test holds the two equal.
Source: section 2 of the domain ("Verdicts").
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from routefit.declared.model import VerdictRule

MOST_RULES = 20
"""A workload has at most so many verdict rules."""

NUMBER_PATTERN = r"^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
"""How a value is written that counts as a number; the SQL uses the same."""

_NUMBER_LIMIT = 1e300
"""A number beyond it, either way, decides nothing."""

Operator = Literal[">=", ">", "<=", "<", "==", "!="]
Sampled = Literal["all", "random", "stratified", "self_selected"]

_TRUTH_VALUES = {"true": 1.0, "false": 0.0}
_HOLDS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
_COMPARISON = re.compile(r"(>=|<=|==|!=|>|<|=)\s*(.*)", re.DOTALL)
_EXPECTED = 'expected a comparison like ">=0.7" or "==1", or words like [resolved, closed]'


@dataclass(frozen=True, slots=True)
class Comparison:
    """A number held against a limit."""

    operator: Operator
    limit: float

    def is_met(self, value: str) -> bool:
        """Whether the value is a number for which the comparison holds."""
        number = number_of(value)
        return number is not None and _HOLDS[self.operator](number, self.limit)


@dataclass(frozen=True, slots=True)
class Words:
    """Values that are equal, whatever the case of their letters."""

    words: frozenset[str]

    def is_met(self, value: str) -> bool:
        """Whether the value is one of the words."""
        return folded(value) in self.words


Test = Comparison | Words


def folded(text: str) -> str:
    """A text in small letters, each letter for itself."""
    return "".join(letter.lower()[0] for letter in text)


def number_of(value: str) -> float | None:
    """The number that a value stands for; None where it is none."""
    if re.fullmatch(NUMBER_PATTERN, value):
        number = float(value)
        return number if abs(number) < _NUMBER_LIMIT else None
    return _TRUTH_VALUES.get(folded(value))


def parsed(written: str | tuple[str, ...]) -> Test:
    """`accept` or `reject` as a test; ValueError says what was expected."""
    words = (written,) if isinstance(written, str) else written
    if isinstance(written, str) and (found := _COMPARISON.fullmatch(written.strip())):
        return _comparison(*found.groups())
    if not words:
        raise ValueError(_EXPECTED)
    for word in words:
        _refuse_no_word(word, is_alone=isinstance(written, str))
    return Words(frozenset(map(folded, words)))


def _comparison(sign: str, limit: str) -> Comparison:
    if sign == "=":
        raise ValueError(f'expected "=={limit}" for equality')
    number = number_of(limit.strip()) if re.fullmatch(NUMBER_PATTERN, limit.strip()) else None
    if number is None:
        raise ValueError(f'expected a number after {sign}, as in "{sign}0.7"')
    spelled: dict[str, Operator] = {">=": ">=", ">": ">", "<=": "<=", "<": "<", "==": "==", "!=": "!="}
    return Comparison(spelled[sign], number)


def _refuse_no_word(word: str, *, is_alone: bool) -> None:
    if not word.strip() or word != word.strip():
        raise ValueError(_EXPECTED + ", without spaces around them")
    if not is_alone and _COMPARISON.fullmatch(word):
        raise ValueError(f'expected words in a list; a comparison stands alone: "{word}"')
    if folded(word) in _TRUTH_VALUES:
        raise ValueError(
            f'expected "=={_TRUTH_VALUES[folded(word)]:g}": a true value is read as 1, a false one as 0'
        )
    if re.fullmatch(NUMBER_PATTERN, word):
        raise ValueError(f'expected a comparison for numbers, such as "=={word}" or ">={word}"')


def overlap(accept: Test, reject: Test) -> str | None:
    """A value that both tests meet, as text; None where there is none."""
    return next(
        (value for value in _candidates(accept, reject) if accept.is_met(value) and reject.is_met(value)), None
    )


def _candidates(*tests: Test) -> Iterable[str]:
    """Values that decide whether tests overlap: every word, each limit, a number in each gap between limits."""
    for test in tests:
        if isinstance(test, Words):
            yield from sorted(test.words)
    limits = sorted({test.limit for test in tests if isinstance(test, Comparison)})
    if limits:
        gaps = [(low + high) / 2 for low, high in pairwise(limits)]
        for number in (*limits, *gaps, limits[0] - abs(limits[0]) - 1, limits[-1] + abs(limits[-1]) + 1):
            yield f"{number:.17g}"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A verdict rule, read: `rank` 1 is the most authoritative rule of its workload."""

    rank: int
    source: str
    name: str | None
    accept: Test | None
    reject: Test | None
    settle_hours: float
    sampled: Sampled | None

    @property
    def words(self) -> str:
        """How people call the rule: `score judge`."""
        return rule_words(self.source, self.name)

    @property
    def rejects_the_rest(self) -> bool:
        """Whether a value that does not meet `accept` is a rejection."""
        if self.reject is not None or self.accept is None:
            return False
        return isinstance(self.accept, Comparison) or self.source == "test"

    def reads(self, source: str, name: str | None) -> bool:
        """Whether the rule reads a score of this kind and name; a rule without a name reads any."""
        return source == self.source and self.name in (None, name)

    def verdict(self, value: str | None) -> bool | None:
        """What a value means; None is unknown, and so is what no value means."""
        if value is None:
            return None
        if self.accept is not None and self.accept.is_met(value):
            return True
        if self.reject is not None and self.reject.is_met(value):
            return False
        if not self.rejects_the_rest:
            return None
        return None if isinstance(self.accept, Comparison) and number_of(value) is None else False

    def sampling(self, of_score: Sampled | None) -> Sampled:
        """How the judged units were chosen: the rule says it, else the score, else its kind."""
        return self.sampled or of_score or default_sampling(self.source)


def default_sampling(source: str) -> Sampled:
    """Who gives feedback chose to; everything else is taken to be all there is, and not extrapolated."""
    return "self_selected" if source == "feedback" else "all"


def rule_words(source: str, name: str | None) -> str:
    """A rule or a score as people call it: `score judge`, `ticket status`."""
    words = source.replace("_", " ")
    return f"{words} {name}" if name else words


def meaning_of(rank: int, rule: VerdictRule) -> Meaning:
    """The rule at place `rank`, from 1; ValueError where `accept` or `reject` cannot be read."""
    return Meaning(
        rank=rank,
        source=rule.source,
        name=rule.name,
        accept=None if rule.accept is None else parsed(rule.accept),
        reject=None if rule.reject is None else parsed(rule.reject),
        settle_hours=rule.settle_hours or 0.0,
        sampled=rule.sampled,
    )


def meanings(rules: Iterable[VerdictRule]) -> tuple[Meaning, ...]:
    """The rules of a workload, the most authoritative first."""
    return tuple(meaning_of(rank, rule) for rank, rule in enumerate(rules, start=1))

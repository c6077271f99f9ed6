"""The verdict rules of all workloads as relations that `sql/score_verdicts.sql` reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa

from routefit.declared.model import Workload
from routefit.declared.verdict import Comparison, Meaning, Test, Words, default_sampling, meanings
from routefit.ledger.engine import register_table

_RULES_SCHEMA = pa.schema(
    [
        ("workload", pa.string()),
        ("rank", pa.int64()),
        ("judgement", pa.string()),
        ("name", pa.string()),
        ("accept_operator", pa.string()),
        ("accept_limit", pa.float64()),
        ("reject_operator", pa.string()),
        ("reject_limit", pa.float64()),
        ("rejects_the_rest", pa.bool_()),
        ("needs_no_settling", pa.bool_()),
        ("settled_until", pa.timestamp("us")),
        ("sampled", pa.string()),
        ("default_sampled", pa.string()),
    ]
)
_WORDS_SCHEMA = pa.schema(
    [("workload", pa.string()), ("rank", pa.int64()), ("word", pa.string()), ("accepted", pa.bool_())]
)


@dataclass(frozen=True)
class VerdictRules:
    """The rules of every workload that has any, as seen at `now`."""

    by_workload: Mapping[str, tuple[Meaning, ...]] = field(default_factory=dict)
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    @classmethod
    def of(cls, workloads: Mapping[str, Workload | None], now: datetime) -> VerdictRules:
        """The rules that the workloads declare."""
        declared = {
            name: meanings(workload.verdict)
            for name, workload in sorted(workloads.items())
            if workload is not None and workload.verdict
        }
        return cls(declared, now)

    @property
    def digest(self) -> str:
        """Changes with the rules, not with the time."""
        return repr(
            [
                (
                    name,
                    [_without_order(meaning) for meaning in rules],
                )
                for name, rules in self.by_workload.items()
            ]
        )

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Fill `verdict_rules` and `verdict_words`."""
        rows = list(self._rows())
        words = [
            {"workload": name, "rank": meaning.rank, "word": word, "accepted": accepted}
            for name, meaning in self._each()
            for word, accepted in _words(meaning).items()
        ]
        register_table(connection, "verdict_rules", pa.Table.from_pylist(rows, schema=_RULES_SCHEMA))
        register_table(connection, "verdict_words", pa.Table.from_pylist(words, schema=_WORDS_SCHEMA))

    @property
    def settling(self) -> tuple[tuple[Meaning, datetime], ...]:
        """The rules whose acceptances must stand for a time, with the last instant that is settled now."""
        return tuple((m, self._settled_until(m)) for _, m in self._each() if m.settle_hours)

    def _each(self) -> Iterator[tuple[str, Meaning]]:
        for name, rules in self.by_workload.items():
            for meaning in rules:
                yield name, meaning

    def _settled_until(self, meaning: Meaning) -> datetime:
        return self.now - timedelta(hours=meaning.settle_hours)

    def _rows(self) -> Iterator[dict[str, object]]:
        for name, meaning in self._each():
            accept, reject = _comparison(meaning.accept), _comparison(meaning.reject)
            yield {
                "workload": name,
                "rank": meaning.rank,
                "judgement": meaning.source,
                "name": meaning.name,
                "accept_operator": accept.operator if accept else None,
                "accept_limit": accept.limit if accept else None,
                "reject_operator": reject.operator if reject else None,
                "reject_limit": reject.limit if reject else None,
                "rejects_the_rest": meaning.rejects_the_rest,
                "needs_no_settling": not meaning.settle_hours,
                "settled_until": stored_instant(self._settled_until(meaning)) if meaning.settle_hours else None,
                "sampled": meaning.sampled,
                "default_sampled": default_sampling(meaning.source),
            }


def stored_instant(at: datetime) -> datetime:
    """An instant as the ledger stores it: UTC without saying so."""
    return at.astimezone(UTC).replace(tzinfo=None)


def _comparison(test: Test | None) -> Comparison | None:
    return test if isinstance(test, Comparison) else None


def _words(meaning: Meaning) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for test, accepted in ((meaning.reject, False), (meaning.accept, True)):
        if isinstance(test, Words):
            found |= dict.fromkeys(test.words, accepted)
    return found


def _without_order(meaning: Meaning) -> tuple[object, ...]:
    """Everything that the rule says; words sorted, for sets have no order of their own."""

    def told(test: Test | None) -> object:
        return sorted(test.words) if isinstance(test, Words) else test

    return (
        meaning.rank,
        meaning.source,
        meaning.name,
        told(meaning.accept),
        told(meaning.reject),
        meaning.settle_hours,
        meaning.sampled,
    )

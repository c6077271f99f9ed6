"""What judged the units of a ledger: outcomes, scores and labels, each brought to the unit that it concerns.

A row that names workload, route and unit concerns that unit; any other one is matched by unit, call, trace or
session id, and left out where it fits several units. Scores become verdicts by the rules of the unit's workload.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from routefit.ledger.attribution import Attribution
from routefit.ledger.building import view_costed_calls
from routefit.ledger.damage import damage_error, naming_damage
from routefit.ledger.derived import ScoreUse
from routefit.ledger.engine import connect, parquet, quoted, statement
from routefit.ledger.manifest import FILE_NAME, Manifest
from routefit.ledger.schema import LABELS, OUTCOMES, SCORES, Table
from routefit.ledger.verdict_rules import VerdictRules, stored_instant

_KEY = ("workload", "route", "unit_id")
_OUTCOME_COLUMNS = (
    "accepted",
    "sampled",
    "evaluated_by",
    "suite_version",
    "escalated",
    "within_slo",
    "compliant",
    "human_minutes",
    "human_pico_usd",
)
_SCORE_COLUMNS = ("judgement", "name", "value", "decided_at", "evaluated_by", "suite_version", "sampled")
_LABEL_COLUMNS = ("accepted", "labelled_by")
_VERDICT_COLUMNS = ("accepted", "sampled", "evaluated_by", "suite_version")

_AUTHORITY = 1 << 122
"""The authority of a source stands above what says when and how its rows came: 31 for an outcome, 30 and less for
the rules, 0 for a score by itself. Below it 52 bits of microseconds, 30 of the file's place, 40 of the row's."""

_OUTCOME_AUTHORITY, _LABEL_AUTHORITY, _SCORE_AUTHORITY = 31, 1, 0


@dataclass(frozen=True, slots=True)
class JudgementFile:
    """One stored segment; files are given in the order in which they became known."""

    segment_id: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgements:
    """The stored files of everything that judges units."""

    outcomes: Sequence[JudgementFile] = ()
    scores: Sequence[JudgementFile] = ()
    labels: Sequence[JudgementFile] = ()

    @property
    def files(self) -> tuple[JudgementFile, ...]:
        """All of them."""
        return (*self.outcomes, *self.scores, *self.labels)

    def depends_on_all_units(self, ledger_dir: Path) -> bool:
        """Whether some row does not name its unit in full, so that any unit may be the one."""
        return any(_names_no_unit(file.path, ledger_dir) for file in self.files)

    def settled_marks(self, connection: duckdb.DuckDBPyConnection, rules: VerdictRules) -> list[str]:
        """For each rule with `settle_hours` its latest settled acceptance: changes when one settles."""
        if not self.scores or not rules.settling:
            return []
        marks = []
        source = parquet(file.path for file in self.scores)
        for meaning, until in rules.settling:
            rows = connection.execute(
                f"SELECT value, max(decided_at) FROM {source} WHERE coalesce(judgement, 'score') = ? "
                "AND (? IS NULL OR name = ?) AND decided_at <= ? GROUP BY value",
                [meaning.source, meaning.name, meaning.name, stored_instant(until)],
            ).fetchall()
            settled = [at for value, at in rows if meaning.verdict(value)]
            marks.append(f"{meaning.words}: {max(settled, default=None)}")
        return marks


def score_kinds(ledger_dir: Path) -> tuple[tuple[str, str | None], ...]:
    """The kinds and names of all imported scores, in order; none where there is no ledger."""
    if not (ledger_dir / FILE_NAME).exists():
        return ()
    with Manifest(ledger_dir) as manifest:
        paths = [segment.path for segment in manifest.visible("scores")]
    if not paths:
        return ()
    with naming_damage(ledger_dir), connect() as connection:
        rows = connection.execute(
            f"SELECT DISTINCT coalesce(judgement, 'score'), name FROM {parquet(paths)} ORDER BY ALL"
        ).fetchall()
    return tuple((source, name) for source, name in rows)


class JudgedUnits:
    """Fills the relations that say what judged each unit; `units` must show all units of the ledger."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        judgements: Judgements,
        rules: VerdictRules,
        call_paths: Sequence[Path],
        attribution: Attribution,
    ) -> None:
        self._connection = connection
        self._judgements = judgements
        self._rules = rules
        self._call_paths = call_paths
        self._attribution = attribution
        self.ambiguous_rows = 0

    def resolve(self, only: str | None = None) -> None:
        """Fill `outcomes_latest`, `rule_verdicts` and `label_targets`, and count the rows that fit several units.

        `only` names a table of tasks: the latest outcomes of others are not looked for.
        """
        execute = self._connection.execute
        self._view_rows("outcome_rows", OUTCOMES, self._judgements.outcomes, _OUTCOME_AUTHORITY, "decided_at")
        self._view_rows("score_rows", SCORES, self._judgements.scores, _SCORE_AUTHORITY, "decided_at")
        self._view_rows("label_rows", LABELS, self._judgements.labels, _LABEL_AUTHORITY, "labelled_at")
        self.ambiguous_rows = self._match()
        self._rules.register(self._connection)
        execute(f"CREATE OR REPLACE TEMP VIEW label_targets AS {_targets('label_rows', _LABEL_COLUMNS)}")
        execute(f"CREATE OR REPLACE TEMP VIEW score_targets AS {_targets('score_rows', _SCORE_COLUMNS)}")
        execute(f"CREATE OR REPLACE TEMP TABLE score_verdicts AS {statement('score_verdicts')}")
        execute(f"CREATE OR REPLACE TEMP TABLE rule_verdicts AS {statement('rule_verdicts')}")
        execute(
            "CREATE OR REPLACE TEMP VIEW outcome_targets AS SELECT * FROM ("
            f"({_targets('outcome_rows', _OUTCOME_COLUMNS)}) UNION ALL BY NAME "
            f"SELECT {', '.join((*_KEY, *_VERDICT_COLUMNS, 'known_order'))} FROM rule_verdicts"
            f") AS targets{among(only)}"
        )
        execute(f"CREATE OR REPLACE TEMP TABLE outcomes_latest AS {statement('outcomes_latest')}")

    def rows_without_call(self) -> int:
        """Judged units without any call, and rows that match none; they never count."""
        keys = " UNION ".join(
            f"SELECT {', '.join(_KEY)} FROM {name}"
            for name, files in (
                ("outcomes_latest", self._judgements.files),
                ("score_targets", self._judgements.scores),
                ("label_targets", self._judgements.labels),
            )
            if files or name == "outcomes_latest"
        )
        (lost,) = self._one(
            f"SELECT count(*) FROM ({keys}) AS o ANTI JOIN units AS u "
            "ON o.workload = u.workload AND o.route = u.route AND o.unit_id = u.unit_id"
        )
        (unmatched,) = self._one(
            "SELECT count(*) FROM target_rows AS o ANTI JOIN target_matches AS m "
            "ON o.known_order = m.known_order WHERE o.unit_id IS NULL OR o.workload IS NULL OR o.route IS NULL"
        )
        return lost + unmatched

    def score_uses(self) -> tuple[ScoreUse, ...]:
        """How much of each kind and name of score the rules read, the most frequent first."""
        rows = self._connection.execute(statement("score_uses")).fetchall()
        return tuple(
            ScoreUse(source=source, name=name, scores=n, read_scores=read, undecided_scores=u, unsettled_scores=w)
            for source, name, n, read, u, w in rows
        )

    def _view_rows(
        self, name: str, table: Table, files: Sequence[JudgementFile], authority: int, decided: str
    ) -> None:
        """The stored rows with `known_order`: later decided wins, then later imported, then later in its file."""
        if files:
            source = parquet((file.path for file in files), names_file=True)
            place = "list_position([" + ", ".join(quoted(file.path) for file in files) + "], filename)"
        else:
            columns = ", ".join(f"CAST(NULL AS {c.sql_type}) AS {c.stored_name}" for c in table.columns)
            source, place = f"(SELECT {columns}, CAST(NULL AS BIGINT) AS source_row WHERE FALSE)", "0"
        self._connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT *, "
            f"CAST({authority} AS HUGEINT) * {_AUTHORITY} "
            f"+ CAST(coalesce(epoch_us({decided}), 0) AS HUGEINT) * {1 << 70} "
            f"+ CAST({place} AS HUGEINT) * {1 << 40} + source_row AS known_order FROM {source}"
        )

    def _match(self) -> int:
        execute = self._connection.execute
        asked = ("known_order", *_KEY, "call_id", "trace_id", "session_id")
        kinds = ("outcome_rows", "score_rows", "label_rows")
        rows = " UNION ALL ".join(f"SELECT {', '.join(asked)} FROM {kind}" for kind in kinds)
        execute(f"CREATE OR REPLACE TEMP VIEW target_rows AS {rows}")
        by_unit, by_call = self._one(
            "SELECT count(CASE WHEN unit_id IS NOT NULL AND (workload IS NULL OR route IS NULL) THEN 1 END), "
            "count(CASE WHEN unit_id IS NULL THEN 1 END) FROM target_rows"
        )
        unit_keys = "SELECT DISTINCT workload, route, unit_id FROM units WHERE production_calls > 0"
        execute(f"CREATE OR REPLACE TEMP VIEW unit_keys AS {unit_keys}{'' if by_unit else ' AND FALSE'}")
        call_keys = ("workload", "route", "unit_id", "call_id", "trace_id", "session_id")
        if by_call:
            view_costed_calls(self._connection, self._call_paths, self._attribution)
            found = f"SELECT DISTINCT {', '.join(call_keys)} FROM all_calls WHERE role <> 'grader'"
        else:
            found = f"SELECT {', '.join(f'CAST(NULL AS VARCHAR) AS {key}' for key in call_keys)} WHERE FALSE"
        execute(f"CREATE OR REPLACE TEMP VIEW call_keys AS {found}")
        if not by_unit and not by_call:
            execute(
                "CREATE OR REPLACE TEMP TABLE target_matches AS SELECT known_order, workload, route, unit_id "
                "FROM target_rows WHERE FALSE"
            )
            return 0
        execute(f"CREATE OR REPLACE TEMP VIEW found_matches AS {statement('target_matches')}")
        execute(f"CREATE OR REPLACE TEMP TABLE target_matches AS {statement('served_matches')}")
        several = "SELECT known_order FROM target_matches GROUP BY known_order HAVING count(*) > 1"
        (ambiguous,) = self._one(f"SELECT count(*) FROM ({several}) AS several")
        return ambiguous

    def _one(self, query: str) -> tuple[int, ...]:
        (row,) = self._connection.execute(query).fetchall()
        return tuple(int(value) for value in row)


def _targets(rows: str, columns: Sequence[str]) -> str:
    """The rows that concern exactly one unit, with its key: those that name it in full, and those that match."""
    return (
        f"SELECT {', '.join((*_KEY, *columns, 'known_order'))} FROM {rows} "
        "WHERE unit_id IS NOT NULL AND workload IS NOT NULL AND route IS NOT NULL "
        f"UNION ALL SELECT {', '.join(f'f.{name}' for name in _KEY)}, "
        f"{', '.join(f'o.{name}' for name in (*columns, 'known_order'))} FROM {rows} AS o INNER JOIN ("
        f"SELECT known_order, {', '.join(f'min({name}) AS {name}' for name in _KEY)} FROM target_matches "
        "GROUP BY known_order HAVING count(*) = 1) AS f ON o.known_order = f.known_order"
    )


def among(tasks: str | None) -> str:
    """A condition that keeps only the tasks of that table."""
    return f" WHERE (workload, unit_id) IN (SELECT (workload, unit_id) FROM {tasks})" if tasks else ""


def _names_no_unit(path: Path, ledger_dir: Path) -> bool:
    """Whether some row of the file lacks workload, route or unit id; read from the file's statistics."""
    try:
        metadata = pq.read_metadata(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise damage_error(ledger_dir, path, str(error).strip()) from error
    keys = [at for at, name in enumerate(metadata.schema.names) if name in _KEY]
    found = [
        metadata.row_group(group).column(at).statistics for group in range(metadata.num_row_groups) for at in keys
    ]
    return any(statistics is None or statistics.null_count != 0 for statistics in found)

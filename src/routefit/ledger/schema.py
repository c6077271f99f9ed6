"""The columns of every table of facts: the one definition that readers, storage and documentation share.

A column has the name of the interchange format and the name under which it is stored; they differ only for
money, which is stored as whole pico-USD. Limits are inclusive unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

TableKind = Literal["calls", "outcomes", "scores", "labels", "invoices", "capacity", "load_tests", "twins"]

MAX_TEXT_CHARACTERS = 1_000
"""An id or another text of a column is at most this long."""

MAX_NOTE_CHARACTERS = 200
"""A column that people fill with words of their own is at most this long: prompts are never stored."""

MAX_ATTRIBUTE_CHARACTERS = 200
"""A value inside `attributes` that is longer is left out: prompts are never stored."""

MAX_TOKENS = 10**9
MAX_COUNT = 10**6
MAX_USD_EXCLUSIVE = 10**6
MAX_MONEY_EXCLUSIVE = 10**12
MAX_NUMBER_EXCLUSIVE = 1e300
FIRST_YEAR, LAST_YEAR = 2000, 2099
SNIFFED_LINES = 1_000
"""Unknown columns of a JSONL file are found from so many lines at its start."""

MAX_LINE_BYTES = 10_000_000
"""A longer line of JSONL or CSV is rejected; the rest of the file goes in."""


class Kind(StrEnum):
    """What a column holds; decides what is accepted and how it is stored."""

    TEXT = "text"
    ID = "id"
    IDENTIFIER_OF_A_PERSON = "identifier of a person"
    CHOICE = "choice"
    TOKENS = "tokens"
    COUNT = "count"
    AMOUNT = "amount"
    SCORE = "score"
    USD = "USD"
    MONEY = "money"
    VALUE = "value"
    INSTANT = "instant"
    EDGE = "edge of a period"
    BOOLEAN = "boolean"
    OBJECT = "object"


_SQL_TYPES = {
    Kind.TOKENS: "BIGINT",
    Kind.COUNT: "INTEGER",
    Kind.AMOUNT: "DOUBLE",
    Kind.SCORE: "DOUBLE",
    Kind.USD: "BIGINT",
    Kind.MONEY: "DECIMAL(38, 12)",
    Kind.INSTANT: "TIMESTAMP",
    Kind.EDGE: "TIMESTAMP",
    Kind.BOOLEAN: "BOOLEAN",
}

EXPECTED = {
    Kind.TEXT: "a text of 1 to {most:,} characters",
    Kind.ID: "an id of 1 to {most:,} characters",
    Kind.IDENTIFIER_OF_A_PERSON: "an id of 1 to {most:,} characters",
    Kind.TOKENS: "a whole number from 0 to 1,000,000,000",
    Kind.COUNT: "a whole number from 0 to 1,000,000",
    Kind.AMOUNT: "a finite number of at least 0",
    Kind.SCORE: "a finite number",
    Kind.USD: "an amount of USD from 0 to below 1,000,000",
    Kind.MONEY: "an amount of money, negative for a refund, below 1,000,000,000,000",
    Kind.VALUE: "a number, true, false or a text of at most {most:,} characters",
    Kind.EDGE: f"a date, or an ISO 8601 time with Z or an offset, in the years {FIRST_YEAR} to {LAST_YEAR}",
    Kind.INSTANT: f"an ISO 8601 time with Z or an offset, in the years {FIRST_YEAR} to {LAST_YEAR}",
    Kind.BOOLEAN: "true or false",
    Kind.OBJECT: "a JSON object",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: `name` in files, `stored_name` in Parquet."""

    name: str
    kind: Kind
    doc: str
    is_required: bool = False
    allowed: tuple[str, ...] = ()
    max_characters: int = MAX_TEXT_CHARACTERS
    stored_name: str

    @property
    def sql_type(self) -> str:
        """The type in Parquet, as the engine spells it."""
        return _SQL_TYPES.get(self.kind, "VARCHAR")

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        if self.allowed:
            return f"one of {', '.join(self.allowed)}"
        return EXPECTED[self.kind].format(most=self.max_characters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The columns of one kind of row, and which of them say that two rows are about the same thing.

    `is_bulk` tables may hold hundreds of millions of rows: the engine reads their files itself where it can.
    """

    kind: TableKind
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    is_bulk: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The column names of the interchange format, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def stored_names(self) -> tuple[str, ...]:
        """The content columns of the stored Parquet, in order."""
        return tuple(column.stored_name for column in self.columns)

    @property
    def stored_key(self) -> tuple[str, ...]:
        """The key, by the names under which its columns are stored."""
        return tuple(self.column(name).stored_name for name in self.key)

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        return next(column for column in self.columns if column.name == name)


BOOKKEEPING = (("source_row", "BIGINT"), ("content_hash", "BIGINT"))
"""Stored after the content: the line or row of the source file, from 1, and a digest of the content."""


def column(
    name: str,
    kind: Kind,
    doc: str,
    *,
    allowed: str = "",
    stored_name: str | None = None,
    is_required: bool = False,
    max_characters: int = MAX_TEXT_CHARACTERS,
) -> Column:
    """A column that is stored under its own name unless another is given; `allowed` are words."""
    return Column(
        name=name,
        kind=kind,
        doc=doc,
        allowed=tuple(allowed.split()),
        stored_name=stored_name or name,
        is_required=is_required,
        max_characters=max_characters,
    )


def note(name: str, doc: str) -> Column:
    """A column for a few words that people write."""
    return column(name, Kind.TEXT, doc, max_characters=MAX_NOTE_CHARACTERS)


def _target_columns(what: str) -> tuple[Column, ...]:
    """The columns that say what a judgement is about."""
    return (
        column("unit_id", Kind.ID, f"The unit that the {what} is about."),
        column("call_id", Kind.ID, f"The call that the {what} is about."),
        column("trace_id", Kind.ID, f"The trace that the {what} is about."),
        column("session_id", Kind.ID, f"The session that the {what} is about."),
        column("workload", Kind.TEXT, "The workload, where the same unit id occurs in several."),
        column("route", Kind.TEXT, "The route, where the same task ran on several."),
    )


CALLS = Table(
    kind="calls",
    key=("call_id",),
    is_bulk=True,
    columns=(
        column("call_id", Kind.ID, "Unique name of the call.", is_required=True),
        column("unit_id", Kind.ID, "The unit of work that the call belongs to."),
        column("workload", Kind.TEXT, "The workload; absent is unattributed."),
        column("route", Kind.TEXT, "The assigned route, also when a fallback served the call."),
        column("provider", Kind.TEXT, "Who served the model."),
        column("model", Kind.TEXT, "The model that served the call."),
        column("requested_model", Kind.TEXT, "The model, or the gateway's model group, that was asked for."),
        column("started_at", Kind.INSTANT, "When the call started; stored in UTC.", is_required=True),
        column(
            "role",
            Kind.CHOICE,
            "What the call was for.",
            allowed="first step retry repair fallback subagent compaction grader shadow",
        ),
        column("attempt_no", Kind.COUNT, "Which attempt of its unit the call was."),
        column("parent_id", Kind.ID, "The call that caused this one."),
        column(
            "operation",
            Kind.CHOICE,
            "What kind of request it was.",
            allowed="chat embedding rerank image audio other",
        ),
        column(
            "service_tier",
            Kind.CHOICE,
            "The tier that the call was billed at.",
            allowed="standard batch flex priority",
        ),
        column("input_tokens", Kind.TOKENS, "Input tokens, cached and written ones included."),
        column("cached_input_tokens", Kind.TOKENS, "Input tokens that were read from a cache."),
        column("cache_write_tokens", Kind.TOKENS, "Input tokens that were written to a cache."),
        column("output_tokens", Kind.TOKENS, "Output tokens, reasoning included."),
        column("reasoning_tokens", Kind.TOKENS, "Output tokens that were spent on reasoning."),
        column("other_usage", Kind.OBJECT, "Other billed usage, such as images or seconds of audio."),
        column("ttft_ms", Kind.AMOUNT, "Milliseconds to the first token."),
        column("e2e_ms", Kind.AMOUNT, "Milliseconds to the end of the answer."),
        column("status", Kind.CHOICE, "How the call ended.", allowed="ok error timeout rate_limited cancelled"),
        note("failure_class", "Why the call failed, as a class."),
        column(
            "cost_usd",
            Kind.USD,
            "The cost as the source reported it, exact to 12 decimals, halves away from zero.",
            stored_name="cost_pico_usd",
        ),
        column("session_id", Kind.ID, "The conversation or session."),
        column("trace_id", Kind.ID, "The trace that holds the call."),
        column("response_id", Kind.ID, "The provider's name for its answer."),
        column(
            "customer",
            Kind.IDENTIFIER_OF_A_PERSON,
            "Who was served; stored as a keyed hash unless the project keeps identifiers.",
        ),
        column("step_type", Kind.CHOICE, "Who waits for the step.", allowed="human_facing machine_facing"),
        column("region", Kind.TEXT, "The region that the request was sent to."),
        column("served_from", Kind.TEXT, "The region or place that served it."),
        note("model_version", "The exact version of the model."),
        note("prompt_version", "The version of the prompt."),
        column("stream", Kind.BOOLEAN, "Whether the answer was streamed."),
        column(
            "attributes",
            Kind.OBJECT,
            f"Anything else worth attributing by: plain values of at most {MAX_ATTRIBUTE_CHARACTERS} characters.",
        ),
    ),
)

OUTCOMES = Table(
    kind="outcomes",
    is_bulk=True,
    key=("unit_id", "call_id", "trace_id", "session_id", "workload", "route", "evaluated_by", "decided_at"),
    columns=(
        *_target_columns("verdict"),
        column(
            "accepted",
            Kind.BOOLEAN,
            "The verdict; must be present, null is unknown.",
            is_required=True,
        ),
        column("decided_at", Kind.INSTANT, "When the verdict was known; the latest one counts."),
        note("reason", "Why, in a few words."),
        column("quality_score", Kind.SCORE, "The score behind the verdict."),
        column("within_slo", Kind.BOOLEAN, "Whether the latency objective was met."),
        column("compliant", Kind.BOOLEAN, "Whether the data-handling rules were met."),
        column("escalated", Kind.BOOLEAN, "Whether a person had to finish the unit."),
        column("human_minutes", Kind.AMOUNT, "Minutes that people spent."),
        column(
            "human_usd",
            Kind.USD,
            "What people cost, exact to 12 decimals, halves away from zero.",
            stored_name="human_pico_usd",
        ),
        note("evaluated_by", "Who or what gave the verdict."),
        note("suite_version", "The version of the suite or grader."),
        column(
            "sampled",
            Kind.CHOICE,
            "How the judged units were chosen.",
            allowed="all random stratified self_selected",
        ),
        column(
            "attributes",
            Kind.OBJECT,
            f"Anything else: plain values of at most {MAX_ATTRIBUTE_CHARACTERS} characters.",
        ),
    ),
)

SCORES = Table(
    kind="scores",
    key=(
        "score_id",
        "unit_id",
        "call_id",
        "trace_id",
        "session_id",
        "workload",
        "route",
        "from",
        "name",
        "evaluated_by",
        "decided_at",
    ),
    columns=(
        *_target_columns("score"),
        column("score_id", Kind.ID, "The source's own name for the score."),
        column(
            "from",
            Kind.CHOICE,
            "What kind of judgement it is; absent is a score.",
            allowed="score ticket_status feedback grader test",
            stored_name="judgement",
        ),
        note("name", "What was scored, such as a metric; a verdict rule names it."),
        column(
            "value",
            Kind.VALUE,
            "The number, truth value or word; what it means only a verdict rule says.",
            is_required=True,
            max_characters=MAX_NOTE_CHARACTERS,
        ),
        column("decided_at", Kind.INSTANT, "When it was given; the latest one counts."),
        note("evaluated_by", "Who or what gave it."),
        note("suite_version", "The version of the suite or grader."),
        column(
            "sampled",
            Kind.CHOICE,
            "How the judged units were chosen; a verdict rule may say it instead.",
            allowed="all random stratified self_selected",
        ),
    ),
)

LABELS = Table(
    kind="labels",
    key=("unit_id", "call_id", "trace_id", "session_id", "workload", "route", "labelled_by", "labelled_at"),
    columns=(
        *_target_columns("label"),
        column("accepted", Kind.BOOLEAN, "What a person says: accept it or not.", is_required=True),
        column("labelled_at", Kind.INSTANT, "When the person said so; the latest of a person counts."),
        column(
            "labelled_by",
            Kind.IDENTIFIER_OF_A_PERSON,
            "Who; stored as a keyed hash unless the project keeps identifiers.",
        ),
    ),
)

INVOICES = Table(
    kind="invoices",
    key=("provider", "period_start", "period_end", "invoice_id", "model", "sku", "line_id"),
    columns=(
        column("provider", Kind.TEXT, "Who bills.", is_required=True),
        column("period_start", Kind.EDGE, "Where the period starts; a date is midnight UTC.", is_required=True),
        column("period_end", Kind.EDGE, "Where it ends, exclusive; a date is midnight UTC.", is_required=True),
        column("amount", Kind.MONEY, "The line before credits and without tax, in `currency`."),
        column("amount_usd", Kind.MONEY, "The same in USD, where the invoice says so."),
        note("currency", "Three letters, such as EUR; absent is USD."),
        column("invoice_id", Kind.ID, "The number of the invoice."),
        column("line_id", Kind.ID, "What tells lines apart that agree in all else; counted where absent."),
        column("model", Kind.TEXT, "The model that the line bills, as the invoice spells it."),
        column("sku", Kind.TEXT, "What was bought, as the invoice spells it."),
        column("quantity", Kind.AMOUNT, "How much of it."),
        note("quantity_unit", "In which unit, such as tokens or 1M tokens."),
        column("credits_usd", Kind.MONEY, "Credits on the line, in USD, as a positive amount."),
        column("credits", Kind.MONEY, "Credits on the line, in `currency`, as a positive amount."),
        column("disputed", Kind.BOOLEAN, "A disputed line is left out of the comparison, and named."),
        note("service", "The service or category of service, as the invoice spells it."),
    ),
)

CAPACITY = Table(
    kind="capacity",
    key=("route", "start", "end"),
    columns=(
        column("route", Kind.TEXT, "The route whose replicas ran.", is_required=True),
        column(
            "start", Kind.EDGE, "From when on; a date is midnight UTC.", is_required=True, stored_name="start_at"
        ),
        column("end", Kind.EDGE, "Until when, exclusive.", is_required=True, stored_name="end_at"),
        column("replicas", Kind.AMOUNT, "How many replicas were billed.", is_required=True),
    ),
)

TARGET_IDS = ("unit_id", "call_id", "trace_id", "session_id")
"""An outcome, a score or a label names at least one of these."""

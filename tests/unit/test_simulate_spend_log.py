"""The made-up spend log: its rows are what LiteLLM writes, its truth is in them, its faults are counted."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from routefit.declared.model import Project, ProjectConfig
from routefit.ledger.schema import CAPACITY, INVOICES, SCORES
from routefit.prices import PriceBook
from routefit.simulate.spec import usd_per_mtok
from routefit.simulate.spend_files import OVERLAP_ROWS
from routefit.simulate.spend_log import END_ON, main, write_fleet
from routefit.simulate.spend_rows import CANARY_KEY, CANARY_PROMPT, COLUMNS
from routefit.simulate.spend_truth import SpendLogTruth, WorkloadTruth
from routefit.simulate.twelve_teams import CLAIMS_JUDGE, GPT_4O_MINI_BATCH, PROD_CHAT, VLLM_70B, WORKS
from routefit.units import PICO_USD_PER_USD, day_start_at

Row = dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("company")


@pytest.fixture(scope="module")
def truth(folder: Path) -> SpendLogTruth:
    return write_fleet(folder, rows=12_000, formats=("jsonl", "csv"), files=4)


@pytest.fixture(scope="module")
def repeated(truth: SpendLogTruth) -> list[Row]:
    """All rows of all files, as a reader that knows nothing finds them."""
    return [row for path in truth.files for row in _rows(path)]


@pytest.fixture(scope="module")
def rows(repeated: list[Row]) -> list[Row]:
    """Every call once."""
    return list({row["request_id"]: row for row in repeated}.values())


def _rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            yield from map(json.loads, file)
            return
        for row in csv.DictReader(file):
            nested = {
                name: json.loads(row[name])
                for name in ("metadata", "request_tags", "messages", "response", "proxy_server_request")
            }
            numbers = {name: float(row[name]) for name in ("spend", "prompt_tokens", "completion_tokens")}
            yield {**row, **nested, **numbers}


def _at(row: Row, name: str = "startTime") -> datetime:
    at = datetime.fromisoformat(row[name])
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _tags(row: Row) -> dict[str, str]:
    return dict(tag.split(":", 1) for tag in row["request_tags"])


def _workload(row: Row) -> str:
    """What a person knows about the teams, without the generator's own words."""
    key, feature = row["metadata"]["user_api_key_alias"], _tags(row).get("feature")
    by_key = {
        "support-prod": "support",
        "claims-prod": "claims",
        "judge-claims": "claims",
        "search-rag": "search-answers",
        "code-agent": "code-agent",
        "catalog-batch": "catalog-tags",
        "growth-ads": "ad-copy",
        "growth-mail": "campaign-mails",
        "i18n": "translation",
        "assistant": "internal-assistant",
        "contracts": "contract-review",
        "notes-prod": "meeting-notes",
        "playground": "unattributed",
    }
    return by_key.get(key) or {"extract": "extraction", "redact": "redaction"}[str(feature)]


def _unit(row: Row) -> str:
    custom = row["metadata"]["spend_logs_metadata"] or {}
    grouped_by_session = ("support-prod", "search-rag", "code-agent", "assistant", "notes-prod")
    if row["metadata"]["user_api_key_alias"] in grouped_by_session:
        return str(row["session_id"])
    return str(_tags(row).get("ticket_id") or custom.get("task_id") or row["request_id"])


def _is_grading(row: Row) -> bool:
    return bool(row["metadata"]["user_api_key_alias"] == CLAIMS_JUDGE.key_alias)


_PRICES = {
    "claude-sonnet-4-5": usd_per_mtok(3, 15, 0.3),
    "claude-haiku-4-5": usd_per_mtok(1, 5, 0.1),
    "prod-chat": usd_per_mtok(1, 5, 0.1),
    "gpt-4.1": usd_per_mtok(2, 8, 0.5),
    "gpt-4.1-mini": usd_per_mtok(0.4, 1.6, 0.1),
    "gpt-4o-mini": usd_per_mtok(0.15, 0.6, 0.075),
    "gpt-4o-mini batch": usd_per_mtok(0.075, 0.3, 0.0375),
    "text-embedding-3-small": usd_per_mtok(0.02, 0),
    "mistral-large-2411": usd_per_mtok(2, 6),
    "llama-3.3-70b-versatile": usd_per_mtok(0.59, 0.79),
    "anthropic.claude-haiku-4-5-20251001-v1:0": usd_per_mtok(1.1, 5.5, 0.11),
}


def _pico_usd(row: Row) -> int:
    """What a row costs by the price list; nothing where the gateway answered itself or nobody knows."""
    usage = row["metadata"]["usage_object"] or {}
    price = _PRICES.get(f"{row['model']} {usage.get('service_tier', '')}".strip())
    if price is None or row["cache_hit"] == "True":
        return 0
    cached = usage.get("prompt_tokens_details", {}).get("cached_tokens", 0)
    read = price.input_pico_usd if price.cache_read_pico_usd is None else price.cache_read_pico_usd
    fresh = int(row["prompt_tokens"]) - int(cached)
    return (
        fresh * price.input_pico_usd + int(cached) * read + int(row["completion_tokens"]) * price.output_pico_usd
    )


# --- the truth is in the files --------------------------------------------------------------------------------


def test_every_call_is_there_once_and_rotation_repeats_some(
    truth: SpendLogTruth, repeated: list[Row], rows: list[Row]
) -> None:
    assert truth.rows == len(rows) == pytest.approx(12_000, rel=0.05)
    assert truth.duplicate_rows == len(repeated) - len(rows) == 3 * OVERLAP_ROWS


def test_spend_by_workload_is_found_again_to_the_last_pico_usd(truth: SpendLogTruth, rows: list[Row]) -> None:
    production, grading = Counter[str](), Counter[str]()
    for row in rows:
        (grading if _is_grading(row) else production)[_workload(row)] += _pico_usd(row)
    assert dict(production) == {name: one.pico_usd for name, one in truth.workloads.items()}
    assert grading["claims"] == truth.workloads["claims"].grading_pico_usd > 0


def test_what_the_gateway_booked_is_found_again(truth: SpendLogTruth, rows: list[Row]) -> None:
    booked = Counter[str]()
    for row in rows:
        booked[_workload(row)] += round(row["spend"] * PICO_USD_PER_USD)
    assert dict(booked) == {name: one.gateway_pico_usd for name, one in truth.workloads.items()}


def test_units_and_calls_are_found_again(truth: SpendLogTruth, rows: list[Row]) -> None:
    units, calls = defaultdict(set), Counter[str]()
    for row in rows:
        calls[_workload(row)] += 1
        if not _is_grading(row):
            units[_workload(row)].add(_unit(row))
    assert dict(calls) == {name: one.calls for name, one in truth.workloads.items()}
    assert {name: len(ids) for name, ids in units.items()} == {
        name: one.observable_units for name, one in truth.workloads.items()
    }


def test_retries_and_fallbacks_follow_failures_of_their_unit(truth: SpendLogTruth, rows: list[Row]) -> None:
    """Read from the order of a unit's calls alone, for every workload that groups them."""
    of_unit = defaultdict(list)
    for row in rows:
        if not _is_grading(row):
            of_unit[_workload(row), _unit(row)].append(row)
    retries, fallbacks = Counter[str](), Counter[str]()
    for (workload, _), calls in of_unit.items():
        calls.sort(key=_at)
        for before, after in pairwise(calls):
            assert _at(after) > _at(before, "endTime")
            if before["status"] == "failure":
                (retries if before["model"] == after["model"] else fallbacks)[workload] += 1
    for name, one in truth.workloads.items():
        if one.is_grouped:
            assert (retries[name], fallbacks[name]) == (one.retry_calls, one.fallback_calls), name
    assert retries["support"] > 0 < fallbacks["support"]


FAULTS: dict[str, tuple[Callable[[WorkloadTruth], int], Callable[[Row], bool]]] = {
    "failed calls": (lambda one: one.failed_calls, lambda row: row["status"] == "failure"),
    "timeouts that were billed": (
        lambda one: one.timeout_calls,
        lambda row: row["status"] == "failure" and row["spend"] > 0 and row["completion_tokens"] == 0,
    ),
    "hits in the gateway's cache, with tokens and without spend": (
        lambda one: one.gateway_hits,
        lambda row: row["cache_hit"] == "True" and row["spend"] == 0 and row["completion_tokens"] > 0,
    ),
    "answers without usage": (
        lambda one: one.calls_without_usage,
        lambda row: row["status"] == "success" and row["prompt_tokens"] == 0,
    ),
    "a model that no token pays for": (
        lambda one: one.capacity_calls,
        lambda row: row["custom_llm_provider"] == VLLM_70B.provider and row["spend"] == 0,
    ),
    "embeddings": (lambda one: one.embedding_calls, lambda row: row["call_type"] == "aembedding"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_counted(truth: SpendLogTruth, rows: list[Row], fault: str) -> None:
    told, is_it = FAULTS[fault]
    assert sum(map(told, truth.workloads.values())) == sum(map(is_it, rows)) > 0


def test_the_gateway_overcharges_cached_tokens_on_one_model_alone(rows: list[Row]) -> None:
    off = {row["model"] for row in rows if abs(row["spend"] * PICO_USD_PER_USD - _pico_usd(row)) > 1}
    assert off == {"claude-sonnet-4-5"}


def test_a_session_of_its_own_for_each_request_where_no_client_sends_one(
    truth: SpendLogTruth, rows: list[Row]
) -> None:
    sessions = [row["session_id"] for row in rows if _workload(row) == "catalog-tags"]
    assert len(set(sessions)) == len(sessions)
    assert truth.workloads["catalog-tags"].retry_calls > 0, "they happened, and nobody can see them"


def test_agent_units_hold_five_calls_and_more(rows: list[Row]) -> None:
    calls = Counter(_unit(row) for row in rows if _workload(row) == "code-agent")
    assert 20 <= max(calls.values()) <= 30
    assert sum(calls.values()) / len(calls) > 9


def test_nobody_calls_the_in_house_route_at_night(rows: list[Row]) -> None:
    hours = {_at(row).hour for row in rows if _workload(row) == "internal-assistant"}
    assert hours <= set(range(6, 22))


# --- the shape of the files --------------------------------------------------------------------------------


def test_columns_are_those_of_the_table(repeated: list[Row], truth: SpendLogTruth) -> None:
    assert {frozenset(row) for row in repeated} == {frozenset(COLUMNS)}
    assert [path.name for path in truth.files] == [
        "litellm-01.jsonl",
        "litellm-02.csv",
        "litellm-03.jsonl",
        "litellm-04.csv",
    ]


def test_no_row_says_its_workload(folder: Path, truth: SpendLogTruth) -> None:
    text = "".join(path.read_text() for path in truth.files)
    for name in ("catalog-tags", "internal-assistant", "contract-review", "meeting-notes", "campaign-mails"):
        assert name not in text


def test_every_second_file_has_times_of_another_zone(truth: SpendLogTruth) -> None:
    offsets = [
        {datetime.fromisoformat(row["startTime"]).utcoffset() for row in _rows(path)} for path in truth.files
    ]
    assert offsets == [{None}, {timedelta(hours=2)}] * 2


def test_a_repeated_row_says_the_same_in_both_files(truth: SpendLogTruth) -> None:
    first, second = (list(_rows(path)) for path in truth.files[:2])
    for before, after in zip(first[-OVERLAP_ROWS:], second[:OVERLAP_ROWS], strict=True):
        assert _at(before) == _at(after)
        assert before["metadata"] == after["metadata"]
        assert before["spend"] == after["spend"]


def test_rows_lie_in_the_window_and_in_order(rows: list[Row], truth: SpendLogTruth) -> None:
    starts = [_at(row) for row in rows]
    assert starts == sorted(starts)
    assert day_start_at(truth.start_on) <= starts[0]
    assert max(_at(row, "endTime") for row in rows) < day_start_at(truth.end_on)


def test_twelve_teams_and_one_key_without_a_team(rows: list[Row]) -> None:
    teams = {row["team_id"] for row in rows}
    assert len(teams - {""}) == 12
    assert {row["metadata"]["user_api_key_alias"] for row in rows if not row["team_id"]} == {"playground"}
    nameless = {row["team_id"] for row in rows if row["metadata"]["user_api_key_team_alias"] is None}
    assert nameless == {"", "team-5f0c7a1e"}


def test_prompts_and_keys_are_there_when_asked_for(tmp_path: Path) -> None:
    truth = write_fleet(tmp_path, rows=50, files=1, payload_characters=4_000)
    lines = truth.files[0].read_text().splitlines()
    assert all(CANARY_PROMPT in line and CANARY_KEY in line and len(line) > 5_500 for line in lines)


def test_neither_prompt_nor_key_is_there_otherwise(truth: SpendLogTruth) -> None:
    for path in truth.files:
        assert CANARY_KEY not in path.read_text()
        assert CANARY_PROMPT not in path.read_text()


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        write_fleet(tmp_path / name, seed=seed, days=3, rows=300)
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        digests.append(hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest())
    assert digests[0] == digests[1] != digests[2]


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(tmp_path), "--rows", "200", "--days", "2", "--files", "2", "--format", "csv"])
    assert "rows and 40 repeated ones in 2 files" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "traces").iterdir()) == ["litellm-01.csv", "litellm-02.csv"]


# --- what lies beside the log --------------------------------------------------------------------------------


def test_scores_are_rows_of_the_interchange_format_on_units_of_the_log(
    folder: Path, truth: SpendLogTruth, rows: list[Row]
) -> None:
    scores = list(_rows(folder / "scores.jsonl"))
    assert len(scores) == truth.scores
    assert {name for score in scores for name in score} <= set(SCORES.names)
    units = {_unit(row) for row in rows}
    assert all(score.get("session_id", score.get("unit_id")) in units for score in scores)
    assert {score["name"] for score in scores} == {"ticket", "judge", "thumbs", "toxicity"}


def test_the_verdicts_of_the_teams_follow_from_the_scores(folder: Path, truth: SpendLogTruth) -> None:
    latest: dict[tuple[str, str], Row] = {}
    for score in _rows(folder / "scores.jsonl"):
        latest[score["name"], score.get("session_id") or score["unit_id"]] = score
    good = {"ticket": "resolved", "thumbs": 1}
    accepted, rejected = Counter[str](), Counter[str]()
    for (name, _), score in latest.items():
        is_good = score["value"] >= 0.7 if name == "judge" else score["value"] == good.get(name)
        (accepted if is_good else rejected)[name] += 1
    for name, workload in (("ticket", "support"), ("judge", "claims"), ("thumbs", "meeting-notes")):
        told = truth.workloads[workload]
        assert (accepted[name], rejected[name]) == (told.accepted_units, told.rejected_units)
    assert truth.workloads["search-answers"].accepted_units == 0, "toxicity is no verdict"


def test_invoices_add_up(folder: Path, truth: SpendLogTruth) -> None:
    with (folder / "invoices.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert set(lines[0]) <= set(INVOICES.names)
    for invoice in truth.invoices:
        own = [line for line in lines if line["provider"] == invoice.provider]
        amounts = [Decimal(line["amount"]) for line in own if line["disputed"] != "true"]
        assert sum(amounts) * invoice.usd_per_unit == invoice.invoiced_usd
        traced = Decimal(invoice.traced_pico_usd) / PICO_USD_PER_USD
        assert traced + invoice.price_difference_usd + invoice.off_gateway_usd == invoice.invoiced_usd
        assert invoice.traced_pico_usd == truth.provider_pico_usd[invoice.serving_provider]
    eur, usd = truth.invoices
    assert (eur.currency, usd.currency) == ("EUR", "USD")
    assert eur.disputed_usd > 0 < eur.credits_usd
    assert usd.provider != usd.serving_provider


def test_replica_hours_add_up(folder: Path, truth: SpendLogTruth) -> None:
    with (folder / "capacity.csv").open(newline="") as file:
        periods = list(csv.DictReader(file))
    assert set(periods[0]) == set(CAPACITY.names)
    edges = [(datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"])) for row in periods]
    assert all(before[1] <= after[0] for before, after in pairwise(edges))
    hours = [
        (end - start) / timedelta(hours=1) * int(row["replicas"])
        for (start, end), row in zip(edges, periods, strict=True)
    ]
    assert sum(hours) == truth.capacity.replica_hours
    assert 0 < truth.capacity.idle_replica_hours < truth.capacity.replica_hours / 3


def test_truth_is_written_beside_the_log(folder: Path, truth: SpendLogTruth) -> None:
    told = json.loads((folder / "truth.json").read_text())
    assert told["workloads"]["support"]["pico_usd"] == truth.workloads["support"].pico_usd
    assert told["rows"] == truth.rows
    assert truth.pico_usd == sum(truth.provider_pico_usd.values())


def test_prices_are_the_public_ones() -> None:
    """The batch tier has no public price at that time, the alias no price at all: a project declares both."""
    book = PriceBook(Project(config=ProjectConfig(name="company")))
    declared = (GPT_4O_MINI_BATCH, PROD_CHAT, VLLM_70B)
    models = {model for work in WORKS for model in (work.model, work.fallback, work.embedding) if model}
    for model in models - set(declared):
        row = book.list_price(
            route=None, provider=model.provider, model=model.name, at=day_start_at(END_ON - timedelta(days=1))
        )
        assert row is not None, model.name
        assert model.price is not None, model.name
        assert row.input_pico_usd_per_token == model.price.input_pico_usd, model.name
        assert row.output_pico_usd_per_token == model.price.output_pico_usd, model.name
        if row.cache_read_pico_usd_per_token is not None:
            assert row.cache_read_pico_usd_per_token == model.price.cache_read_pico_usd, model.name


def test_a_single_day_is_enough(tmp_path: Path) -> None:
    truth = write_fleet(tmp_path, days=1, rows=400, files=1, end_on=date(2026, 5, 2))
    assert truth.start_on == date(2026, 5, 1)
    assert truth.rows > 300

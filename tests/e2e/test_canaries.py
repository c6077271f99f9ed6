"""What was never to be kept is found nowhere: not in the project's folder, not in anything that a command prints.

A prompt, a provider's key, a person's address and the id of an end user stand wherever a real record of a format
may hold them, also in rows that are refused and in lines that break off.
Ids of customers are kept as keyed hashes.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from command_line import Ran, run_command, write_json_lines
from ledger_content import everything_in
from load_tests import aiperf_aggregates, aiperf_records, sent
from load_tests import guidellm_report as guidellm
from otel_traces import chat, event, request, span, write_lines
from small_project import call

pytestmark = pytest.mark.slow

KEY = "sk-canary-3141592653589793"
PROMPT = "the canary asks why her left knee hurts since the third of March"
ANSWER = "the canary should see a doctor about that knee before it sings again"
EMAIL = "jane.canary@patients.example"
END_USER = "canary-customer-4711"
NEEDLES = (KEY, PROMPT, ANSWER, EMAIL, END_USER)
LONG = f"{PROMPT}. " * 5

MESSAGES = [{"role": "system", "content": PROMPT}, {"role": "user", "content": PROMPT}]
CHOICES = {"choices": [{"message": {"role": "assistant", "content": ANSWER}}]}
HEADERS = {"authorization": f"Bearer {KEY}", "x-api-key": KEY, "cookie": KEY}


class Canary(NamedTuple):
    """One file with canaries: what follows `import`, how many good rows it has and how many that are refused."""

    command: tuple[str, ...]
    file: Path
    imported: int
    rejected: int


def litellm_row(number: int, **columns: Any) -> dict[str, Any]:
    """A record of the table of spend of a gateway that was told to keep everything."""
    return {
        "request_id": f"chatcmpl-{number}",
        "call_type": "acompletion",
        "api_key": KEY,
        "spend": 0.01,
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "total_tokens": 120,
        "startTime": f"2026-06-01T10:{number:02}:00",
        "endTime": f"2026-06-01T10:{number:02}:02",
        "model": "gpt-4o",
        "model_group": "gpt-4o",
        "custom_llm_provider": "openai",
        "api_base": f"https://api.openai.com/v1?api_key={KEY}",
        "user": EMAIL,
        "end_user": END_USER,
        "requester_ip_address": "10.1.2.3",
        "cache_key": KEY,
        "request_tags": [
            f"prompt:{PROMPT}",
            f"email:{EMAIL}",
            f"api_key={KEY}",
            LONG,
            KEY,
            f"end_user:{END_USER}",
            "feature:triage",
        ],
        "messages": MESSAGES,
        "response": CHOICES,
        "proxy_server_request": {"headers": HEADERS, "body": {"messages": MESSAGES, "user": END_USER}},
        "status": "failure",
        "metadata": {
            "user_api_key": KEY,
            "user_api_key_alias": "triage-prod",
            "user_api_key_team_alias": "care",
            "user_api_key_user_id": EMAIL,
            "user_api_key_user_email": EMAIL,
            "user_api_key_end_user_id": END_USER,
            "requester_metadata": {"headers": HEADERS, "user_email": EMAIL},
            "requester_custom_headers": HEADERS,
            "spend_logs_metadata": {
                "ticket_id": f"T-{number}",
                "prompt": PROMPT,
                "contact": EMAIL,
                "credential": KEY,
                "note": LONG,
                "user_id": END_USER,
                "nested": {"prompt": PROMPT},
            },
            "error_information": {
                "error_class": "BadRequestError",
                "error_code": "400",
                "error_message": f"got {PROMPT!r} with key {KEY}",
                "traceback": f"File a.py\n{PROMPT}\n{KEY}",
            },
            "guardrail_information": {"guardrail_request": PROMPT, "guardrail_response": ANSWER},
            "mcp_tool_call_metadata": {"arguments": {"question": PROMPT}, "result": ANSWER},
            "vector_store_request_metadata": [{"query": PROMPT, "vector_store_search_response": {"data": ANSWER}}],
            "usage_object": {"prompt_tokens": 100, "completion_tokens": 20, "note": PROMPT},
            "model_map_information": {"model_map_key": "gpt-4o", "model_map_value": {"api_key": KEY}},
        },
    } | columns


def litellm_rows() -> list[dict[str, Any]]:
    """Six good rows, then four that hold a canary where a number or a time belongs."""
    good = [litellm_row(number) for number in range(6)]
    bad = [
        litellm_row(10, startTime=PROMPT),
        litellm_row(11, prompt_tokens=KEY),
        litellm_row(12, spend=EMAIL),
        litellm_row(13, completion_tokens=LONG),
    ]
    return good + bad


def cut_off(path: Path, line: str) -> Path:
    """A last line that breaks off in the middle of a text."""
    with path.open("a") as file:
        file.write(line[: line.rindex(PROMPT) + len(PROMPT)])
    return path


def litellm_lines(folder: Path) -> Canary:
    path = write_json_lines(folder / "spend.jsonl", litellm_rows())
    return Canary(("litellm",), cut_off(path, json.dumps(litellm_row(20))), 6, 5)


def litellm_csv(folder: Path) -> Canary:
    rows = litellm_rows()
    path = folder / "spend.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows[0])
        for row in rows:
            writer.writerow(json.dumps(one) if isinstance(one, list | dict) else one for one in row.values())
        file.write(f'"{PROMPT}","{KEY}",{EMAIL}\n')
    return Canary(("litellm",), path, 6, 5)


def otel(folder: Path) -> Canary:
    content = {
        "gen_ai__prompt": PROMPT,
        "gen_ai__completion": ANSWER,
        "gen_ai__prompt.0.content": PROMPT,
        "gen_ai__completion.0.content": ANSWER,
        "gen_ai__input.messages": json.dumps(MESSAGES),
        "gen_ai__output.messages": json.dumps(CHOICES),
        "gen_ai__system_instructions": PROMPT,
        "gen_ai__tool.call.arguments": PROMPT,
        "gen_ai__tool.call.result": ANSWER,
        "gen_ai__tool.definitions": PROMPT,
        "llm__input_messages.0.message.content": PROMPT,
        "llm__request.headers": json.dumps(HEADERS),
        "input__value": PROMPT,
        "output__value": ANSWER,
        "traceloop__entity.input": PROMPT,
        "traceloop__entity.output": ANSWER,
        "http__request.header.authorization": f"Bearer {KEY}",
        "http__request.header.x-api-key": KEY,
        "url__full": f"https://api.openai.com/v1?api_key={KEY}",
        "db__query.text": PROMPT,
        "exception__message": PROMPT,
        "error__message": PROMPT,
        "api_key": KEY,
        "contact": EMAIL,
        "user__email": EMAIL,
        "user__name": EMAIL,
        "enduser__id": END_USER,
        "user__id": END_USER,
        "customer_note": LONG,
        "feature": "triage",
    }
    events = [
        event("gen_ai.user.message", {"content": PROMPT, "gen_ai.prompt": PROMPT}),
        event("gen_ai.choice", {"message": ANSWER}),
        event("exception", {"exception.message": PROMPT, "exception.stacktrace": f"{PROMPT}\n{KEY}"}),
        event(
            "gen_ai.evaluation.result",
            {
                "gen_ai.evaluation.name": "relevance",
                "gen_ai.evaluation.score.value": 0.8,
                "gen_ai.evaluation.explanation": PROMPT,
            },
        ),
    ]
    resource = {"service.name": "care", "process.command_args": f"--key {KEY}", "host.name": "h", "note": LONG}
    spans = [
        span(f"{number:016x}", chat(**content), events=events, status={"code": 2, "message": PROMPT})
        for number in range(1, 7)
    ]
    bad = span("f" * 16, chat(**content), startTimeUnixNano=PROMPT)
    path = write_lines(folder / "traces.jsonl", request(*spans, bad, resource=resource))
    return Canary(("otel",), cut_off(path, json.dumps(request(spans[0]))), 12, 2)


def langfuse(folder: Path) -> Canary:
    metadata = {
        "prompt": PROMPT,
        "api_key": KEY,
        "contact": EMAIL,
        "headers": HEADERS,
        "user_id": END_USER,
        "note": LONG,
        "attributes": {"gen_ai.prompt": PROMPT, "user.email": EMAIL},
        "feature": "triage",
    }
    trace = {
        "id": "trace-1",
        "name": "triage",
        "timestamp": "2026-06-01T10:00:00Z",
        "userId": END_USER,
        "sessionId": "session-1",
        "input": MESSAGES,
        "output": CHOICES,
        "metadata": metadata,
        "tags": [f"prompt:{PROMPT}", f"email:{EMAIL}", KEY, LONG, "team:care"],
        "publicKey": KEY,
    }
    observations = [
        {
            "id": f"generation-{number}",
            "type": "GENERATION",
            "traceId": "trace-1",
            "name": "answer",
            "startTime": f"2026-06-01T10:{number:02}:00Z",
            "endTime": f"2026-06-01T10:{number:02}:02Z",
            "model": "gpt-4o",
            "modelParameters": {"user": END_USER, "api_key": KEY},
            "input": MESSAGES,
            "output": CHOICES,
            "metadata": metadata,
            "statusMessage": f"{PROMPT} {KEY}",
            "level": "ERROR",
            "usageDetails": {"input": 100, "output": 20, "total": 120},
            "promptName": "triage-v2",
            "promptTokens": 100,
            "userId": END_USER,
        }
        for number in range(6)
    ]
    observations.append(observations[0] | {"id": "generation-bad", "startTime": PROMPT})
    scores = [
        {
            "id": f"score-{number}",
            "traceId": "trace-1",
            "name": "helpful",
            "value": 0.8,
            "dataType": "NUMERIC",
            "source": "ANNOTATION",
            "timestamp": "2026-06-01T11:00:00Z",
            "comment": f"{PROMPT} {EMAIL}",
            "authorUserId": EMAIL,
            "metadata": metadata,
        }
        for number in range(2)
    ]
    scores.append(scores[0] | {"id": "score-text", "dataType": "TEXT", "value": None, "stringValue": PROMPT})
    path = folder / "trace.json"
    path.write_text(json.dumps({"trace": trace | {"scores": scores}, "observations": observations}))
    return Canary(("langfuse",), path, 8, 1)


def calls_lines(folder: Path) -> Canary:
    attributes = {
        "team": "care",
        "prompt": LONG,
        "messages": MESSAGES,
        "answer": {"text": ANSWER},
        "headers": HEADERS,
        "note": LONG,
    }
    usage = {"images": 2, "prompt": LONG, "headers": HEADERS}
    good = [
        call("dear", number, customer=END_USER, attributes=attributes, other_usage=usage) for number in range(6)
    ]
    bad = [
        good[0] | {"call_id": "bad-1", "started_at": PROMPT},
        good[0] | {"call_id": "bad-2", "input_tokens": KEY},
        good[0] | {"call_id": "bad-3", "customer": EMAIL * 100},
        good[0] | {"call_id": "bad-4", "status": LONG},
        good[0] | {"call_id": "bad-5", "cost_usd": EMAIL},
        good[0] | {"call_id": "bad-6", "attributes": PROMPT},
        good[0] | {"customer": EMAIL},
    ]
    unknown = [row | {"messages": MESSAGES, "api_key": KEY, "email": EMAIL} for row in good]
    path = write_json_lines(folder / "calls.jsonl", unknown + bad)
    return Canary(("calls",), cut_off(path, json.dumps(good[0] | {"prompt": PROMPT})), 6, 8)


def scores_lines(folder: Path) -> Canary:
    base = {"workload": "work", "from": "score", "name": "helpful", "comment": PROMPT, "author": EMAIL}
    good = [
        base | {"unit_id": str(number), "value": 0.8, "api_key": KEY, "explanation": LONG} for number in range(6)
    ]
    bad = [
        good[0] | {"value": {"text": PROMPT}},
        good[0] | {"value": LONG},
        good[0] | {"decided_at": PROMPT},
        good[0] | {"from": KEY},
    ]
    path = write_json_lines(folder / "scores.jsonl", good + bad)
    return Canary(("scores",), cut_off(path, json.dumps(good[0] | {"prompt": PROMPT})), 6, 5)


def labels_lines(folder: Path) -> Canary:
    good = [
        {"unit_id": str(number), "workload": "work", "accepted": True, "labelled_by": EMAIL, "comment": PROMPT}
        for number in range(6)
    ]
    bad = [good[0] | {"accepted": PROMPT}, good[0] | {"labelled_at": KEY}, good[0] | {"accepted": False}]
    return Canary(("labels",), write_json_lines(folder / "labels.jsonl", good + bad), 6, 3)


def invoices_csv(folder: Path) -> Canary:
    path = folder / "invoice.csv"
    path.write_text(
        "provider,period_start,period_end,amount,invoice_id,sku,contact,description,account_key\n"
        f"acme,2026-06-01,2026-07-01,12.00,A-1,tokens,{EMAIL},{PROMPT},{KEY}\n"
        f"acme,2026-06-01,2026-07-01,{KEY},A-1,more,{EMAIL},{PROMPT},{KEY}\n"
        f"acme,{PROMPT},2026-07-01,1.00,A-1,most,{EMAIL},{PROMPT},{KEY}\n"
    )
    return Canary(("invoices",), path, 1, 2)


LOAD_TEST = ("--route", "dear", "--workload", "work", "--replicas", "1")
TEXTS = {"prompt": PROMPT, "output": ANSWER, "error": f"{PROMPT} {EMAIL} {KEY}", "key": KEY}


def guidellm_report(folder: Path) -> Canary:
    """A report that kept prompts, answers and what the server said, with a request that is refused."""
    report = guidellm([sent(1, failed=2, texts=TEXTS)])
    report["config"] |= {"backend": {"api_key": KEY, "headers": HEADERS, "user": EMAIL}, "data": MESSAGES}
    requests = report["benchmarks"][0]["requests"]
    requests["successful"][0] |= {
        "reasoning_output": PROMPT,
        "tool_calls": [{"arguments": ANSWER}],
        "user": END_USER,
    }
    requests["successful"][1]["time_to_first_token_ms"] = PROMPT
    path = folder / "benchmarks.json"
    path.write_text(json.dumps(report))
    return Canary(("guidellm", *LOAD_TEST), path, 12, 1)


def old_guidellm_report(folder: Path) -> Canary:
    report = guidellm([sent(1, failed=2, texts=TEXTS)], release="0.3.1")
    report["benchmarks"][0]["requests"]["successful"][0]["prompt_tokens"] = KEY
    path = folder / "benchmarks.json"
    path.write_text(json.dumps(report))
    return Canary(("guidellm", *LOAD_TEST), path, 12, 1)


def aiperf_lines(folder: Path) -> Canary:
    records = aiperf_records(sent(1, failed=2, texts=TEXTS))
    for record in records:
        record["metadata"] |= {"worker_id": KEY, "conversation_id": EMAIL, "x_correlation_id": END_USER}
        record |= {"payload": {"messages": MESSAGES}, "request_headers": HEADERS, "responses": [CHOICES]}
    records[1]["metrics"]["request_latency"]["value"] = PROMPT
    records.append({"metadata": {"prompt": PROMPT}, "metrics": {}})
    path = write_json_lines(folder / "profile_export.jsonl", records)
    return Canary(("aiperf", *LOAD_TEST), cut_off(path, json.dumps(records[2] | {"prompt": PROMPT})), 12, 3)


def aiperf_document(folder: Path) -> Canary:
    document = aiperf_aggregates(sent(1, failed=2, texts=TEXTS))
    document["input_config"]["datasets"] = [{"prompt": PROMPT, "email": EMAIL, "headers": HEADERS}]
    path = folder / "profile_export_aiperf.json"
    path.write_text(json.dumps(document, indent=2))
    return Canary(("aiperf", *LOAD_TEST), path, 1, 0)


SOURCES: Mapping[str, Callable[[Path], Canary]] = {
    "litellm as JSON Lines": litellm_lines,
    "litellm as CSV": litellm_csv,
    "otel": otel,
    "langfuse": langfuse,
    "calls": calls_lines,
    "scores": scores_lines,
    "labels": labels_lines,
    "invoices": invoices_csv,
    "guidellm": guidellm_report,
    "guidellm 0.3": old_guidellm_report,
    "aiperf's records": aiperf_lines,
    "aiperf's aggregates": aiperf_document,
}
NEED_CALLS = (
    "scores",
    "labels",
    "invoices",
    "guidellm",
    "guidellm 0.3",
    "aiperf's records",
    "aiperf's aggregates",
)
"""What says nothing without calls."""

QUESTIONS = ("discover", "rebuild", "check", "status", "lcpr", "spend", "diff", "matrix", "funnel")


def commands(directory: Path) -> Iterator[Ran]:
    """Every question in both formats, the page, and one cell of each workload and route."""
    for question in QUESTIONS:
        for form in ("table", "json"):
            yield run_command(question, "--project", directory, "--format", form)
    yield run_command("report", "--project", directory)
    for cell in run_command("lcpr", "--project", directory, "--format", "json").json["cells"]:
        yield run_command("explain", cell["workload"], cell["route"], "--project", directory)
    for by in ("team", "owner", "tag.feature", "tag.prompt", "tag.note"):
        yield run_command("spend", "--by", by, "--project", directory, "--format", "json")


def found_in(text: str) -> list[str]:
    """The canaries in a text."""
    return [needle for needle in NEEDLES if needle in text]


@pytest.mark.parametrize("source", SOURCES)
def test_no_canary_is_kept_or_shown(tmp_path: Path, source: str) -> None:
    directory = tmp_path / "project"
    run_command("init", directory)
    (directory / "workloads" / "work.yaml").write_text("id: work\nsegments: [tag.feature]\n")
    canary = SOURCES[source](tmp_path)
    assert all(needle in canary.file.read_text() for needle in (KEY, PROMPT, EMAIL)), "they are in the file"
    if source in NEED_CALLS:
        calls = write_json_lines(tmp_path / "plain.jsonl", [call("dear", number) for number in range(6)])
        assert run_command("import", "calls", calls, "--project", directory).exit_code == 0

    strictly: tuple[str | Path, ...] = ("import", *canary.command, canary.file, "--project", directory, "--strict")
    refused = [run_command(*strictly)] if canary.rejected else []
    imported = [
        run_command("import", *canary.command, canary.file, "--project", directory, "--format", form)
        for form in ("json", "table")
    ]
    assert [ran.exit_code for ran in refused] == [2] * len(refused)
    assert imported[0].exit_code == 0, imported[0].err
    files = imported[0].json["files"]
    assert sum(one["imported"] for one in files) == canary.imported
    assert sum(one["rejected"] for one in files) == canary.rejected

    told = [*refused, *imported, *commands(directory)]
    assert [ran.err for ran in told if ran.exit_code not in (0, 2, 3)] == []
    assert [found for ran in told if (found := found_in(ran.out + ran.err))] == []
    assert found_in(everything_in(directory)) == []


def test_customers_are_told_apart_by_hashes_alone(tmp_path: Path) -> None:
    """Two customers stay two, for intervals and for discover, and neither is named."""
    directory = tmp_path / "project"
    run_command("init", directory)
    rows = [litellm_row(number, end_user=f"{END_USER}-{number % 2}", status="success") for number in range(40)]
    file = write_json_lines(tmp_path / "spend.jsonl", rows)
    assert run_command("import", "litellm", file, "--project", directory).exit_code == 0
    held = everything_in(directory)
    assert END_USER not in held
    customers = {row.split("'")[0] for row in held.split("'customer': '")[1:]}
    assert len(customers) == 2
    assert all(len(name) >= 16 for name in customers)


@pytest.mark.parametrize(
    "kind",
    ["litellm", "langfuse", "otel", "calls", "scores", "labels", "invoices", "capacity", "guidellm", "aiperf"],
)
@pytest.mark.parametrize("shape", ["csv", "json"])
def test_values_in_the_place_of_names_are_not_shown(tmp_path: Path, kind: str, shape: str) -> None:
    """A CSV that was written without its header, and an object whose keys are content."""
    directory = tmp_path / "project"
    run_command("init", directory)
    values = [KEY, PROMPT, EMAIL, ANSWER, json.dumps(MESSAGES), "2026-06-01T10:00:00Z", "0.012"]
    file = tmp_path / f"export.{'csv' if shape == 'csv' else 'jsonl'}"
    if shape == "csv":
        with file.open("w", newline="") as stream:
            csv.writer(stream).writerows([values] * 3)
    else:
        write_json_lines(file, [dict.fromkeys(values, 1)] * 3)
    about = LOAD_TEST if kind in ("guidellm", "aiperf") else ()
    told = [
        run_command("import", kind, file, *about, "--project", directory, "--format", form)
        for form in ("table", "json")
    ]
    assert [ran.exit_code for ran in told] == [2, 2]
    assert all(str(file) in ran.err and "next:" in ran.err for ran in told)
    assert [found for ran in told if (found := found_in(ran.out + ran.err))] == []
    kept = [path for path in (directory / "ledger").rglob("*") if path.is_file()]
    assert [path for path in kept if found_in(path.read_bytes().decode(errors="replace"))] == []

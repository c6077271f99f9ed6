"""A project folder into models, or every problem of every file at once, to the letter."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from routefit.declared.model import Project, WorkloadClass
from routefit.errors import DeclaredFilesError, NotAProjectError
from routefit.evidence import Label
from routefit.project import find_project, load_project

PRICE = "input_usd_per_mtok: 3, output_usd_per_mtok: 15"

CONFIG_EXAMPLE = """\
name: acme
attribution:                              # ordered, first match wins
  - {when: {team_alias: "support*"}, workload: support, unit: tag.ticket_id, customer: end_user}
  - {when: {key_alias: "judge-*"}, role: grader, workload: tag.judged_workload, unit: trace_id}
model_aliases: {prod-chat: gpt-4o}
billers: {aws: [bedrock]}
fx: {EUR: {value: 1.09, label: PUBLIC, source: central bank, as_of: 2026-05-29}}
sources: {litellm: cost, otel: structure}  # who leads when two logs hold the same call
"""

WORKLOAD_EXAMPLE = """\
id: support
class: human_waiting_streaming
owner: support-platform
unit: {name: resolved ticket, quality_floor_rate: 0.85, human_gate: false, retry_budget: null}
verdict:
  - {from: ticket_status, accept: [resolved], reject: [reopened], settle_hours: 72}
  - {from: score, name: judge, accept: ">=0.7", sampled: random}
slo: {ttft_ms: 850, tpot_ms: null, e2e_ms: 5000, percentile: 95, scope: attempt}   # scope: attempt | unit
demand: {units_per_month: 500000, p95_requests_per_minute: null, p95_tokens_per_minute: null}
tokens: {input_p95: 8500, input_p99: null, output_p99: null}
needs: {context_tokens: null, modalities_in: [text], modalities_out: [text], structured_output: true, \
tool_use: false, languages: [en]}
data: {regions: [us], zero_retention: false, certifications: [soc2], licence_uses: [commercial]}
caching: {eligible_share_rate: 0.7, prefix_tokens: 1800, ttl_s: 300}
human: {usd_per_escalation: 0.40, minutes_per_escalation: null, usd_per_hour: null}
ops: {usd_per_month: 978, allocation: by_units}
eval: {suite: support-v3, sample_rate: 1.0}
segments: [tag.language]
planning: {current_route: closed, horizon_months: 12}
anticipated:
  - {on: 2027-01-01, data: {regions: [eu]}}
revenue_usd_per_unit: null
"""

ROUTE_EXAMPLE = """\
id: closed
provider: anthropic
model: claude-sonnet-4
mode: closed_api
regions: [us]
context_tokens: {value: 200000, label: PUBLIC, source: provider documentation, as_of: 2026-05-12}
max_output_tokens: 64000
modalities_in: [text, image]
modalities_out: [text]
structured_output: true
tool_use: true
licence_uses: [commercial]
certifications: [soc2, hipaa_baa]
zero_retention: true
price_features: [cache, batch]
limits: {requests_per_minute: 4000, tokens_per_minute: 2000000}
billed_on: {error: none, timeout: input, cancelled: partial}
prices:                                   # or none: the price book looks provider and model up
  - {valid_from: 2026-01-01, input_usd_per_mtok: 3.00, output_usd_per_mtok: 15.00, \
cache_read_usd_per_mtok: 0.30, cache_write_usd_per_mtok: 3.75}
capacity: {gpu_usd_per_hour: null, gpus_per_replica: null, min_replicas: null, goodput_per_replica_hour: null, \
max_utilization_rate: null, billing_window_minutes: null, cold_start_s: null}
ops_usd_per_month: null
is_free: false
deprecated_on: null
"""


def write(directory: Path, files: dict[str, str | bytes]) -> Path:
    for file, text in {"routefit.yaml": "name: acme\n", **files}.items():
        path = directory / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return directory


def problems(directory: Path, files: dict[str, str | bytes]) -> list[str]:
    with pytest.raises(DeclaredFilesError) as caught:
        load_project(write(directory, files))
    return [str(problem) for problem in caught.value.problems]


@pytest.fixture
def acme(tmp_path: Path) -> Project:
    files: dict[str, str | bytes] = {
        "routefit.yaml": CONFIG_EXAMPLE,
        "workloads/support.yaml": WORKLOAD_EXAMPLE,
        "routes/closed.yaml": ROUTE_EXAMPLE,
        "prices/2026-05.yml": f"as_of: 2026-05-12\nprices:\n"
        f"  - {{provider: openai, model: gpt-4o, valid_from: 2026-01-01, {PRICE}}}\n",
    }
    return load_project(write(tmp_path, files))


def test_the_published_spelling_loads(acme: Project) -> None:
    workload, route = acme.workloads["support"], acme.routes["closed"]
    assert acme.config.attribution[0].when == {"team_alias": "support*"}
    assert acme.config.fx["EUR"].label is Label.PUBLIC
    assert workload.workload_class is WorkloadClass.HUMAN_WAITING_STREAMING
    assert workload.anticipated[0].on == date(2027, 1, 1)
    assert workload.human.usd_per_escalation.value == Decimal("0.40")
    assert workload.human.usd_per_escalation.label is Label.ASSUMED
    assert not workload.human.usd_per_hour.is_known
    assert route.context_tokens.as_of == date(2026, 5, 12)
    assert route.billed_on.error == "none"
    assert not route.capacity.is_declared


def test_yml_is_read_too_and_rows_take_the_date_of_their_file(acme: Project) -> None:
    (row,) = acme.prices
    assert (row.provider, row.model, row.as_of) == ("openai", "gpt-4o", date(2026, 5, 12))


def test_money_keeps_every_digit_that_was_written(tmp_path: Path) -> None:
    text = "id: a\nops_usd_per_month: 0.1234567890123456789\n"
    route = load_project(write(tmp_path, {"routes/a.yaml": text})).routes["a"]
    assert str(route.ops_usd_per_month.value) == "0.1234567890123456789"


def test_aliases_and_merges_are_written_out(tmp_path: Path) -> None:
    text = (
        "id: a\nslo: &slo {ttft_ms: 850, e2e_ms: 5000}\n"
        "anticipated:\n  - {on: 2027-01-01, slo: {<<: *slo, e2e_ms: 3000}}\n  - {on: 2028-01-01, slo: *slo}\n"
    )
    first, second = load_project(write(tmp_path, {"workloads/a.yaml": text})).workloads["a"].anticipated
    assert first.slo is not None
    assert second.slo is not None
    assert (first.slo.ttft_ms, first.slo.e2e_ms) == (850, 3000)
    assert (second.slo.ttft_ms, second.slo.e2e_ms) == (850, 5000)


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    project = load_project(write(tmp_path, {"routes/a.yaml": b"\xef\xbb\xbfid: a\r\nmodel: b\r\n"}))
    assert project.routes["a"].model == "b"


RULE = "an id of letters a-z, digits and . _ - + @, starting with a letter or digit, 100 at most"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("mode: closed_api", "1:1: id: got nothing, expected text", id="missing"),
        pytest.param("id:", "1:4: id: got nothing (null), expected text", id="null"),
        pytest.param("id: 7", '1:5: id: got 7, expected text: put it in quotes, "7"', id="a-number"),
        pytest.param("id: a/b", f"1:5: id: got 'a/b', expected {RULE}", id="a-path"),
        pytest.param("id: my support", f"1:5: id: got 'my support', expected {RULE}", id="a-space"),
        pytest.param("id: -a", f"1:5: id: got '-a', expected {RULE}", id="an-option"),
        pytest.param("id: ..", f"1:5: id: got '..', expected {RULE}", id="the-folder-above"),
        pytest.param(f"id: {'a' * 101}", f"1:5: id: got '{'a' * 60}…', expected {RULE}", id="too-long"),
    ],
)
def test_id(tmp_path: Path, text: str, expected: str) -> None:
    assert problems(tmp_path, {"routes/a.yaml": text}) == [f"routes/a.yaml:{expected}"]


def test_one_id_in_two_files(tmp_path: Path) -> None:
    """Also when the first of them has problems of its own."""
    assert problems(tmp_path, {"routes/a.yaml": "mode: api\nid: x\n", "routes/b.yml": "id: x\n"}) == [
        "routes/a.yaml:1:7: mode: got 'api', expected one of closed_api, serverless_open, managed_dedicated, "
        "self_managed",
        "routes/b.yml:1:5: id: got 'x' again, expected an id that no other route has (routes/a.yaml:2)",
    ]


def test_a_workload_and_a_route_may_share_an_id(tmp_path: Path) -> None:
    project = load_project(write(tmp_path, {"routes/a.yaml": "id: x\n", "workloads/a.yaml": "id: x\n"}))
    assert list(project.routes) == list(project.workloads) == ["x"]


def test_a_routes_own_prices_overlap(tmp_path: Path) -> None:
    text = f"id: a\nprices:\n  - {{valid_from: 2026-03-01, {PRICE}}}\n  - {{valid_from: 2026-01-01, {PRICE}}}\n"
    assert problems(tmp_path, {"routes/a.yaml": text}) == [
        "routes/a.yaml:3:5: prices[0]: got a price for 2026-03-01 on, expected none that overlaps 2026-01-01 on "
        "at routes/a.yaml:4:5; give the other valid_to: 2026-03-01"
    ]


def test_snapshots_overlap_across_files(tmp_path: Path) -> None:
    row = f"provider: openai, model: gpt-4o, valid_from: 2026-01-01, valid_to: 2026-06-01, {PRICE}"
    files: dict[str, str | bytes] = {
        "prices/a.yaml": f"prices:\n  - {{{row}}}\n  - {{{row}, service_tier: batch}}\n",
        "prices/b.yaml": f"prices:\n  - {{{row}, above_input_tokens: 200000}}\n  - {{{row}}}\n",
    }
    assert problems(tmp_path, files) == [
        "prices/b.yaml:3:5: prices[1]: got a price of openai/gpt-4o for 2026-01-01 to 2026-06-01, expected none "
        "that overlaps 2026-01-01 to 2026-06-01 at prices/a.yaml:2:5; keep one of them"
    ]


def test_snapshots_overlap_whatever_the_spelling_of_provider_and_model(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "prices/a.yaml": f"prices:\n  - {{provider: Amazon, model: Nova, valid_from: 2026-01-01, {PRICE}}}\n",
        "prices/b.yaml": f"prices:\n  - {{provider: aws, model: nova, valid_from: 2026-02-01, {PRICE}}}\n",
    }
    (problem,) = problems(tmp_path, files)
    assert problem.startswith("prices/b.yaml:2:5: prices[0]: got a price of aws/nova for 2026-02-01 on")


@pytest.mark.parametrize(
    ("usd", "expected"),
    [
        pytest.param("10000000", "a number from 0 to 4000", id="too high for 64 bits of pico-USD"),
        pytest.param("0.0000001", "0 or at least 0.000001 (USD per million tokens)", id="would vanish"),
    ],
)
def test_prices_that_cannot_be_counted_are_named_with_their_place(tmp_path: Path, usd: str, expected: str) -> None:
    row = f"{{valid_from: 2026-01-01, input_usd_per_mtok: {usd}, output_usd_per_mtok: 1}}"
    (problem,) = problems(tmp_path, {"routes/a.yaml": f"id: a\nprices:\n  - {row}\n"})
    assert problem.startswith(f"routes/a.yaml:3:50: prices[0].input_usd_per_mtok: got {usd}, ")
    assert problem.endswith(f"expected {expected}")


def test_a_short_price_inside_a_long_one_is_found(tmp_path: Path) -> None:
    """The row before it in time ended long ago; the one that still runs is further back."""
    rows = [
        "2026-01-01, valid_to: 2026-12-31",
        "2026-02-01, valid_to: 2026-03-01",
        "2026-06-01, valid_to: 2026-07-01",
    ]
    text = "id: a\nprices:\n" + "".join(f"  - {{valid_from: {row}, {PRICE}}}\n" for row in rows)
    found = problems(tmp_path, {"routes/a.yaml": text})
    assert [problem.split(": ")[1] for problem in found] == ["prices[1]", "prices[2]"]


def test_a_period_ends_after_it_starts(tmp_path: Path) -> None:
    text = f"id: a\nprices: [{{valid_to: 2026-01-01, valid_from: 2026-02-01, {PRICE}}}]\n"
    assert problems(tmp_path, {"routes/a.yaml": text}) == [
        "routes/a.yaml:2:21: prices[0].valid_to: got 2026-01-01, expected a date after valid_from (2026-02-01)"
    ]


def test_every_problem_of_every_file_at_once(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "routefit.yaml": "nme: acme\ndefaults: {window_days: 0}\n",
        "workloads/a.yaml": "id: a\nslo: {ttft_ms: x, e2e_ms: y}\n",
        "routes/b.yaml": "id: [\n",
        "routes/c.yaml": "id: c\nid: d\nmode: api\n",
        "prices/d.yaml": "prices: 5\n",
    }
    found = [problem.rsplit(" got", 1)[0] for problem in problems(tmp_path, files)]
    assert found == [
        "prices/d.yaml:1:9: prices:",
        "routefit.yaml:1:1: name:",
        "routefit.yaml:1:1: unknown key 'nme', did you mean 'name'?",
        "routefit.yaml:2:25: defaults.window_days:",
        "routes/b.yaml:2:1:",
        "routes/c.yaml:2:1: id:",
        "routes/c.yaml:3:7: mode:",
        "workloads/a.yaml:2:16: slo.ttft_ms:",
        "workloads/a.yaml:2:27: slo.e2e_ms:",
    ]


def test_error_says_how_many_and_what_next(tmp_path: Path) -> None:
    with pytest.raises(DeclaredFilesError, match="1 problem in the declared files") as caught:
        load_project(write(tmp_path, {"routefit.yaml": "name: 5\n"}))
    assert caught.value.next_step == "correct the lines above, then run `routefit check`"


def test_both_spellings_of_the_project_file(tmp_path: Path) -> None:
    assert problems(tmp_path, {"routefit.yml": "name: b\n"}) == [
        "routefit.yml: got a second project file, expected only routefit.yaml"
    ]


def test_yml_alone_is_a_project(tmp_path: Path) -> None:
    (tmp_path / "routefit.yml").write_text("name: b\n")
    assert load_project(find_project(tmp_path)).config.name == "b"


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    assert problems(tmp_path, {"routes": "id: a\n"}) == [
        "routes: cannot be read: Not a directory, expected a folder"
    ]


def test_a_folder_and_a_dangling_link_where_files_should_be(tmp_path: Path) -> None:
    (tmp_path / "routes" / "a.yaml").mkdir(parents=True)
    (tmp_path / "routes" / "b.yaml").symlink_to(tmp_path / "gone")
    assert problems(tmp_path, {}) == [
        "routes/a.yaml: cannot be read: Is a directory",
        "routes/b.yaml: cannot be read: No such file or directory",
    ]


def test_found_from_a_folder_below(tmp_path: Path) -> None:
    below = write(tmp_path, {}) / "workloads" / "deep"
    below.mkdir(parents=True)
    assert find_project(below) == tmp_path.resolve()


def test_nearest_project_wins(tmp_path: Path) -> None:
    inner = write(write(tmp_path, {}) / "inner", {})
    assert find_project(inner) == inner.resolve()


@pytest.mark.parametrize("name", ["gone", "x" * 5000], ids=["absent", "impossible"])
def test_a_misspelt_folder_is_not_searched_upward(tmp_path: Path, name: str) -> None:
    """Else a typing error would answer from another project."""
    with pytest.raises(NotAProjectError):
        find_project(write(tmp_path, {}) / name)


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(NotAProjectError, match=r"no routefit\.yaml in .* or any folder above it") as caught:
        find_project(tmp_path)
    assert "`routefit init`" in str(caught.value.next_step)
    with pytest.raises(NotAProjectError, match=r"no routefit\.yaml in"):
        load_project(tmp_path)

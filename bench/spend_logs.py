"""LiteLLM's spend logs for measuring, and the engine alone reading them.

Run as a child: `python -m bench.spend_logs IN.jsonl OUT.parquet`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.engine import connect
from bench.fleet import Fleet

SHARE_OF_CALLS = 4
"""One record for so many calls of the fleet: a record is nine times as long as a call."""

_USAGE_TYPE = (
    "STRUCT(prompt_tokens_details STRUCT(cached_tokens BIGINT),"
    " completion_tokens_details STRUCT(reasoning_tokens BIGINT),"
    " cache_read_input_tokens BIGINT, cache_creation_input_tokens BIGINT)"
)
_COLUMNS = {
    "request_id": "VARCHAR",
    "call_type": "VARCHAR",
    "spend": "DOUBLE",
    "prompt_tokens": "BIGINT",
    "completion_tokens": "BIGINT",
    "startTime": "TIMESTAMP",
    "endTime": "TIMESTAMP",
    "completionStartTime": "TIMESTAMP",
    "model": "VARCHAR",
    "model_group": "VARCHAR",
    "custom_llm_provider": "VARCHAR",
    "metadata": (
        "STRUCT(user_api_key_alias VARCHAR, user_api_key_team_alias VARCHAR, spend_logs_metadata JSON,"
        f" usage_object {_USAGE_TYPE}, status VARCHAR, attempted_retries INTEGER,"
        " error_information STRUCT(error_class VARCHAR, error_code VARCHAR),"
        " model_map_information STRUCT(model_map_key VARCHAR))"
    ),
    "cache_hit": "VARCHAR",
    "request_tags": "VARCHAR[]",
    "team_id": "VARCHAR",
    "organization_id": "VARCHAR",
    "end_user": "VARCHAR",
    "session_id": "VARCHAR",
    "status": "VARCHAR",
}


def write_spend_logs(fleet: Fleet, folder: Path) -> Path:
    """The file of records of this fleet in the order of time, about 2 kB each, without prompts; made once."""
    path = folder / f"spend-{fleet.name}.jsonl"
    if path.exists():
        return path
    with connect() as engine:
        engine.execute(f"COPY ({_records_query(fleet)}) TO '{path}' (FORMAT json)")
    return path


def _records_query(fleet: Fleet) -> str:
    started = f"TIMESTAMP '2026-05-01' + to_milliseconds(CAST(h % {fleet.days * 86_400_000} AS BIGINT))"
    usage = """{
        'prompt_tokens': 100 + h % 8000, 'completion_tokens': 10 + h % 900, 'total_tokens': 110 + h % 8000,
        'prompt_tokens_details': {'audio_tokens': 0, 'cached_tokens': h % 100},
        'completion_tokens_details': {'reasoning_tokens': h % 9, 'audio_tokens': 0},
        'cache_read_input_tokens': h % 100, 'cache_creation_input_tokens': 0
    }"""
    return f"""
        WITH drawn AS (
            SELECT range AS i, CAST(hash(range, {fleet.seed}) >> 2 AS BIGINT) AS h
            FROM range({max(1, fleet.calls // SHARE_OF_CALLS)})
        ), timed AS (
            SELECT *, {started} AS started, started + to_milliseconds(300 + h % 9000) AS ended FROM drawn
        )
        SELECT
            concat('chatcmpl-', md5(concat(i, '-', {fleet.seed}))) AS request_id,
            'acompletion' AS call_type,
            sha256(CAST(h % 40 AS VARCHAR)) AS api_key,
            (h % 5000000) / 1e8 AS spend,
            110 + h % 8000 AS total_tokens,
            100 + h % 8000 AS prompt_tokens,
            10 + h % 900 AS completion_tokens,
            strftime(started, '%Y-%m-%dT%H:%M:%S.%g') AS "startTime",
            strftime(ended, '%Y-%m-%dT%H:%M:%S.%g') AS "endTime",
            strftime(
                CASE WHEN h % 2 = 0 THEN started + to_milliseconds(50 + h % 240) ELSE ended END,
                '%Y-%m-%dT%H:%M:%S.%g'
            ) AS "completionStartTime",
            ['anthropic/claude-sonnet-4', 'azure/prod-chat', 'gpt-4o-mini'][1 + h % 3] AS model,
            sha256(CAST(h % 3 AS VARCHAR)) AS model_id,
            ['claude', 'chat', 'mini'][1 + h % 3] AS model_group,
            ['anthropic', 'azure', 'openai'][1 + h % 3] AS custom_llm_provider,
            'https://gateway.example.com/v1' AS api_base,
            'default_user_id' AS "user",
            {{
                'user_api_key': sha256(CAST(h % 40 AS VARCHAR)),
                'user_api_key_alias': concat('key-', h % 40),
                'user_api_key_team_id': concat('team-', h % 12),
                'user_api_key_user_id': 'default_user_id',
                'user_api_key_team_alias': concat('Team ', h % 12),
                'spend_logs_metadata': {{'ticket_id': concat('T-', h % 1000000)}},
                'requester_ip_address': '10.0.0.1',
                'applied_guardrails': CAST([] AS VARCHAR[]),
                'status': 'success',
                'error_information': CAST(NULL AS VARCHAR),
                'usage_object': {usage},
                'additional_usage_values': {usage},
                'model_map_information': {{
                    'model_map_key': ['claude-sonnet-4', 'azure/gpt-4o', 'gpt-4o-mini'][1 + h % 3],
                    'model_map_value': {{
                        'max_tokens': 8192, 'input_cost_per_token': 3e-06, 'output_cost_per_token': 1.5e-05,
                        'mode': 'chat', 'supports_vision': true, 'supports_function_calling': true
                    }}
                }},
                'cost_breakdown': {{'input_cost': 0.001, 'output_cost': 0.002, 'total_cost': 0.003}},
                'attempted_retries': 0,
                'max_retries': 2
            }} AS metadata,
            'False' AS cache_hit,
            'Cache OFF' AS cache_key,
            ['User-Agent: openai', 'User-Agent: openai/1.2', 'env:prod', concat('feature:', h % 7)]
                AS request_tags,
            concat('team-', h % 12) AS team_id,
            concat('customer-', h % 5000) AS end_user,
            '10.0.0.1' AS requester_ip_address,
            CAST(uuid() AS VARCHAR) AS session_id,
            'success' AS status
        FROM timed
        ORDER BY timed.started, i
    """


def read(source: str, target: str) -> None:
    """Typed records to Parquet of the columns that an import stores, nothing checked."""
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in _COLUMNS.items())
    with connect() as engine:
        engine.execute(f"""
            COPY (
                SELECT
                    request_id AS call_id, custom_llm_provider AS provider, model,
                    model_group AS requested_model, "startTime" AS started_at,
                    metadata.attempted_retries AS attempt_no, call_type AS operation,
                    prompt_tokens AS input_tokens,
                    metadata.usage_object.cache_read_input_tokens AS cached_input_tokens,
                    metadata.usage_object.cache_creation_input_tokens AS cache_write_tokens,
                    completion_tokens AS output_tokens,
                    metadata.usage_object.completion_tokens_details.reasoning_tokens AS reasoning_tokens,
                    epoch_us("completionStartTime" - "startTime") / 1e3 AS ttft_ms,
                    epoch_us("endTime" - "startTime") / 1e3 AS e2e_ms,
                    status, metadata.error_information.error_class AS failure_class, spend, session_id,
                    request_id AS response_id, end_user AS customer,
                    to_json(struct_pack(
                        team_alias := metadata.user_api_key_team_alias, team_id := team_id,
                        key_alias := metadata.user_api_key_alias, model_group := model_group,
                        tags := request_tags, custom := metadata.spend_logs_metadata
                    )) AS attributes
                FROM read_json('{source}', format = 'newline_delimited', columns = {{{columns}}})
            ) TO '{target}' (FORMAT parquet, COMPRESSION zstd)
        """)


if __name__ == "__main__":
    read(*sys.argv[1:])

-- One row per unit: sums by role, the accepting call, flags; no verdict. Reads: costed_calls.
-- A unit is (workload, assigned route, unit id); a shadow copy is a unit of its own.
SELECT
    workload,
    route,
    unit_id,
    is_shadow,
    CAST(hash(workload, route, unit_id, is_shadow) >> 1 AS BIGINT) AS unit_hash,
    CAST(md5_number_lower(coalesce(min(customer), unit_id)) % 128 AS SMALLINT) AS group_id,
    min(started_at) AS first_started_at,
    max(started_at) AS last_started_at,
    CAST(count(*) AS INTEGER) AS calls,
    CAST(count(CASE WHEN is_production = 1 THEN 1 END) AS INTEGER) AS production_calls,
    CAST(count(CASE WHEN is_attempt = 1 THEN 1 END) AS INTEGER) AS attempts,
    CAST(count(CASE WHEN role = 'retry' THEN 1 END) AS INTEGER) AS retries,
    CAST(count(CASE WHEN role = 'repair' THEN 1 END) AS INTEGER) AS repairs,
    CAST(count(CASE WHEN role = 'fallback' THEN 1 END) AS INTEGER) AS fallbacks,
    CAST(count(CASE WHEN is_production = 1 AND status = 'error' THEN 1 END) AS INTEGER) AS error_calls,
    CAST(count(CASE WHEN is_production = 1 AND status = 'timeout' THEN 1 END) AS INTEGER) AS timeout_calls,
    CAST(count(CASE WHEN is_production = 1 AND basis = 'unpriced_no_usage' THEN 1 END) AS INTEGER)
        AS unpriced_no_usage_calls,
    CAST(count(CASE WHEN is_production = 1 AND basis = 'unpriced_no_price' THEN 1 END) AS INTEGER)
        AS unpriced_no_price_calls,
    CAST(count(CASE WHEN is_production = 1 AND basis = 'unpriced_suspicious_zero' THEN 1 END) AS INTEGER)
        AS unpriced_zero_calls,
    CAST(count(CASE WHEN is_production = 0 AND call_pico_usd IS NULL THEN 1 END) AS INTEGER)
        AS unpriced_grader_calls,
    CAST(count(CASE WHEN is_mismatch = 1 THEN 1 END) AS INTEGER) AS mismatch_calls,
    CAST(sum(CASE WHEN is_mismatch = 1 THEN usable_report_pico_usd - token_pico_usd ELSE 0 END) AS DECIMAL(38, 0))
        AS mismatch_pico_usd,
    CAST(count(CASE WHEN billed IS NULL AND is_known_zero = 0 THEN 1 END) AS INTEGER) AS billing_unknown_calls,
    CAST(sum(CASE WHEN is_production = 1 THEN input_tokens END) AS BIGINT) AS input_tokens,
    CAST(count(CASE WHEN is_planned = 1 THEN 1 END) AS INTEGER) AS planned_calls,
    CAST(sum(CASE WHEN is_planned = 1 THEN input_tokens END) AS BIGINT) AS planned_input_tokens,
    CAST(sum(CASE WHEN is_production = 1 THEN output_tokens END) AS BIGINT) AS output_tokens,
    CAST(sum(CASE WHEN is_production = 1 AND is_shadow = 0 AND cached_input_tokens IS NOT NULL
        THEN input_tokens ELSE 0 END) AS BIGINT) AS cache_known_input_tokens,
    CAST(sum(CASE WHEN is_production = 1 AND is_shadow = 0 AND input_tokens IS NOT NULL
        THEN cached_input_tokens ELSE 0 END) AS BIGINT) AS cached_input_tokens,
    CAST(sum(CASE WHEN is_production = 1 THEN call_pico_usd ELSE 0 END) AS DECIMAL(38, 0)) AS inference_pico_usd,
    CAST(sum(CASE WHEN is_production = 0 THEN call_pico_usd ELSE 0 END) AS DECIMAL(38, 0)) AS eval_pico_usd,
    CAST(sum(CASE WHEN basis = 'reported' THEN call_pico_usd ELSE 0 END) AS DECIMAL(38, 0))
        AS measured_cost_pico_usd,
    CAST(sum(CASE WHEN basis = 'tokens' AND label = 'CONTRACTED' THEN call_pico_usd ELSE 0 END) AS DECIMAL(38, 0))
        AS contracted_cost_pico_usd,
    CAST(sum(CASE WHEN basis = 'tokens' AND label = 'PUBLIC' THEN call_pico_usd ELSE 0 END) AS DECIMAL(38, 0))
        AS public_cost_pico_usd,
    CAST(min(is_region_allowed) AS SMALLINT) AS is_region_allowed,
    CAST(arg_max(status_code, accepting_key) AS SMALLINT) AS accepting_status_code,
    CAST(arg_max(has_no_answer, accepting_key) AS SMALLINT) AS accepting_has_no_answer,
    arg_max(coalesce(ttft_ms, -1), accepting_key) AS accepting_ttft_ms,
    arg_max(coalesce(e2e_ms, -1), accepting_key) AS accepting_e2e_ms,
    arg_max(coalesce(output_tokens, -1), accepting_key) AS accepting_output_tokens,
    arg_max(end_us, accepting_key) - epoch_us(min(CASE WHEN is_production = 1 THEN started_at END)) AS unit_e2e_us
FROM (
    SELECT
        *,
        CASE WHEN role = 'grader' THEN 0 ELSE 1 END AS is_production,
        CASE WHEN role IN ('first', 'retry', 'repair', 'fallback', 'shadow') THEN 1 ELSE 0 END AS is_attempt,
        -- Retries, repairs and fallbacks are the route's doing; what the task itself asked for is the rest.
        CASE WHEN role IN ('grader', 'retry', 'repair', 'fallback') THEN 0 ELSE 1 END AS is_planned,
        CASE status WHEN 'ok' THEN 0 WHEN 'error' THEN 1 WHEN 'timeout' THEN 2 WHEN 'rate_limited' THEN 3 ELSE 4 END
            AS status_code,
        CASE
            WHEN failure_class IN ('truncated', 'cut_off', 'schema', 'invalid_schema', 'schema_violation') THEN 1
            ELSE 0
        END AS has_no_answer,
        epoch_us(started_at) + CAST(round(coalesce(e2e_ms, 0) * 1000) AS BIGINT) AS end_us,
        -- The latest end wins; among equal ends any fixed order will do, and the engine's hash is one.
        CASE WHEN role IN ('first', 'step', 'retry', 'repair', 'fallback', 'shadow') THEN
            CAST(epoch_us(started_at) + CAST(round(coalesce(e2e_ms, 0) * 1000) AS BIGINT) AS HUGEINT)
            * 1099511627776 + CAST(hash(call_id) >> 24 AS HUGEINT)
        END AS accepting_key
    FROM costed_calls
) AS classified
GROUP BY workload, route, unit_id, is_shadow

-- One row per unit: sums by role, the accepting call, flags; no verdict. Reads: costed_calls, customer_groups.
-- A unit is (workload, assigned route, unit id); a shadow copy is a unit of its own. The lowest bit of unit_hash says
-- which, the others are the hash of the key. What the accepting call did not measure is -1.
SELECT
    workload,
    route,
    unit_id,
    is_shadow,
    CAST(hash(workload, route, unit_id) >> 2 AS BIGINT) * 2 + is_shadow AS unit_hash,
    CAST(coalesce(min(customer_group_id), md5_number_lower(unit_id) % 128) AS SMALLINT) AS group_id,
    min(started_at) AS first_started_at,
    max(started_at) AS last_started_at,
    CAST(count(*) AS INTEGER) AS calls,
    CAST(count(CASE WHEN is_production = 1 THEN 1 END) AS INTEGER) AS production_calls,
    CAST(count(CASE WHEN is_attempt = 1 THEN 1 END) AS INTEGER) AS attempts,
    CAST(count(CASE WHEN has_no_role = 1 THEN 1 END) AS INTEGER) AS inferred_role_calls,
    CAST(count(CASE WHEN role = 'retry' THEN 1 END) AS INTEGER) AS retries,
    CAST(count(CASE WHEN role = 'repair' THEN 1 END) AS INTEGER) AS repairs,
    CAST(count(CASE WHEN role = 'fallback' THEN 1 END) AS INTEGER) AS fallbacks,
    CAST(count(CASE WHEN is_production = 1 AND status = 'error' THEN 1 END) AS INTEGER) AS error_calls,
    CAST(count(CASE WHEN is_production = 1 AND status = 'timeout' THEN 1 END) AS INTEGER) AS timeout_calls,
    CAST(count(CASE WHEN is_production = 1 AND basis = 'unpriced_no_usage' THEN 1 END) AS INTEGER)
        AS unpriced_no_usage_calls,
    CAST(count(CASE WHEN is_production = 1 AND basis IN ('unpriced_no_price', 'unpriced_no_capacity') THEN 1 END) AS INTEGER)
        AS unpriced_no_price_calls,
    CAST(count(CASE WHEN is_production = 1 AND basis = 'unpriced_suspicious_zero' THEN 1 END) AS INTEGER)
        AS unpriced_zero_calls,
    CAST(count(CASE WHEN is_production = 0 AND call_pico_usd IS NULL THEN 1 END) AS INTEGER)
        AS unpriced_grader_calls,
    CAST(count(CASE WHEN is_mismatch = 1 THEN 1 END) AS INTEGER) AS mismatch_calls,
    CAST(sum(CASE WHEN is_mismatch = 1 THEN usable_report_pico_usd - token_pico_usd ELSE 0 END) AS DECIMAL(38, 0))
        AS mismatch_pico_usd,
    CAST(count(CASE WHEN billed IS NULL AND basis = 'tokens' THEN 1 END) AS INTEGER) AS billing_unknown_calls,
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
    CAST(sum(CASE WHEN cost_label = 'MEASURED' THEN call_pico_usd ELSE 0 END) AS DECIMAL(38, 0))
        AS measured_cost_pico_usd,
    CAST(sum(CASE WHEN cost_label = 'CONTRACTED' THEN call_pico_usd ELSE 0 END) AS DECIMAL(38, 0))
        AS contracted_cost_pico_usd,
    CAST(sum(CASE WHEN cost_label = 'PUBLIC' THEN call_pico_usd ELSE 0 END) AS DECIMAL(38, 0))
        AS public_cost_pico_usd,
    CAST(sum(CASE WHEN cost_label IN ('DERIVED', 'ESTIMATED') THEN call_pico_usd ELSE 0 END) AS DECIMAL(38, 0))
        AS estimated_cost_pico_usd,
    CAST(min(is_region_allowed) AS SMALLINT) AS is_region_allowed,
    CAST(coalesce(arg_max(answer_code, accepting_key), -2) & 1 AS SMALLINT) AS accepting_has_no_answer,
    CAST(coalesce(arg_max(answer_code, accepting_key), -2) >> 1 AS BIGINT) AS accepting_output_tokens,
    coalesce(arg_max(coalesce(ttft_ms, -1), accepting_key), -1) AS accepting_ttft_ms,
    coalesce(arg_max(coalesce(e2e_ms, -1), accepting_key), -1) AS accepting_e2e_ms,
    CAST(max(accepting_key) >> 40 AS BIGINT) - epoch_us(min(CASE WHEN is_production = 1 THEN started_at END))
        AS unit_e2e_us
FROM (
    SELECT
        c.*,
        g.customer_group_id,
        CASE
            WHEN c.basis = 'reported' THEN 'MEASURED'
            WHEN c.basis = 'capacity' THEN c.capacity_label
            WHEN c.basis = 'tokens' AND c.label IN ('CONTRACTED', 'PUBLIC') THEN c.label
        END AS cost_label,
        CASE WHEN c.role = 'grader' THEN 0 ELSE 1 END AS is_production,
        CASE WHEN c.role IN ('first', 'retry', 'repair', 'fallback', 'shadow') THEN 1 ELSE 0 END AS is_attempt,
        -- Retries, repairs and fallbacks are the route's doing; what the task itself asked for is the rest.
        CASE WHEN c.role IN ('grader', 'retry', 'repair', 'fallback') THEN 0 ELSE 1 END AS is_planned,
        -- Whether the call gave no usable answer in the lowest bit, its output tokens above: one value to carry along.
        coalesce(c.output_tokens, -1) * 2 + CASE
            WHEN c.status <> 'ok'
                OR c.failure_class IN ('truncated', 'cut_off', 'schema', 'invalid_schema', 'schema_violation') THEN 1
            ELSE 0
        END AS answer_code,
        -- The latest end wins; among equal ends any order that depends only on what is taken from the call will do.
        CASE WHEN c.role NOT IN ('grader', 'subagent', 'compaction') THEN
            CAST(epoch_us(c.started_at) + CAST(round(least(coalesce(c.e2e_ms, 0), 1e12) * 1000) AS BIGINT) AS HUGEINT)
            * 1099511627776
            + CAST(hash(c.ttft_ms, c.e2e_ms, c.output_tokens, c.status, c.failure_class) >> 24 AS HUGEINT)
        END AS accepting_key
    FROM costed_calls AS c
    LEFT JOIN customer_groups AS g ON c.customer = g.customer
) AS classified
GROUP BY workload, route, unit_id, is_shadow

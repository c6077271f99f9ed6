-- What each provider of a workload's routes served in a window, its failed calls apart. A unit counts with a provider by
-- the share of its answered calls that it gave. Reads: calls_with_roles, accepted_units (acceptance.sql).
SELECT
    route,
    coalesce(provider, '') AS provider,
    coalesce(model, '') AS model,
    count(*) AS calls,
    count(CASE WHEN status <> 'ok' THEN 1 END) AS failed_calls,
    count(CASE WHEN status = 'ok' AND call_pico_usd IS NULL THEN 1 END) AS unpriced_calls,
    CAST(coalesce(sum(CASE WHEN status = 'ok' THEN call_pico_usd END), 0) AS DECIMAL(38, 0)) AS pico_usd,
    CAST(coalesce(sum(CASE WHEN is_cache_known = 1 THEN input_tokens END), 0) AS BIGINT) AS input_tokens,
    CAST(coalesce(sum(CASE WHEN is_cache_known = 1 THEN cached_input_tokens END), 0) AS BIGINT) AS cached_tokens,
    CAST(coalesce(sum(CASE WHEN is_cache_known = 1 THEN output_tokens END), 0) AS BIGINT) AS output_tokens,
    count(CASE WHEN is_cache_known = 1 THEN 1 END) AS cache_known_calls,
    coalesce(sum(weight), 0) AS units,
    coalesce(sum(CASE WHEN is_decided = 1 THEN weight END), 0) AS decided_units,
    coalesce(sum(CASE WHEN is_accepted = 1 THEN weight END), 0) AS accepted_units
FROM (
    SELECT
        c.route,
        c.provider,
        c.model,
        c.status,
        c.call_pico_usd,
        c.input_tokens,
        c.cached_input_tokens,
        c.output_tokens,
        CASE WHEN c.status = 'ok' AND c.input_tokens > 0 AND c.cached_input_tokens IS NOT NULL THEN 1 ELSE 0 END
            AS is_cache_known,
        CASE WHEN c.status = 'ok' THEN 1.0 / c.answered_calls ELSE 0.0 END AS weight,
        CASE
            WHEN u.unit_id IS NULL OR u.reason IN ('no_verdict', 'slo_not_measured') THEN 0
            ELSE 1
        END AS is_decided,
        CASE WHEN u.unit_id IS NOT NULL AND u.reason IS NULL THEN 1 ELSE 0 END AS is_accepted
    FROM (
        SELECT
            *,
            count(CASE WHEN status = 'ok' THEN 1 END) OVER (PARTITION BY route, unit_id) AS answered_calls
        FROM calls_with_roles
        WHERE workload = ? AND is_shadow = 0 AND role <> 'grader' AND started_at >= ?
    ) AS c
    LEFT JOIN accepted_units AS u
        ON u.workload = ? AND u.is_shadow = 0 AND c.route = u.route AND c.unit_id = u.unit_id
) AS served
GROUP BY route, coalesce(provider, ''), coalesce(model, '')
ORDER BY route, provider, model

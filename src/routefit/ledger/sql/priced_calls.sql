-- One row per call: its unit key and the parts of its cost. The slow truth is lcpr/cost.py; a property test holds both equal.
-- A role that nobody gave is that of a first call, or of a fallback; `inferred_roles.sql` says more where units are known.
-- Reads: calls (the imported facts with the attribution rules applied), pricing (one row per call key, period and
-- token band, without gaps), unit_routes.
SELECT
    p.workload,
    -- A grading call that names no route belongs to the route that it judged, which is known when cells are built.
    CASE WHEN c.role = 'grader' AND c.route IS NULL THEN '' ELSE coalesce(r.route, p.route) END AS route,
    coalesce(c.unit_id, c.trace_id, c.session_id, c.call_id) AS unit_id,
    CASE WHEN c.role = 'shadow' THEN 1 ELSE 0 END AS is_shadow,
    coalesce(c.role, CASE WHEN p.is_fallback = 1 THEN 'fallback' ELSE 'first' END) AS role,
    CASE WHEN c.role IS NULL THEN 1 ELSE 0 END AS has_no_role,
    c.owner,
    c.unit_key,
    c.rule_no,
    coalesce(c.status, 'ok') AS status,
    c.call_id,
    c.trace_id,
    c.session_id,
    c.started_at,
    c.attempt_no,
    c.failure_class,
    c.operation,
    c.provider,
    c.model,
    c.requested_model,
    coalesce(p.served_model, c.model) AS served_model,
    c.attributes,
    c.prompt_version,
    c.ttft_ms,
    c.e2e_ms,
    c.input_tokens,
    c.cached_input_tokens,
    c.cache_write_tokens,
    c.output_tokens,
    p.input_pico_usd_per_token,
    coalesce(p.cache_read_pico_usd_per_token, p.input_pico_usd_per_token) AS cached_pico_usd_per_token,
    coalesce(p.cache_write_pico_usd_per_token, p.input_pico_usd_per_token) AS written_pico_usd_per_token,
    p.pico_usd_per_request,
    coalesce(c.customer, c.session_id) AS customer,
    p.is_region_allowed,
    p.label,
    CASE
        WHEN c.status IS NULL OR c.status = 'ok' THEN 2
        WHEN c.status = 'rate_limited' THEN CASE WHEN c.input_tokens > 0 THEN 2 ELSE 0 END
        WHEN c.status = 'error' THEN p.billed_on_error
        WHEN c.status = 'timeout' THEN p.billed_on_timeout
        ELSE p.billed_on_cancelled
    END AS billed,
    CASE
        WHEN c.served_from = 'gateway_cache' OR p.is_free = 1 THEN 1 ELSE 0
    END AS is_known_zero,
    p.prefers_reported,
    p.capacity_route,
    p.input_pico_usd_per_token IS NOT NULL AS has_price,
    c.cost_pico_usd,
    CASE
        WHEN c.cost_pico_usd = 0 AND NOT (coalesce(c.input_tokens, -1) = 0 AND coalesce(c.output_tokens, 0) = 0)
            THEN NULL
        ELSE c.cost_pico_usd
    END AS usable_report_pico_usd,
    (c.input_tokens - coalesce(c.cached_input_tokens, 0) - coalesce(c.cache_write_tokens, 0))
        * p.input_pico_usd_per_token
        + coalesce(c.cached_input_tokens, 0)
        * coalesce(p.cache_read_pico_usd_per_token, p.input_pico_usd_per_token)
        + coalesce(c.cache_write_tokens, 0)
        * coalesce(p.cache_write_pico_usd_per_token, p.input_pico_usd_per_token)
        + p.pico_usd_per_request AS input_side_pico_usd,
    CASE
        WHEN c.output_tokens IS NULL AND c.operation IN ('embedding', 'rerank') THEN 0
        ELSE c.output_tokens * p.output_pico_usd_per_token
    END AS output_side_pico_usd
FROM calls AS c
INNER JOIN pricing AS p
    ON coalesce(c.workload, '') = p.key_workload
    AND coalesce(c.route, '') = p.key_route
    AND coalesce(c.provider, '') = p.key_provider
    AND coalesce(c.model, '') = p.key_model
    AND coalesce(c.requested_model, '') = p.key_requested_model
    AND coalesce(c.service_tier, '') = p.key_service_tier
    AND coalesce(c.region, '') = p.key_region
    AND c.started_at >= p.valid_from
    AND c.started_at < p.valid_to
    AND coalesce(c.input_tokens, 0) >= p.tokens_from
    AND coalesce(c.input_tokens, 0) < p.tokens_to
LEFT JOIN unit_routes AS r
    ON c.route IS NULL
    AND coalesce(c.role, 'first') <> 'shadow'
    AND p.workload = r.workload
    AND coalesce(c.unit_id, c.trace_id, c.session_id, c.call_id) = r.unit_id

-- The calls of a workload's units on a route, summed by what they are for and who waits; units with any of them.
-- A call overlaps when it starts before an earlier one of its kind in the same unit has ended.
-- Reads: calls_with_roles, calls (the imported facts, for who waits).
SELECT
    role,
    operation,
    coalesce(step_type, '') AS facing,
    count(*) AS calls,
    CAST(coalesce(sum(input_tokens), 0) AS BIGINT) AS input_tokens,
    CAST(coalesce(sum(output_tokens), 0) AS BIGINT) AS output_tokens,
    CAST(coalesce(sum(cached_input_tokens), 0) AS BIGINT) AS cached_tokens,
    count(cached_input_tokens) AS cache_known_calls,
    count(CASE WHEN input_tokens IS NULL THEN 1 END) AS calls_without_usage,
    count(CASE WHEN earlier_end_us IS NOT NULL THEN 1 END) AS following_calls,
    count(CASE WHEN start_us < earlier_end_us THEN 1 END) AS overlapping_calls,
    avg(CAST(start_us - unit_start_us AS DOUBLE)) AS mean_start_us
FROM (
    SELECT
        *,
        max(end_us) OVER (
            PARTITION BY unit_id, role, operation, coalesce(step_type, '')
            ORDER BY start_us, call_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS earlier_end_us
    FROM (
        SELECT
            c.unit_id,
            c.call_id,
            c.role,
            coalesce(c.operation, 'chat') AS operation,
            f.step_type,
            c.input_tokens,
            c.output_tokens,
            c.cached_input_tokens,
            epoch_us(c.started_at) AS start_us,
            epoch_us(c.started_at) + CAST(round(least(coalesce(c.e2e_ms, 0), 1e12) * 1000) AS BIGINT) AS end_us,
            epoch_us(min(c.started_at) OVER (PARTITION BY c.unit_id)) AS unit_start_us
        FROM calls_with_roles AS c
        LEFT JOIN calls AS f ON c.call_id = f.call_id
        WHERE c.workload = ? AND c.route = ? AND c.is_shadow = 0 AND c.role <> 'grader' AND c.started_at >= ?
    ) AS timed
) AS ordered
GROUP BY role, operation, coalesce(step_type, '')
ORDER BY mean_start_us, role, operation, facing

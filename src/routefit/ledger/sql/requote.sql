-- What calls would cost where another route had served them: their tokens by the price that each meets there.
-- A call without usage has no such cost, whatever was reported for it; one that is not billed costs nothing.
-- Reads: all_calls, priced by the candidates.
SELECT
    workload,
    route,
    is_rework,
    input_pico_usd_per_token,
    cached_pico_usd_per_token,
    written_pico_usd_per_token,
    pico_usd_per_request,
    CAST(count(*) AS BIGINT) AS calls,
    CAST(sum(input_tokens) AS BIGINT) AS input_tokens,
    CAST(sum(coalesce(cached_input_tokens, 0)) AS BIGINT) AS cached_input_tokens,
    CAST(sum(coalesce(cache_write_tokens, 0)) AS BIGINT) AS cache_write_tokens,
    CAST(coalesce(sum(CASE WHEN billed IS NULL OR billed <> 1 THEN output_side_pico_usd END), 0) AS DECIMAL(38, 0))
        AS output_pico_usd,
    CAST(sum(is_lost) AS BIGINT) AS unpriced_calls
FROM (
    SELECT
        *,
        CASE WHEN role IN ('retry', 'repair', 'fallback') THEN 1 ELSE 0 END AS is_rework,
        CASE WHEN token_pico_usd IS NULL THEN 1 ELSE 0 END AS is_lost
    FROM all_calls
    WHERE role NOT IN ('grader', 'shadow') AND is_known_zero = 0 AND (billed IS NULL OR billed <> 0)
) AS billed_calls
GROUP BY
    workload,
    route,
    is_rework,
    is_lost,
    input_pico_usd_per_token,
    cached_pico_usd_per_token,
    written_pico_usd_per_token,
    pico_usd_per_request

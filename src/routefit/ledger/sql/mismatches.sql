-- Calls whose reported cost differs from their price by over 1%, by what would explain it. Reads: all_calls.
SELECT
    provider,
    model,
    cause,
    count(*) AS calls,
    CAST(sum(usable_report_pico_usd) AS DECIMAL(38, 0)) AS reported_pico_usd,
    CAST(sum(token_pico_usd) AS DECIMAL(38, 0)) AS priced_pico_usd
FROM (
    SELECT
        provider,
        model,
        usable_report_pico_usd,
        token_pico_usd,
        CASE
            WHEN cached > 0 AND abs(usable_report_pico_usd - as_input) * 100 <= as_input
                THEN 'cached_as_input'
            WHEN cached > 0 AND abs(usable_report_pico_usd - without_cached) * 100 <= without_cached
                THEN 'cached_for_nothing'
            WHEN cached > 0 AND abs(usable_report_pico_usd - cached_twice) * 100 <= cached_twice
                THEN 'cached_twice'
            WHEN written > 0 AND abs(usable_report_pico_usd - written_as_input) * 100 <= written_as_input
                THEN 'written_as_input'
            WHEN abs(usable_report_pico_usd * 2 - token_pico_usd) * 100 <= token_pico_usd THEN 'at_half'
            WHEN abs(usable_report_pico_usd - token_pico_usd * 2) * 100 <= token_pico_usd * 2 THEN 'at_double'
            WHEN status <> 'ok' THEN 'failed_call'
            ELSE 'other_price'
        END AS cause
    FROM (
        SELECT
            *,
            CAST(token_pico_usd + cached * (input_pico_usd_per_token - cached_pico_usd_per_token)
                AS DECIMAL(38, 0)) AS as_input,
            CAST(token_pico_usd - cached * cached_pico_usd_per_token AS DECIMAL(38, 0)) AS without_cached,
            CAST(token_pico_usd + cached * input_pico_usd_per_token AS DECIMAL(38, 0)) AS cached_twice,
            CAST(token_pico_usd + written * (input_pico_usd_per_token - written_pico_usd_per_token)
                AS DECIMAL(38, 0)) AS written_as_input
        FROM (
            SELECT
                *,
                coalesce(cached_input_tokens, 0) AS cached,
                coalesce(cache_write_tokens, 0) AS written
            FROM all_calls
            WHERE is_mismatch = 1
        ) AS mismatched
    ) AS alternatives
) AS explained
GROUP BY provider, model, cause
ORDER BY provider, model, cause

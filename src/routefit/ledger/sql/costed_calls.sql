-- The cost of a call chosen from tokens and report; NULL is unpriced. Reads: priced_calls.
SELECT
    *,
    CASE
        WHEN is_known_zero = 1 THEN 0
        WHEN billed = 0 AND coalesce(cost_pico_usd, 0) = 0 THEN 0
        WHEN prefers_reported = 1 THEN coalesce(usable_report_pico_usd, token_pico_usd)
        ELSE coalesce(token_pico_usd, usable_report_pico_usd)
    END AS call_pico_usd,
    CASE
        WHEN is_known_zero = 1 THEN 'zero'
        WHEN billed = 0 AND coalesce(cost_pico_usd, 0) = 0 THEN 'zero'
        WHEN token_pico_usd IS NULL AND usable_report_pico_usd IS NULL THEN
            CASE
                WHEN cost_pico_usd = 0 THEN 'unpriced_suspicious_zero'
                WHEN has_price THEN 'unpriced_no_usage'
                ELSE 'unpriced_no_price'
            END
        WHEN usable_report_pico_usd IS NOT NULL AND (token_pico_usd IS NULL OR prefers_reported = 1) THEN 'reported'
        ELSE 'tokens'
    END AS basis,
    CASE
        WHEN is_known_zero = 1 OR (billed = 0 AND coalesce(cost_pico_usd, 0) = 0) THEN 0
        WHEN token_pico_usd IS NULL OR usable_report_pico_usd IS NULL THEN 0
        -- Multiplied out in integers so that SQL and Python agree to the last pico-USD.
        WHEN abs(CAST(usable_report_pico_usd AS DECIMAL(38, 0)) - token_pico_usd) * 100 > token_pico_usd THEN 1
        ELSE 0
    END AS is_mismatch
FROM (
    SELECT
        *,
        CASE WHEN billed = 1 THEN input_side_pico_usd ELSE input_side_pico_usd + output_side_pico_usd END
            AS token_pico_usd
    FROM priced_calls
) AS by_tokens

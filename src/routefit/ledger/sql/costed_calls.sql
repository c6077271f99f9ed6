-- The cost of a call chosen from capacity, tokens and report; NULL is unpriced.
-- Reads: priced_calls, capacity_rates (one row per route paid by capacity and UTC day).
SELECT
    *,
    CASE
        WHEN is_known_zero = 1 THEN 0
        WHEN capacity_route IS NOT NULL THEN capacity_pico_usd
        WHEN billed = 0 AND coalesce(cost_pico_usd, 0) = 0 THEN 0
        WHEN prefers_reported = 1 THEN coalesce(usable_report_pico_usd, token_pico_usd)
        ELSE coalesce(token_pico_usd, usable_report_pico_usd)
    END AS call_pico_usd,
    CASE
        WHEN is_known_zero = 1 THEN 'zero'
        WHEN capacity_route IS NOT NULL THEN
            CASE WHEN capacity_pico_usd IS NULL THEN 'unpriced_no_capacity' ELSE 'capacity' END
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
        WHEN is_known_zero = 1 OR capacity_route IS NOT NULL OR (billed = 0 AND coalesce(cost_pico_usd, 0) = 0) THEN 0
        WHEN token_pico_usd IS NULL OR usable_report_pico_usd IS NULL THEN 0
        -- Multiplied out in integers so that SQL and Python agree to the last pico-USD.
        WHEN abs(CAST(usable_report_pico_usd AS DECIMAL(38, 0)) - token_pico_usd) * 100 > token_pico_usd THEN 1
        ELSE 0
    END AS is_mismatch
FROM (
    SELECT
        c.*,
        CASE WHEN billed = 1 THEN input_side_pico_usd ELSE input_side_pico_usd + output_side_pico_usd END
            AS token_pico_usd,
        r.capacity_label,
        -- The slow truth is lcpr/capacity.py: whole numbers, rounded down.
        CAST(CAST(r.busy_pico_usd AS HUGEINT) * CASE
            WHEN r.weigh_by = 'calls' THEN 1
            WHEN r.weigh_by = 'busy_time' THEN coalesce(c.busy_us, r.mean_weight)
            WHEN c.input_tokens IS NULL AND c.output_tokens IS NULL THEN r.mean_weight
            ELSE coalesce(c.input_tokens, 0) * 1000 + coalesce(c.output_tokens, 0) * r.output_parts
        END // CAST(r.total_weight AS HUGEINT) AS BIGINT) AS capacity_pico_usd
    FROM (
        SELECT
            *,
            CASE
                WHEN capacity_route IS NOT NULL AND e2e_ms IS NOT NULL THEN least(
                    CAST(round(least(e2e_ms * 1000.0, 86400000000.0)) AS BIGINT),
                    epoch_us(CAST(CAST(started_at AS DATE) AS TIMESTAMP)) + 86400000000 - epoch_us(started_at)
                )
            END AS busy_us
        FROM priced_calls
    ) AS c
    LEFT JOIN capacity_rates AS r
        ON c.capacity_route = r.capacity_rate_route AND CAST(c.started_at AS DATE) = r.capacity_rate_on
) AS with_rates

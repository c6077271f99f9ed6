-- Latency quantiles per cell over the production calls that measured it. Reads: all_calls.
SELECT
    workload,
    route,
    quantile_disc(ttft_ms, [0.5, 0.95, 0.99]) AS ttft,
    quantile_disc(
        CASE WHEN output_tokens > 1 THEN (e2e_ms - ttft_ms) / (output_tokens - 1) END, [0.5, 0.95, 0.99]
    ) AS tpot,
    quantile_disc(e2e_ms, [0.5, 0.95, 0.99]) AS e2e
FROM all_calls
WHERE role <> 'grader'
GROUP BY workload, route

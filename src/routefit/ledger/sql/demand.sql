-- Quantiles per call of each workload over its own calls; a shadow copy is no demand. Reads: all_calls.
SELECT
    workload,
    count(*) AS calls,
    quantile_disc(input_tokens, [0.95, 0.99]) AS input_tokens,
    quantile_disc(output_tokens, 0.99) AS output_p99,
    min(started_at) AS first_started_at,
    max(started_at) AS last_started_at
FROM all_calls
WHERE role NOT IN ('grader', 'shadow')
GROUP BY workload

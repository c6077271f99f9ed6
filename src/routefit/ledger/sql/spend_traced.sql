-- Sums to hold against invoices: by provider, model, cell and span of time. Reads: all_calls, bill_spans (disjoint).
SELECT
    c.provider,
    c.model,
    c.workload,
    c.route,
    CASE WHEN c.role = 'grader' THEN 1 ELSE 0 END AS is_grading,
    s.from_at,
    s.to_at,
    count(*) AS calls,
    CAST(coalesce(sum(c.call_pico_usd), 0) AS DECIMAL(38, 0)) AS pico_usd,
    CAST(coalesce(sum(coalesce(c.input_tokens, 0) + coalesce(c.output_tokens, 0)), 0) AS BIGINT) AS known_tokens,
    count(coalesce(c.input_tokens, c.output_tokens)) AS calls_with_usage,
    count(CASE WHEN c.call_pico_usd IS NULL THEN 1 END) AS unpriced_calls,
    CAST(coalesce(sum(
        CASE WHEN c.call_pico_usd IS NULL THEN coalesce(c.input_tokens, 0) + coalesce(c.output_tokens, 0) END
    ), 0) AS BIGINT) AS unpriced_tokens
FROM all_calls AS c
INNER JOIN bill_spans AS s ON c.started_at >= s.from_at AND c.started_at < s.to_at
GROUP BY c.provider, c.model, c.workload, c.route, CASE WHEN c.role = 'grader' THEN 1 ELSE 0 END, s.from_at, s.to_at
ORDER BY c.provider, c.model, c.workload, c.route, is_grading, s.from_at

-- How many minutes of each workload had so many calls and tokens; empty minutes are not among them. Reads: all_calls.
SELECT
    workload,
    calls,
    tokens,
    count(*) AS minutes
FROM (
    SELECT
        workload,
        date_trunc('minute', started_at) AS minute,
        count(*) AS calls,
        sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) AS tokens
    FROM all_calls
    WHERE role NOT IN ('grader', 'shadow')
    GROUP BY workload, date_trunc('minute', started_at)
) AS by_minute
GROUP BY workload, calls, tokens

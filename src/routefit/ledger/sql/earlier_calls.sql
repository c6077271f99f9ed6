-- For the calls of a workload on a route how many earlier ones of the same prompt version came within a time to live,
-- weighed by their input. Reads: all_calls.
SELECT
    earlier_calls,
    CAST(sum(input_tokens) AS BIGINT) AS input_tokens,
    count(*) AS calls
FROM (
    SELECT
        input_tokens,
        count(*) OVER (
            PARTITION BY coalesce(prompt_version, '')
            ORDER BY epoch_us(started_at)
            RANGE BETWEEN CAST(? AS BIGINT) PRECEDING AND CURRENT ROW
        ) - 1 AS earlier_calls
    FROM all_calls
    WHERE workload = ? AND route = ? AND role NOT IN ('grader', 'shadow') AND input_tokens > 0
) AS counted
GROUP BY earlier_calls
ORDER BY earlier_calls

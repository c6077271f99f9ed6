-- Calls of one workload and route by the whole seconds, rounded up, since the one before with the same prompt version;
-- NULL for the first. `prefix_tokens` are those of a prefix of so many tokens. Reads: all_calls.
SELECT
    gap_s,
    CAST(count(*) AS BIGINT) AS calls,
    CAST(sum(least(input_tokens, prefix_tokens)) AS BIGINT) AS prefix_tokens
FROM (
    SELECT
        input_tokens,
        CAST(? AS BIGINT) AS prefix_tokens,
        (epoch_us(started_at) - epoch_us(lag(started_at) OVER (
            PARTITION BY prompt_version ORDER BY started_at, call_id
        )) + 999999) // 1000000 AS gap_s
    FROM all_calls
    WHERE workload = ? AND route = ? AND role NOT IN ('grader', 'shadow') AND input_tokens IS NOT NULL
) AS gaps
GROUP BY gap_s
ORDER BY gap_s

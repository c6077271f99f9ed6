-- The calls of each route that is paid by capacity, by the minute of the day in which they started: how long any of
-- them was in flight, and the sums that they are weighed by. Reads: all_calls of one UTC day.
SELECT
    capacity_route,
    start_minute,
    CAST(max(last_minute) AS INTEGER) AS last_minute,
    CAST(count(*) AS BIGINT) AS calls,
    CAST(count(busy_us) AS BIGINT) AS timed_calls,
    CAST(coalesce(sum(busy_us), 0) AS DECIMAL(38, 0)) AS busy_us,
    CAST(count(coalesce(input_tokens, output_tokens)) AS BIGINT) AS token_calls,
    CAST(coalesce(sum(input_tokens), 0) AS DECIMAL(38, 0)) AS input_tokens,
    CAST(coalesce(sum(output_tokens), 0) AS DECIMAL(38, 0)) AS output_tokens
FROM (
    SELECT
        *,
        CAST(floor(since_midnight_us / 60000000.0) AS INTEGER) AS start_minute,
        CASE
            WHEN busy_us > 0 THEN CAST(floor((since_midnight_us + busy_us - 1) / 60000000.0) AS INTEGER)
            ELSE CAST(floor(since_midnight_us / 60000000.0) AS INTEGER)
        END AS last_minute
    FROM (
        SELECT
            capacity_route,
            busy_us,
            input_tokens,
            output_tokens,
            epoch_us(started_at) - epoch_us(CAST(CAST(started_at AS DATE) AS TIMESTAMP)) AS since_midnight_us
        FROM all_calls
        WHERE capacity_route IS NOT NULL AND is_known_zero = 0
    ) AS served
) AS placed
GROUP BY capacity_route, start_minute
ORDER BY capacity_route, start_minute

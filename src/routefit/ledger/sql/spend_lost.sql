-- Calls that ended without an answer and what they cost, by how they ended. Reads: spent_calls.
SELECT
    CASE WHEN status = 'ok' THEN 'cut off' WHEN status = 'rate_limited' THEN 'rate limited' ELSE status END AS ended,
    count(*) AS calls,
    count(*) - count(call_pico_usd) AS unpriced_calls,
    CAST(coalesce(sum(call_pico_usd), 0) AS DECIMAL(38, 0)) AS pico_usd
FROM spent_calls
WHERE is_lost = 1
GROUP BY status
ORDER BY pico_usd DESC, ended

-- How many calls the units have, by workload and over all of them (workload NULL). Reads: units.
SELECT
    workload,
    count(*) AS units,
    count(CASE WHEN calls = 1 THEN 1 END) AS one_call_units,
    CAST(sum(calls) AS BIGINT) AS calls,
    quantile_disc(calls, 0.5) AS calls_per_unit_p50,
    quantile_disc(calls, 0.99) AS calls_per_unit_p99,
    max(calls) AS most_calls,
    max(epoch_us(last_started_at) - epoch_us(first_started_at)) / 86400000000.0 AS longest_days,
    CAST(sum(CASE WHEN calls > 1 THEN inferred_role_calls ELSE 0 END) AS BIGINT) AS inferred_role_calls
FROM units
GROUP BY GROUPING SETS ((workload), ())
ORDER BY workload

-- Who caused the cost of the calls that are paid by capacity. Reads: all_calls of one UTC day.
SELECT
    capacity_route,
    workload,
    route,
    CASE WHEN role = 'grader' THEN TRUE ELSE FALSE END AS is_grading,
    CAST(count(*) AS BIGINT) AS calls,
    CAST(sum(call_pico_usd) AS DECIMAL(38, 0)) AS pico_usd
FROM all_calls
WHERE basis = 'capacity'
GROUP BY capacity_route, workload, route, CASE WHEN role = 'grader' THEN TRUE ELSE FALSE END
ORDER BY 1, 2, 3, 4

-- Sums over the tasks that two routes share, by jackknife group of the first. Reads: shared_units.
SELECT
    a.workload,
    a.route AS route_a,
    b.route AS route_b,
    a.group_id,
    CAST(sum(a.pico_usd) AS DECIMAL(38, 0)) AS pico_usd_a,
    CAST(sum(b.pico_usd) AS DECIMAL(38, 0)) AS pico_usd_b,
    CAST(sum(a.is_accepted) AS BIGINT) AS accepted_a,
    CAST(sum(b.is_accepted) AS BIGINT) AS accepted_b,
    CAST(sum(a.is_accepted * b.is_accepted) AS BIGINT) AS both_accepted,
    CAST(count(*) AS BIGINT) AS units
FROM shared_units AS a
INNER JOIN shared_units AS b ON a.workload = b.workload AND a.unit_id = b.unit_id AND a.route < b.route
GROUP BY a.workload, a.route, b.route, a.group_id
ORDER BY a.workload, a.route, b.route, a.group_id

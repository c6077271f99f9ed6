-- The unit that grading calls without a route judged: the only one of their workload and unit id. Reads: units.
SELECT
    g.workload,
    g.route AS no_route,
    g.unit_id,
    min(u.route) AS route,
    min(u.home_day) AS home_day,
    min(u.group_id) AS group_id
FROM (SELECT DISTINCT workload, route, unit_id FROM units WHERE route = '') AS g
INNER JOIN units AS u ON g.workload = u.workload AND g.unit_id = u.unit_id
WHERE u.route <> '' AND u.production_calls > 0
GROUP BY g.workload, g.route, g.unit_id
HAVING count(*) = 1

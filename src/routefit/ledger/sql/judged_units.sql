-- The unit that grading calls without a route judged: the only one of their workload and unit id; of a unit and its
-- shadow copies, the unit. Reads: units.
SELECT
    workload,
    no_route,
    unit_id,
    min(route) AS route,
    min(home_day) AS home_day,
    min(group_id) AS group_id
FROM (
    SELECT
        u.workload,
        g.route AS no_route,
        u.unit_id,
        u.route,
        u.home_day,
        u.group_id,
        u.is_shadow,
        min(u.is_shadow) OVER (PARTITION BY u.workload, u.unit_id) AS least_shadow
    FROM (SELECT DISTINCT workload, route, unit_id FROM units WHERE route = '') AS g
    INNER JOIN units AS u ON g.workload = u.workload AND g.unit_id = u.unit_id
    WHERE u.route <> '' AND u.production_calls > 0
) AS candidates
WHERE is_shadow = least_shadow
GROUP BY workload, no_route, unit_id
HAVING count(*) = 1

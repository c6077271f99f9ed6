-- Of the units that a row may concern, those that were served: a shadow copy only where nothing else fits.
-- Reads: target_matches.sql as found_matches, units.
SELECT known_order, workload, route, unit_id
FROM (
    SELECT
        m.known_order,
        m.workload,
        m.route,
        m.unit_id,
        CASE WHEN s.unit_id IS NULL THEN 0 ELSE 1 END AS is_copy,
        min(CASE WHEN s.unit_id IS NULL THEN 0 ELSE 1 END) OVER (PARTITION BY m.known_order) AS least_copy
    FROM found_matches AS m
    LEFT JOIN (
        SELECT workload, route, unit_id
        FROM units
        WHERE production_calls > 0
        GROUP BY workload, route, unit_id
        HAVING min(is_shadow) = 1
    ) AS s ON m.workload = s.workload AND m.route = s.route AND m.unit_id = s.unit_id
) AS marked
WHERE is_copy = least_copy

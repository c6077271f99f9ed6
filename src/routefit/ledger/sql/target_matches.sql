-- The units that a row without a full key may concern, one row per pair. Reads: target_rows (outcomes, scores or
-- labels), unit_keys, call_keys (both distinct).
SELECT o.known_order, u.workload, u.route, u.unit_id
FROM target_rows AS o
INNER JOIN unit_keys AS u ON o.unit_id = u.unit_id
WHERE (o.workload IS NULL OR o.route IS NULL)
    AND coalesce(o.workload, u.workload) = u.workload
    AND coalesce(o.route, u.route) = u.route
UNION
SELECT o.known_order, c.workload, c.route, c.unit_id
FROM target_rows AS o
INNER JOIN call_keys AS c ON o.call_id = c.call_id
WHERE o.unit_id IS NULL
    AND o.call_id IS NOT NULL
    AND coalesce(o.workload, c.workload) = c.workload
    AND coalesce(o.route, c.route) = c.route
UNION
SELECT o.known_order, c.workload, c.route, c.unit_id
FROM target_rows AS o
INNER JOIN call_keys AS c ON o.trace_id = c.trace_id
WHERE o.unit_id IS NULL
    AND o.call_id IS NULL AND o.trace_id IS NOT NULL
    AND coalesce(o.workload, c.workload) = c.workload
    AND coalesce(o.route, c.route) = c.route
UNION
SELECT o.known_order, c.workload, c.route, c.unit_id
FROM target_rows AS o
INNER JOIN call_keys AS c ON o.session_id = c.session_id
WHERE o.unit_id IS NULL
    AND o.call_id IS NULL AND o.trace_id IS NULL
    AND coalesce(o.workload, c.workload) = c.workload
    AND coalesce(o.route, c.route) = c.route

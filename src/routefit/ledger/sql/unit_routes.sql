-- The assigned route of units whose calls name no route and were served by several models: an agent's helper model, an
-- embedding before the answer, a fallback. Where the first call failed its route was the one assigned; else the route
-- of the unit that gives the most output in its workload. Reads: routed_calls (calls that name no route, with their own).
SELECT
    u.workload,
    u.unit_id,
    CASE WHEN u.first_failed = 1 THEN u.first_route ELSE u.leading_route END AS route,
    u.first_on,
    u.last_on
FROM (
    SELECT
        c.workload,
        c.unit_id,
        arg_min(c.route, CASE WHEN c.is_answer = 1 THEN c.place END) AS first_route,
        arg_min(c.is_failed, CASE WHEN c.is_answer = 1 THEN c.place END) AS first_failed,
        arg_min(c.route, r.route_rank) AS leading_route,
        min(CAST(c.started_at AS DATE)) AS first_on,
        max(CAST(c.started_at AS DATE)) AS last_on
    FROM (
        SELECT
            *,
            row_number() OVER (PARTITION BY workload, unit_id ORDER BY started_at, call_id) AS place
        FROM routed_calls
    ) AS c
    INNER JOIN (
        SELECT
            workload,
            route,
            row_number() OVER (PARTITION BY workload ORDER BY output_tokens DESC, calls DESC, route) AS route_rank
        FROM (
            SELECT
                workload,
                route,
                sum(CASE WHEN is_answer = 1 THEN coalesce(output_tokens, 0) ELSE 0 END) AS output_tokens,
                count(*) AS calls
            FROM routed_calls
            GROUP BY workload, route
        ) AS sums
    ) AS r ON c.workload = r.workload AND c.route = r.route
    GROUP BY c.workload, c.unit_id
    HAVING count(DISTINCT c.route) > 1
) AS u

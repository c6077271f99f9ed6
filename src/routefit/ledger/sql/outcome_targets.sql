-- Every outcome that concerns exactly one unit, with that unit's key. Reads: outcome_rows, unit_keys, call_keys.
-- An outcome that names workload, route and unit needs no look-up; one that fits several units is left out.
SELECT
    workload,
    route,
    unit_id,
    accepted,
    sampled,
    escalated,
    within_slo,
    compliant,
    human_minutes,
    human_pico_usd,
    known_order
FROM outcome_rows
WHERE unit_id IS NOT NULL AND workload IS NOT NULL AND route IS NOT NULL
UNION ALL
SELECT
    f.workload,
    f.route,
    f.unit_id,
    o.accepted,
    o.sampled,
    o.escalated,
    o.within_slo,
    o.compliant,
    o.human_minutes,
    o.human_pico_usd,
    o.known_order
FROM outcome_rows AS o
INNER JOIN (
    SELECT
        known_order,
        min(workload) AS workload,
        min(route) AS route,
        min(unit_id) AS unit_id
    FROM outcome_matches
    GROUP BY known_order
    HAVING count(*) = 1
) AS f ON o.known_order = f.known_order

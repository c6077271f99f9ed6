-- The verdict of each rule on each unit, where it has one: the latest value when it rejects, else the latest settled
-- one among the acceptances that nothing has contradicted since. The slow truth is lcpr/verdict.py.
-- The order has the authority of the rule in the bits from 122 on: 30 for the first rule, 29 for the second.
-- Reads: score_verdicts.
SELECT
    workload,
    route,
    unit_id,
    rank,
    accepted,
    sampled,
    evaluated_by,
    suite_version,
    CAST(31 - rank AS HUGEINT) * 5316911983139663491615228241121378304 + known_order AS known_order
FROM (
    SELECT
        workload,
        route,
        unit_id,
        rank,
        accepted,
        is_settled,
        sampled,
        evaluated_by,
        suite_version,
        known_order,
        max(known_order) OVER (PARTITION BY workload, route, unit_id, rank) AS last_order,
        coalesce(max(CASE WHEN accepted THEN NULL ELSE known_order END)
            OVER (PARTITION BY workload, route, unit_id, rank), -1) AS contradicted_order,
        coalesce(max(CASE WHEN accepted AND is_settled THEN known_order END)
            OVER (PARTITION BY workload, route, unit_id, rank), -1) AS settled_order
    FROM score_verdicts
) AS said
WHERE (accepted = FALSE AND known_order = last_order)
    OR (accepted AND known_order = settled_order AND known_order > contradicted_order)

-- What people and each rule said of the units that both judged, per home day, cell, rule and version. Of one person
-- the latest label counts, of several the majority; a tie says nothing. Reads: units, label_targets, rule_verdicts.
SELECT
    u.home_day,
    u.workload,
    u.route,
    v.rank,
    v.suite_version,
    CAST(count(CASE WHEN l.accepted AND v.accepted THEN 1 END) AS BIGINT) AS both_accept_units,
    CAST(count(CASE WHEN NOT l.accepted AND NOT v.accepted THEN 1 END) AS BIGINT) AS both_reject_units,
    CAST(count(CASE WHEN NOT l.accepted AND v.accepted THEN 1 END) AS BIGINT) AS only_rule_accepts_units,
    CAST(count(CASE WHEN l.accepted AND NOT v.accepted THEN 1 END) AS BIGINT) AS only_people_accept_units
FROM units AS u
INNER JOIN rule_verdicts AS v
    ON u.workload = v.workload AND u.route = v.route AND u.unit_id = v.unit_id AND u.production_calls > 0
INNER JOIN (
    SELECT
        workload,
        route,
        unit_id,
        sum(CASE WHEN accepted THEN 1 ELSE -1 END) > 0 AS accepted
    FROM (
        SELECT workload, route, unit_id, arg_max(accepted, known_order) AS accepted
        FROM label_targets
        GROUP BY workload, route, unit_id, coalesce(labelled_by, '')
    ) AS by_person
    WHERE accepted IS NOT NULL
    GROUP BY workload, route, unit_id
    HAVING sum(CASE WHEN accepted THEN 1 ELSE -1 END) <> 0
) AS l ON v.workload = l.workload AND v.route = l.route AND v.unit_id = l.unit_id
GROUP BY u.home_day, u.workload, u.route, v.rank, v.suite_version

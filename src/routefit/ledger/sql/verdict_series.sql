-- Verdicts that decided units, per home day, cell, source and version; microseconds since 1970, 0 where no verdict
-- has a time. Rank 0 is an imported outcome. Reads: units, outcomes_latest, outcome_targets.
SELECT
    u.home_day,
    u.workload,
    u.route,
    CAST(31 - (o.verdict_order >> 122) AS BIGINT) AS rank,
    s.evaluated_by,
    s.suite_version,
    CAST(count(*) AS BIGINT) AS units,
    CAST(count(CASE WHEN o.accepted THEN 1 END) AS BIGINT) AS accepted_units,
    CAST(count(CASE WHEN o.verdict_time > 0 THEN 1 END) AS BIGINT) AS dated_units,
    CAST(coalesce(min(CASE WHEN o.verdict_time > 0 THEN o.verdict_time END), 0) AS BIGINT) AS first_decided_us,
    CAST(coalesce(max(o.verdict_time), 0) AS BIGINT) AS last_decided_us
FROM units AS u
INNER JOIN (
    SELECT *, CAST((verdict_order >> 70) & 4503599627370495 AS BIGINT) AS verdict_time
    FROM outcomes_latest
    WHERE accepted IS NOT NULL
) AS o ON u.unit_hash >> 1 = o.key_hash AND u.unit_id = o.unit_id AND u.production_calls > 0
INNER JOIN (
    SELECT DISTINCT hash(evaluated_by, suite_version) AS series_hash, evaluated_by, suite_version
    FROM outcome_targets
    WHERE accepted IS NOT NULL
) AS s ON o.series_hash = s.series_hash
GROUP BY u.home_day, u.workload, u.route, rank, s.evaluated_by, s.suite_version

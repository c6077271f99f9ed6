-- Units that were accepted, or would be if their verdict were good, by route and UTC hour of the unit's first call.
-- Shadow copies are no demand. Reads: accepted_units (acceptance.sql).
SELECT
    route,
    date_trunc('hour', first_started_at) AS hour_at,
    CAST(count(CASE WHEN reason IS NULL THEN 1 END) AS BIGINT) AS accepted_units,
    CAST(count(CASE WHEN other_reason IS NULL THEN 1 END) AS BIGINT) AS eligible_units
FROM accepted_units
WHERE workload = ? AND is_shadow = 0
GROUP BY route, date_trunc('hour', first_started_at)
ORDER BY route, hour_at

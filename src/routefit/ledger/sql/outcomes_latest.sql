-- The latest known outcome of each unit, field by field, and the verdict of the most authoritative source that has
-- one. Reads: outcome_targets (outcomes with their unit's key, and the verdicts of rules). The order holds the
-- authority of the source in the bits from 122 on (31: an outcome), then when it was decided, then how it came.
SELECT
    workload,
    route,
    unit_id,
    CAST(hash(workload, route, unit_id) >> 2 AS BIGINT) AS key_hash,
    arg_max(accepted, known_order) AS accepted,
    arg_max(CASE WHEN accepted IS NOT NULL THEN coalesce(sampled, 'all') END, known_order) AS sampled,
    max(CASE WHEN accepted IS NOT NULL THEN known_order END) AS verdict_order,
    arg_max(CASE WHEN accepted IS NOT NULL THEN hash(evaluated_by, suite_version) END, known_order) AS series_hash,
    arg_max(escalated, known_order) AS escalated,
    arg_max(within_slo, known_order) AS within_slo,
    arg_max(compliant, known_order) AS compliant,
    arg_max(human_minutes, known_order) AS human_minutes,
    arg_max(human_pico_usd, known_order) AS human_pico_usd
FROM outcome_targets
GROUP BY workload, route, unit_id

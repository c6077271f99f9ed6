-- Decided units of tasks that ran on several routes. Reads: accepted_units (of such tasks only).
SELECT
    workload,
    route,
    unit_id,
    min(group_id) AS group_id,
    CAST(sum(
        coalesce(inference_pico_usd, 0) + coalesce(eval_pico_usd, 0) + coalesce(known_human_pico_usd, 0)
    ) AS DECIMAL(38, 0)) AS pico_usd,
    max(CASE WHEN reason IS NULL THEN 1 ELSE 0 END) AS is_accepted
FROM accepted_units
WHERE production_calls > 0
    AND (reason IS NULL OR reason NOT IN ('no_verdict', 'slo_not_measured'))
GROUP BY workload, route, unit_id

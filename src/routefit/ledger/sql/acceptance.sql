-- One row per unit with the first reason why it is not accepted (NULL: accepted) and what people cost.
-- The slow truth is lcpr/acceptance.py; a property test holds both equal.
-- Grading calls whose unit has no call of its own are no unit; their cost still counts in the cell.
-- Reads: units, outcomes_latest, rules (one row per workload).
SELECT
    *,
    CASE
        WHEN verdict = FALSE THEN 'failed_verdict'
        WHEN other_reason <> 'slo_not_measured' THEN other_reason
        WHEN verdict IS NULL THEN 'no_verdict'
        ELSE other_reason
    END AS reason
FROM (
    SELECT
        u.*,
        o.accepted AS verdict,
        o.sampled,
        coalesce(o.escalated, FALSE) AS is_escalated,
        o.verdict_order >> 122 = 31 AS is_outcome_verdict,
        CASE
            WHEN u.production_calls = 0 THEN 'not_a_unit'
            WHEN o.escalated AND NOT r.human_gate THEN 'escalated'
            WHEN u.accepting_has_no_answer = 1 THEN 'no_usable_answer'
            WHEN (r.slo_ttft_ms IS NOT NULL AND u.accepting_ttft_ms >= 0 AND u.accepting_ttft_ms > r.slo_ttft_ms)
                OR (r.slo_tpot_ms IS NOT NULL AND u.accepting_ttft_ms >= 0 AND u.accepting_e2e_ms >= 0
                    AND u.accepting_output_tokens > 1
                    AND (u.accepting_e2e_ms - u.accepting_ttft_ms) / (u.accepting_output_tokens - 1) > r.slo_tpot_ms)
                OR (r.slo_e2e_ms IS NOT NULL AND u.accepting_e2e_ms >= 0
                    AND CASE WHEN r.slo_is_unit_scope THEN u.unit_e2e_us / 1000.0 ELSE u.accepting_e2e_ms END
                    > r.slo_e2e_ms)
                THEN 'slo_exceeded'
            WHEN o.within_slo = FALSE THEN 'outside_slo'
            WHEN o.compliant = FALSE THEN 'not_compliant'
            WHEN u.is_region_allowed = 0 THEN 'region_not_allowed'
            WHEN r.retry_budget IS NOT NULL AND u.retries > r.retry_budget THEN 'over_retry_budget'
            WHEN (r.slo_ttft_ms IS NOT NULL AND u.accepting_ttft_ms < 0)
                OR (r.slo_tpot_ms IS NOT NULL
                    AND (u.accepting_output_tokens < 0
                        OR (u.accepting_output_tokens > 1 AND (u.accepting_ttft_ms < 0 OR u.accepting_e2e_ms < 0))))
                OR (r.slo_e2e_ms IS NOT NULL AND u.accepting_e2e_ms < 0)
                THEN 'slo_not_measured'
        END AS other_reason,
        coalesce(o.human_pico_usd, 0) AS human_measured_pico_usd,
        coalesce(
            o.human_pico_usd,
            CASE WHEN o.human_minutes * r.human_pico_usd_per_hour < 1e18
                THEN CAST(round(o.human_minutes * r.human_pico_usd_per_hour / 60) AS BIGINT)
            END,
            CASE WHEN o.escalated THEN r.human_pico_usd_per_case END
        ) AS known_human_pico_usd,
        coalesce(o.escalated, FALSE) OR coalesce(o.human_minutes, 0) > 0 AS had_people
    FROM units AS u
    INNER JOIN rules AS r ON u.workload = r.workload
    -- The hash of the key finds the outcome, the unit id makes sure.
    LEFT JOIN outcomes_latest AS o
        ON u.unit_hash >> 1 = o.key_hash AND u.unit_id = o.unit_id AND u.production_calls > 0
) AS tested

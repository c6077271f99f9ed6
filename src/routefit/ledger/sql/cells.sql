-- Totals that add up, per day of the units' first call, cell and jackknife group; the columns are those of
-- lcpr.totals.Totals. Reads: accepted_units (acceptance.sql).
SELECT
    home_day,
    workload,
    route,
    group_id,
    CAST(count(CASE WHEN production_calls > 0 THEN 1 END) AS BIGINT) AS units,
    CAST(coalesce(sum(is_shadow), 0) AS BIGINT) AS shadow_units,
    CAST(count(CASE WHEN reason IS NULL THEN 1 END) AS BIGINT) AS accepted_units,
    CAST(count(CASE WHEN other_reason IS NULL THEN 1 END) AS BIGINT) AS eligible_units,
    CAST(count(CASE WHEN verdict IS NOT NULL THEN 1 END) AS BIGINT) AS evaluated_units,
    CAST(count(CASE WHEN is_outcome_verdict THEN 1 END) AS BIGINT) AS outcome_verdict_units,
    CAST(count(CASE WHEN verdict IS NOT NULL AND sampled IN ('random', 'stratified') THEN 1 END) AS BIGINT)
        AS sampled_units,
    CAST(count(CASE WHEN verdict IS NOT NULL AND sampled = 'self_selected' AND reason IS NULL THEN 1 END) AS BIGINT)
        AS self_selected_accepted_units,
    CAST(count(
        CASE
            WHEN verdict IS NOT NULL AND sampled = 'self_selected'
                AND (reason IS NULL OR reason NOT IN ('no_verdict', 'slo_not_measured')) THEN 1
        END
    ) AS BIGINT) AS self_selected_decided_units,
    CAST(count(
        CASE WHEN verdict IS NOT NULL AND sampled IN ('random', 'stratified') AND other_reason IS NULL THEN 1 END
    ) AS BIGINT) AS evaluated_eligible_units,
    CAST(count(
        CASE WHEN reason IS NULL AND sampled IN ('random', 'stratified') THEN 1 END
    ) AS BIGINT) AS evaluated_accepted_units,
    CAST(count(CASE WHEN reason = 'failed_verdict' THEN 1 END) AS BIGINT) AS failed_verdict_units,
    CAST(count(CASE WHEN reason = 'escalated' THEN 1 END) AS BIGINT) AS escalated_reason_units,
    CAST(count(CASE WHEN reason = 'no_usable_answer' THEN 1 END) AS BIGINT) AS no_usable_answer_units,
    CAST(count(CASE WHEN reason = 'slo_exceeded' THEN 1 END) AS BIGINT) AS slo_exceeded_units,
    CAST(count(CASE WHEN reason = 'outside_slo' THEN 1 END) AS BIGINT) AS outside_slo_units,
    CAST(count(CASE WHEN reason = 'not_compliant' THEN 1 END) AS BIGINT) AS not_compliant_units,
    CAST(count(CASE WHEN reason = 'region_not_allowed' THEN 1 END) AS BIGINT) AS region_not_allowed_units,
    CAST(count(CASE WHEN reason = 'over_retry_budget' THEN 1 END) AS BIGINT) AS over_retry_budget_units,
    CAST(count(CASE WHEN reason = 'no_verdict' THEN 1 END) AS BIGINT) AS no_verdict_units,
    CAST(count(CASE WHEN reason = 'slo_not_measured' THEN 1 END) AS BIGINT) AS slo_not_measured_units,
    CAST(count(CASE WHEN is_escalated THEN 1 END) AS BIGINT) AS escalated_units,
    CAST(count(
        CASE WHEN reason IS NULL AND retries = 0 AND repairs = 0 AND fallbacks = 0 THEN 1 END
    ) AS BIGINT) AS first_pass_units,
    CAST(count(CASE WHEN retries > 0 THEN 1 END) AS BIGINT) AS retry_units,
    CAST(count(CASE WHEN repairs > 0 THEN 1 END) AS BIGINT) AS repair_units,
    CAST(count(CASE WHEN fallbacks > 0 THEN 1 END) AS BIGINT) AS fallback_units,
    CAST(count(CASE WHEN reason IS NULL AND repairs > 0 THEN 1 END) AS BIGINT) AS repaired_accepted_units,
    CAST(count(
        CASE WHEN repairs > 0 AND (reason IS NULL OR reason NOT IN ('no_verdict', 'slo_not_measured')) THEN 1 END
    ) AS BIGINT) AS repaired_decided_units,
    CAST(count(
        CASE WHEN unpriced_no_usage_calls + unpriced_no_price_calls + unpriced_zero_calls > 0 THEN 1 END
    ) AS BIGINT) AS unpriced_units,
    CAST(count(CASE WHEN production_calls = 1 THEN 1 END) AS BIGINT) AS one_call_units,
    CAST(coalesce(sum(calls), 0) AS BIGINT) AS calls,
    CAST(coalesce(sum(production_calls), 0) AS BIGINT) AS production_calls,
    CAST(coalesce(sum(attempts), 0) AS BIGINT) AS attempts,
    CAST(coalesce(sum(error_calls), 0) AS BIGINT) AS error_calls,
    CAST(coalesce(sum(timeout_calls), 0) AS BIGINT) AS timeout_calls,
    CAST(coalesce(sum(calls - production_calls), 0) AS BIGINT) AS grader_calls,
    CAST(coalesce(sum(CASE WHEN calls > 1 THEN inferred_role_calls END), 0) AS BIGINT) AS inferred_role_calls,
    CAST(coalesce(sum(
        unpriced_no_usage_calls + unpriced_no_price_calls + unpriced_zero_calls
    ), 0) AS BIGINT) AS unpriced_calls,
    CAST(coalesce(sum(unpriced_no_usage_calls), 0) AS BIGINT) AS unpriced_no_usage_calls,
    CAST(coalesce(sum(unpriced_no_price_calls), 0) AS BIGINT) AS unpriced_no_price_calls,
    CAST(coalesce(sum(unpriced_zero_calls), 0) AS BIGINT) AS unpriced_zero_calls,
    CAST(coalesce(sum(unpriced_grader_calls), 0) AS BIGINT) AS unpriced_grader_calls,
    CAST(coalesce(sum(mismatch_calls), 0) AS BIGINT) AS mismatch_calls,
    CAST(coalesce(sum(mismatch_pico_usd), 0) AS DECIMAL(38, 0)) AS mismatch_pico_usd,
    CAST(coalesce(sum(billing_unknown_calls), 0) AS BIGINT) AS billing_unknown_calls,
    CAST(coalesce(sum(input_tokens), 0) AS BIGINT) AS input_tokens,
    CAST(coalesce(sum(output_tokens), 0) AS BIGINT) AS output_tokens,
    CAST(coalesce(sum(cache_known_input_tokens), 0) AS BIGINT) AS cache_known_input_tokens,
    CAST(coalesce(sum(cached_input_tokens), 0) AS BIGINT) AS cached_input_tokens,
    CAST(count(CASE WHEN planned_input_tokens IS NOT NULL THEN 1 END) AS BIGINT) AS input_known_units,
    CAST(coalesce(sum(planned_input_tokens), 0) AS BIGINT) AS planned_input_tokens,
    CAST(coalesce(sum(
        CAST(planned_input_tokens AS DECIMAL(38, 0)) * planned_input_tokens
    ), 0) AS DECIMAL(38, 0)) AS planned_input_tokens_squared,
    CAST(coalesce(sum(CASE WHEN production_calls > 0 THEN planned_calls END), 0) AS BIGINT) AS planned_calls,
    CAST(coalesce(sum(
        CASE WHEN production_calls > 0 THEN CAST(planned_calls AS BIGINT) * planned_calls END
    ), 0) AS DECIMAL(38, 0)) AS planned_calls_squared,
    CAST(coalesce(sum(inference_pico_usd), 0) AS DECIMAL(38, 0)) AS inference_pico_usd,
    CAST(coalesce(sum(eval_pico_usd), 0) AS DECIMAL(38, 0)) AS eval_pico_usd,
    CAST(coalesce(sum(known_human_pico_usd), 0) AS DECIMAL(38, 0)) AS human_pico_usd,
    CAST(coalesce(sum(human_measured_pico_usd), 0) AS DECIMAL(38, 0)) AS human_measured_pico_usd,
    CAST(count(
        CASE WHEN known_human_pico_usd IS NULL AND had_people THEN 1 END
    ) AS BIGINT) AS human_unknown_cases,
    CAST(coalesce(sum(measured_cost_pico_usd), 0) AS DECIMAL(38, 0)) AS measured_cost_pico_usd,
    CAST(coalesce(sum(contracted_cost_pico_usd), 0) AS DECIMAL(38, 0)) AS contracted_cost_pico_usd,
    CAST(coalesce(sum(public_cost_pico_usd), 0) AS DECIMAL(38, 0)) AS public_cost_pico_usd,
    CAST(coalesce(sum(estimated_cost_pico_usd), 0) AS DECIMAL(38, 0)) AS estimated_cost_pico_usd
FROM accepted_units
GROUP BY home_day, workload, route, group_id

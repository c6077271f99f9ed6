-- What a window holds, and what of it no rule and no log attributes. Reads: grouping_window (costed calls).
SELECT
    count(*) AS calls,
    CAST(coalesce(sum(call_pico_usd), 0) AS DECIMAL(38, 0)) AS pico_usd,
    count(CASE WHEN workload = 'unattributed' AND rule_no = 0 THEN 1 END) AS open_calls,
    count(CASE WHEN workload = 'unattributed' AND rule_no > 0 THEN 1 END) AS ruled_calls,
    count(CASE WHEN workload <> 'unattributed' AND rule_no = 0 THEN 1 END) AS logged_calls,
    count(CASE WHEN call_pico_usd IS NULL THEN 1 END) AS unpriced_calls
FROM grouping_window

-- What the calls of a window went for, by the keys asked for (a list); each call counts in exactly one category.
-- A call without a known cost counts as a call and adds nothing. Reads: spent_calls (all_calls with spend_key and
-- is_lost), accepted_units (acceptance.sql).
SELECT
    spend_key,
    category,
    count(*) AS calls,
    count(*) - count(call_pico_usd) AS unpriced_calls,
    CAST(coalesce(sum(call_pico_usd), 0) AS DECIMAL(38, 0)) AS pico_usd
FROM (
    SELECT
        c.spend_key,
        c.call_pico_usd,
        CASE
            WHEN c.role = 'grader' THEN 'grading'
            WHEN c.is_lost = 1 OR c.role = 'retry' THEN 'wasted'
            WHEN u.unit_id IS NULL OR u.reason IN ('no_verdict', 'slo_not_measured') THEN 'undecided'
            WHEN u.reason IS NULL THEN 'accepted'
            ELSE 'wasted'
        END AS category
    FROM spent_calls AS c
    LEFT JOIN accepted_units AS u
        ON c.workload = u.workload
        AND c.route = u.route
        AND c.unit_id = u.unit_id
        AND c.is_shadow = u.is_shadow
) AS sorted_calls
GROUP BY spend_key, category
ORDER BY spend_key, category

-- The production calls of the units that are at home in a window, wherever the calls fall. Reads: all_calls (from the
-- window's start on), travelling_units, change_window (one row: start_on, end_on).
SELECT c.*
FROM all_calls AS c
CROSS JOIN change_window AS w
LEFT JOIN travelling_units AS t
    ON c.workload = t.workload AND c.route = t.route AND c.unit_id = t.unit_id AND c.is_shadow = t.is_shadow
WHERE c.role <> 'grader'
    AND CASE
        WHEN CAST(c.started_at AS DATE) < w.end_on THEN t.home_day IS NULL OR t.home_day >= w.start_on
        ELSE t.home_day >= w.start_on
    END

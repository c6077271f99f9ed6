-- Units with calls on both sides of a window's edge: at home before it, or going on after it. Reads: units (at home
-- before the window's end), change_window (one row: start_on, end_on).
SELECT
    u.workload,
    u.route,
    u.unit_id,
    u.is_shadow,
    u.home_day,
    u.last_on
FROM units AS u
CROSS JOIN change_window AS w
WHERE u.production_calls > 0
    AND ((u.home_day < w.start_on AND u.last_on >= w.start_on) OR (u.home_day >= w.start_on AND u.last_on >= w.end_on))

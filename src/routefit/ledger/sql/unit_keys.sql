-- How units were formed: which key the calls carry, and how many calls a unit has. Reads: calls, units.
SELECT
    (SELECT count(unit_id) FROM calls) AS unit_id_calls,
    (SELECT count(CASE WHEN unit_id IS NULL AND trace_id IS NOT NULL THEN 1 END) FROM calls) AS trace_id_calls,
    (
        SELECT count(CASE WHEN unit_id IS NULL AND trace_id IS NULL AND session_id IS NOT NULL THEN 1 END)
        FROM calls
    ) AS session_id_calls,
    (SELECT count(*) FROM calls) AS calls,
    count(*) AS units,
    count(CASE WHEN calls = 1 THEN 1 END) AS one_call_units,
    quantile_disc(calls, 0.5) AS calls_per_unit_p50,
    quantile_disc(calls, 0.99) AS calls_per_unit_p99,
    max(calls) AS most_calls
FROM units

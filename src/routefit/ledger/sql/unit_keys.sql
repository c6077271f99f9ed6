-- Which field the units of each workload came from, by calls. Reads: calls (attributed).
SELECT
    coalesce(workload, 'unattributed') AS workload,
    unit_key,
    count(*) AS calls
FROM calls
GROUP BY coalesce(workload, 'unattributed'), unit_key

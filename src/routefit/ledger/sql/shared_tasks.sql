-- Tasks of a workload that ran on more than one route. Reads: units.
SELECT workload, unit_id
FROM units
WHERE production_calls > 0
GROUP BY workload, unit_id
HAVING count(DISTINCT route) > 1

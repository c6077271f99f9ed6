-- Who used the routes that are paid by capacity, by route, day and the keys asked for (a list). Reads: spent_calls.
SELECT
    capacity_route,
    CAST(started_at AS DATE) AS used_on,
    spend_key,
    CAST(sum(call_pico_usd) AS DECIMAL(38, 0)) AS pico_usd
FROM spent_calls
WHERE basis = 'capacity'
GROUP BY capacity_route, CAST(started_at AS DATE), spend_key
ORDER BY capacity_route, used_on, spend_key

-- Long sessions cut into units where nothing ran for the rule's idle minutes: one row per piece. A unit is named by its
-- key and the start of its piece; `until_at` is the start of the next one. Reads: idle_calls (workload, key_text, started_at, e2e_ms, idle_minutes).
SELECT
    workload,
    key_text,
    from_at,
    to_at,
    coalesce(lead(from_at) OVER (PARTITION BY workload, key_text ORDER BY from_at), TIMESTAMP '9999-12-31')
        AS until_at,
    key_text || '@' || strftime(from_at, '%Y-%m-%dT%H:%M:%S.%fZ') AS unit_id,
    CAST(from_at AS DATE) AS first_on,
    CAST(to_at AS DATE) AS last_on
FROM (
    SELECT
        workload,
        key_text,
        min(started_at) AS from_at,
        max(started_at) AS to_at
    FROM (
        SELECT
            workload,
            key_text,
            started_at,
            sum(is_cut) OVER (
                PARTITION BY workload, key_text
                ORDER BY started_at
                RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS piece
        FROM (
            SELECT
                workload,
                key_text,
                started_at,
                CASE
                    WHEN epoch_us(started_at) - max(epoch_us(started_at) + coalesce(e2e_ms, 0) * 1000) OVER (
                        PARTITION BY workload, key_text
                        ORDER BY started_at
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                    ) > idle_minutes * 60000000 THEN 1
                    ELSE 0
                END AS is_cut
            FROM idle_calls
        ) AS gaps
    ) AS pieces
    GROUP BY workload, key_text, piece
) AS spans

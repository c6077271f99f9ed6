-- What every score says under each rule of its workload that reads it; NULL is unknown.
-- The slow truth is declared/verdict.py; a property test holds both equal.
-- Reads: score_targets (scores with their unit's key), verdict_rules (one row per workload and rule), verdict_words.
SELECT
    s.workload,
    s.route,
    s.unit_id,
    s.rank,
    CASE
        WHEN w.accepted THEN TRUE
        WHEN CASE s.accept_operator
            WHEN '>=' THEN s.number >= s.accept_limit
            WHEN '>' THEN s.number > s.accept_limit
            WHEN '<=' THEN s.number <= s.accept_limit
            WHEN '<' THEN s.number < s.accept_limit
            WHEN '==' THEN s.number = s.accept_limit
            WHEN '!=' THEN s.number <> s.accept_limit
        END THEN TRUE
        WHEN NOT w.accepted THEN FALSE
        WHEN CASE s.reject_operator
            WHEN '>=' THEN s.number >= s.reject_limit
            WHEN '>' THEN s.number > s.reject_limit
            WHEN '<=' THEN s.number <= s.reject_limit
            WHEN '<' THEN s.number < s.reject_limit
            WHEN '==' THEN s.number = s.reject_limit
            WHEN '!=' THEN s.number <> s.reject_limit
        END THEN FALSE
        WHEN s.rejects_the_rest AND (s.number IS NOT NULL OR (s.accept_operator IS NULL AND s.value IS NOT NULL))
            THEN FALSE
    END AS accepted,
    s.needs_no_settling OR coalesce(s.decided_at <= s.settled_until, FALSE) AS is_settled,
    s.sampled,
    s.evaluated_by,
    s.suite_version,
    s.known_order
FROM (
    SELECT
        t.workload,
        t.route,
        t.unit_id,
        t.value,
        t.decided_at,
        t.evaluated_by,
        t.suite_version,
        t.known_order,
        coalesce(r.sampled, t.sampled, r.default_sampled) AS sampled,
        r.rank,
        r.accept_operator,
        r.accept_limit,
        r.reject_operator,
        r.reject_limit,
        r.rejects_the_rest,
        r.needs_no_settling,
        r.settled_until,
        CASE
            WHEN regexp_matches(t.value, '^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$') THEN
                CASE WHEN abs(TRY_CAST(t.value AS DOUBLE)) < 1e300 THEN TRY_CAST(t.value AS DOUBLE) END
            WHEN lower(t.value) = 'true' THEN 1.0
            WHEN lower(t.value) = 'false' THEN 0.0
        END AS number
    FROM score_targets AS t
    INNER JOIN verdict_rules AS r
        ON t.workload = r.workload
        AND coalesce(t.judgement, 'score') = r.judgement
        AND (r.name IS NULL OR r.name = t.name)
) AS s
LEFT JOIN verdict_words AS w ON s.workload = w.workload AND s.rank = w.rank AND lower(s.value) = w.word

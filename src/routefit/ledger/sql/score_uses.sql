-- How many scores there are of each kind and name, how many a rule of their workload reads, and how many of these
-- say neither yes nor no. Reads: score_rows, score_targets, verdict_rules, score_verdicts.
SELECT
    a.judgement,
    a.name,
    CAST(a.scores AS BIGINT) AS scores,
    CAST(coalesce(r.read_scores, 0) AS BIGINT) AS read_scores,
    CAST(coalesce(r.undecided_scores, 0) AS BIGINT) AS undecided_scores,
    CAST(coalesce(r.unsettled_scores, 0) AS BIGINT) AS unsettled_scores
FROM (
    SELECT coalesce(judgement, 'score') AS judgement, name, count(*) AS scores
    FROM score_rows
    GROUP BY coalesce(judgement, 'score'), name
) AS a
LEFT JOIN (
    SELECT
        judgement,
        name,
        count(*) AS read_scores,
        sum(is_undecided) AS undecided_scores,
        sum(is_unsettled) AS unsettled_scores
    FROM (
        SELECT
            coalesce(t.judgement, 'score') AS judgement,
            t.name,
            min(CASE WHEN v.accepted IS NULL THEN 1 ELSE 0 END) AS is_undecided,
            max(CASE WHEN v.accepted AND NOT v.is_settled THEN 1 ELSE 0 END) AS is_unsettled
        FROM score_targets AS t
        INNER JOIN score_verdicts AS v ON t.known_order = v.known_order
        GROUP BY t.known_order, t.judgement, t.name
    ) AS each_score
    GROUP BY judgement, name
) AS r ON a.judgement = r.judgement AND a.name IS NOT DISTINCT FROM r.name
ORDER BY a.scores DESC, a.judgement, a.name
LIMIT 500

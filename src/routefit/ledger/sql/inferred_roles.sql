-- Roles that nobody gave, from the order of a unit's calls: the same input again after a failure is a retry, other input
-- after a failure a repair, another model after a failure a fallback, anything else a further step.
-- Reads: uninferred_calls (whole units of costed calls).
SELECT
    * EXCLUDE (place, previous_failed, is_same_model, is_same_input)
        REPLACE (
            CASE
                WHEN has_no_role = 0 OR role = 'fallback' OR place = 1 THEN role
                WHEN previous_failed = 0 THEN 'step'
                WHEN is_same_model = 0 THEN 'fallback'
                WHEN is_same_input = 1 THEN 'retry'
                ELSE 'repair'
            END AS role,
            CASE WHEN has_no_role = 1 AND place > 1 THEN 1 ELSE 0 END AS has_no_role
        )
FROM (
    SELECT
        *,
        row_number() OVER calls_of_unit AS place,
        CASE WHEN lag(status) OVER calls_of_unit <> 'ok' THEN 1 ELSE 0 END AS previous_failed,
        CASE
            WHEN lag(provider) OVER calls_of_unit <> provider
                OR lag(served_model) OVER calls_of_unit <> served_model THEN 0
            ELSE 1
        END AS is_same_model,
        -- A failed call often logs no usage: then nothing says that its input was another one.
        CASE
            WHEN lag(input_tokens) OVER calls_of_unit > 0 AND input_tokens > 0
                AND lag(input_tokens) OVER calls_of_unit <> input_tokens THEN 0
            ELSE 1
        END AS is_same_input
    FROM uninferred_calls
    WINDOW calls_of_unit AS (
        PARTITION BY workload, route, unit_id, is_shadow, CASE WHEN role IN ('grader', 'subagent') THEN 1 ELSE 0 END
        ORDER BY started_at, call_id
    )
) AS ordered

-- How one key groups calls: for every set of profiles that values of the key join, its size. Reads: keyed_calls
-- (profile, key_value, started_at); calls without the key are not in it.
SELECT
    profiles,
    profile,
    count(*) AS key_values,
    CAST(sum(calls) AS BIGINT) AS calls,
    CAST(max(all_calls_of_value) AS BIGINT) AS most_calls,
    CAST(max(span_us) AS BIGINT) AS longest_us
FROM (
    SELECT
        key_value,
        profile,
        calls,
        list_sort(list(profile) OVER of_value) AS profiles,
        sum(calls) OVER of_value AS all_calls_of_value,
        epoch_us(max(last_at) OVER of_value) - epoch_us(min(first_at) OVER of_value) AS span_us
    FROM (
        SELECT
            key_value,
            profile,
            count(*) AS calls,
            min(started_at) AS first_at,
            max(started_at) AS last_at
        FROM keyed_calls
        GROUP BY key_value, profile
    ) AS of_profiles
    WINDOW of_value AS (PARTITION BY key_value)
) AS of_values
GROUP BY profiles, profile

-- What a change of cost is split from (lcpr/change_inputs.py): sums over production calls by workload, route, kind of
-- call and who served. The parts of a call's cost are those of its tokens by price; a reported cost is split in their
-- proportion, or evenly over the tokens where no price is known. What belongs to no token, rounding too, is flat.
-- Reads: costed_calls.
SELECT
    workload,
    route,
    kind,
    provider,
    model,
    CAST(count(*) AS BIGINT) AS calls,
    CAST(count(CASE WHEN call_pico_usd IS NULL THEN 1 END) AS BIGINT) AS unpriced_calls,
    CAST(sum(is_free) AS BIGINT) AS free_calls,
    CAST(count(CASE WHEN split = 'evenly' THEN 1 END) AS BIGINT) AS unsplit_calls,
    CAST(coalesce(sum(CASE WHEN is_billed = 1 THEN input_tokens END), 0) AS BIGINT) AS input_tokens,
    CAST(coalesce(sum(CASE WHEN is_billed = 1 THEN cached_tokens END), 0) AS BIGINT) AS cached_tokens,
    CAST(coalesce(sum(CASE WHEN is_billed = 1 THEN written_tokens END), 0) AS BIGINT) AS written_tokens,
    CAST(coalesce(sum(CASE WHEN is_billed = 1 THEN output_tokens END), 0) AS BIGINT) AS output_tokens,
    CAST(coalesce(sum(uncached_pico_usd), 0) AS DECIMAL(38, 0)) AS uncached_pico_usd,
    CAST(coalesce(sum(cached_pico_usd), 0) AS DECIMAL(38, 0)) AS cached_pico_usd,
    CAST(coalesce(sum(written_pico_usd), 0) AS DECIMAL(38, 0)) AS written_pico_usd,
    CAST(coalesce(sum(output_pico_usd), 0) AS DECIMAL(38, 0)) AS output_pico_usd,
    CAST(coalesce(sum(CASE WHEN is_billed = 1
        THEN call_pico_usd - uncached_pico_usd - cached_pico_usd - written_pico_usd - output_pico_usd
    END), 0) AS DECIMAL(38, 0)) AS flat_pico_usd,
    CAST(coalesce(sum(CASE WHEN split = 'by_price' THEN input_tokens END), 0) AS BIGINT) AS listed_input_tokens,
    CAST(coalesce(sum(CASE WHEN split = 'by_price'
        THEN CAST(input_tokens AS HUGEINT) * cached_pico_usd_per_token END), 0) AS DECIMAL(38, 0))
        AS listed_cached_pico_usd,
    CAST(coalesce(sum(CASE WHEN split = 'by_price'
        THEN CAST(input_tokens AS HUGEINT) * written_pico_usd_per_token END), 0) AS DECIMAL(38, 0))
        AS listed_written_pico_usd
FROM (
    SELECT
        *,
        CAST(call_pico_usd AS HUGEINT) * uncached_weight // whole_weight AS uncached_pico_usd,
        CAST(call_pico_usd AS HUGEINT) * cached_weight // whole_weight AS cached_pico_usd,
        CAST(call_pico_usd AS HUGEINT) * written_weight // whole_weight AS written_pico_usd,
        CAST(call_pico_usd AS HUGEINT) * output_weight // whole_weight AS output_pico_usd
    FROM (
        SELECT
            *,
            uncached_tokens * CASE split
                WHEN 'by_price' THEN input_pico_usd_per_token WHEN 'evenly' THEN 1 ELSE 0
            END AS uncached_weight,
            cached_tokens * CASE split
                WHEN 'by_price' THEN cached_pico_usd_per_token WHEN 'evenly' THEN 1 ELSE 0
            END AS cached_weight,
            written_tokens * CASE split
                WHEN 'by_price' THEN written_pico_usd_per_token WHEN 'evenly' THEN 1 ELSE 0
            END AS written_weight,
            CASE
                WHEN split = 'by_price' AND (billed IS NULL OR billed <> 1) THEN output_side_pico_usd
                WHEN split = 'evenly' THEN coalesce(output_tokens, 0)
                ELSE 0
            END AS output_weight,
            CASE split
                WHEN 'by_price' THEN token_pico_usd
                WHEN 'evenly' THEN coalesce(input_tokens, 0) + coalesce(output_tokens, 0)
                ELSE 1
            END AS whole_weight
        FROM (
            SELECT
                *,
                coalesce(input_tokens, 0) - cached_tokens - written_tokens AS uncached_tokens,
                CASE
                    WHEN is_billed = 0 OR basis NOT IN ('tokens', 'reported') THEN 'none'
                    WHEN token_pico_usd > 0 THEN 'by_price'
                    WHEN basis = 'reported' AND coalesce(input_tokens, 0) + coalesce(output_tokens, 0) > 0 THEN 'evenly'
                    ELSE 'none'
                END AS split
            FROM (
                SELECT
                    *,
                    CASE
                        WHEN role IN ('retry', 'repair', 'fallback') THEN 'again'
                        WHEN status <> 'ok' THEN 'failed'
                        ELSE 'planned'
                    END AS kind,
                    -- A failed call that is not billed stays among its kind: what failure costs is a price.
                    CASE WHEN basis = 'zero' AND status = 'ok' THEN 1 ELSE 0 END AS is_free,
                    CASE WHEN call_pico_usd IS NULL OR (basis = 'zero' AND status = 'ok') THEN 0 ELSE 1 END
                        AS is_billed,
                    CASE WHEN input_tokens IS NULL THEN 0 ELSE coalesce(cached_input_tokens, 0) END AS cached_tokens,
                    CASE WHEN input_tokens IS NULL THEN 0 ELSE coalesce(cache_write_tokens, 0) END AS written_tokens
                FROM costed_calls
            ) AS by_kind
        ) AS by_split
    ) AS weighed
) AS split_calls
GROUP BY workload, route, kind, provider, model
ORDER BY workload, route, kind, provider, model

-- The jackknife group of every customer (else session): one md5 each, for it costs more than all the sums of a call.
-- Reads: calls.
SELECT
    customer,
    CAST(md5_number_lower(customer) % 128 AS SMALLINT) AS customer_group_id
FROM (SELECT DISTINCT coalesce(customer, session_id) AS customer FROM calls) AS customers
WHERE customer IS NOT NULL

-- How the calls of routes that are paid by capacity are priced: one row per route and UTC day that has a rate.
CREATE TEMP TABLE IF NOT EXISTS capacity_rates (
    capacity_rate_route VARCHAR,
    capacity_rate_on DATE,
    busy_pico_usd BIGINT,
    weigh_by VARCHAR,
    total_weight DECIMAL(38, 0),
    mean_weight BIGINT,
    output_parts BIGINT,
    capacity_label VARCHAR
)

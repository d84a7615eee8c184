-- question: From whom does each single economy import?
-- formula: the flows themselves: exporter, importer and product are a key, so there is nothing to sum
-- unit: value_usd USD; quantity_kg kg; measured_usd USD, value of flows that report mass
-- source: canonical table trade
-- inputs: flows
select
    importer as dependent,
    period,
    product,
    exporter as supplier,
    value_usd,
    quantity_kg,
    case when quantity_kg is not null then value_usd end as measured_usd
from flows

-- question: How much does each economy export, to everybody?
-- formula: sum of value and mass over importers; economies counted singly
-- unit: exports_usd USD, exports_kg kg
-- source: canonical table trade
-- inputs: flows
select
    exporter,
    period,
    product,
    cast(sum(value_usd) as bigint) as exports_usd,
    cast(sum(quantity_kg) as bigint) as exports_kg
from flows
group by exporter, period, product

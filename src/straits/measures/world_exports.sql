-- question: How large and how concentrated is the world market of a product?
-- formula: HHI over exporters of their share of world exports; economies counted singly, all flows
-- unit: world_exports_usd USD, hhi 0 to 1
-- source: CEPII, GeoDep (2024), criterion 2
-- inputs: exporters
select
    period,
    product,
    world_exports_usd,
    squares / power(cast(world_exports_usd as double), 2) as hhi_world_exports,
    top.exporter as top_exporter,
    -top.negative / cast(world_exports_usd as double) as top_exporter_share
from (
    select
        period,
        product,
        cast(sum(exports_usd) as bigint) as world_exports_usd,
        cast(sum(cast(exports_usd as hugeint) * exports_usd) as double) as squares,
        min({'negative': -exports_usd, 'exporter': exporter}) as top
    from exporters
    group by period, product
) as totals

-- question: What share of world exports of a product does a region hold?
-- formula: exports of the members to outside the region / (world exports - flows inside the region)
-- unit: USD, share 0 to 1
-- source: canonical table trade
-- inputs: flows, members, years
select
    region,
    period,
    product,
    cast(sum(case when seller = 1 and inside = 0 then value_usd else 0 end) as bigint) as exports_usd,
    sum(case when seller = 1 and inside = 0 then cast(value_usd as double) else 0 end)
        / nullif(sum(case when inside = 0 then cast(value_usd as double) else 0 end), 0) as share_of_world_exports
from (
    select
        r.region,
        f.period,
        f.product,
        f.value_usd,
        case when s.economy is not null then 1 else 0 end as seller,
        case when s.economy is not null and b.economy is not null then 1 else 0 end as inside
    from flows as f
    cross join (select distinct region from members) as r
    left join members as s on s.region = r.region and s.economy = f.exporter and f.period between s.since and s.until
    left join members as b on b.region = r.region and b.economy = f.importer and f.period between b.since and b.until
) as placed
where period in (select period from years)
group by region, period, product
order by region, product, period

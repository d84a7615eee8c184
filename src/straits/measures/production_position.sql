-- question: How concentrated is mine production, and what share does a region hold?
-- formula: HHI over producing economies; share = sum over the members; members that report nothing count as nothing
-- unit: world_quantity in the unit of the series; hhi and share 0 to 1
-- source: canonical table production
-- inputs: producers, members
select
    p.material,
    p.period,
    r.region,
    p.unit,
    cast(sum(cast(p.quantity as decimal(38, 6))) as double) as world_quantity,
    cast(sum(cast(p.share_of_world * p.share_of_world as decimal(38, 18))) as double) as hhi_production,
    case when sum(p.quantity) > 0 then
        cast(sum(case when m.economy is not null then cast(p.share_of_world as decimal(38, 18)) else 0 end) as double)
    end as share_of_production,
    min({'negative': -p.quantity, 'economy': p.economy}).economy as top_producer,
    max(p.share_of_world) as top_producer_share
from producers as p
cross join (select distinct region from members) as r
left join members as m on m.region = r.region and m.economy = p.economy and p.period between m.since and m.until
group by p.material, p.period, r.region, p.unit
order by p.material, p.period, r.region

-- question: From whom does each dependent region import, when flows inside the region do not count?
-- formula: sum of value and mass over the members' imports, by supplier; suppliers inside the region left out
-- unit: value_usd USD; quantity_kg kg, over flows that report it; measured_usd USD, value of flows that report mass
-- source: European Commission, SWD(2021) 352, Annex I (extra-EU imports)
-- inputs: flows, members, pairs
select
    m.region as dependent,
    f.period,
    f.product,
    f.exporter as supplier,
    cast(sum(f.value_usd) as bigint) as value_usd,
    cast(sum(f.quantity_kg) as bigint) as quantity_kg,
    cast(sum(case when f.quantity_kg is not null then f.value_usd end) as bigint) as measured_usd
from flows as f
join members as m on m.economy = f.importer and f.period between m.since and m.until
left join members as inside
    on inside.region = m.region and inside.economy = f.exporter and f.period between inside.since and inside.until
where inside.economy is null
  and m.region in (select dependent from pairs)
group by m.region, f.period, f.product, f.exporter

-- question: How much does each dependent region export, when flows inside the region do not count?
-- formula: sum over the members' exports to importers outside the region
-- unit: exports_usd USD
-- source: European Commission, SWD(2021) 352, Annex I (extra-EU exports)
-- inputs: flows, members, pairs
select
    m.region as dependent,
    f.period,
    f.product,
    cast(sum(f.value_usd) as bigint) as exports_usd
from flows as f
join members as m on m.economy = f.exporter and f.period between m.since and m.until
left join members as inside
    on inside.region = m.region and inside.economy = f.importer and f.period between inside.since and inside.until
where inside.economy is null
  and m.region in (select dependent from pairs)
group by m.region, f.period, f.product

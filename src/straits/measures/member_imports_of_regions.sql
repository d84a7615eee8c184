-- question: How much do a region's members import in all, from inside and outside the region?
-- formula: sum of value over the members' imports
-- unit: member_imports_usd USD
-- source: European Commission, SWD(2021) 352, Annex I (denominator of CDI2)
-- inputs: flows, members, pairs
select
    m.region as dependent,
    f.period,
    f.product,
    cast(sum(f.value_usd) as bigint) as member_imports_usd
from flows as f
join members as m on m.economy = f.importer and f.period between m.since and m.until
where m.region in (select dependent from pairs)
group by m.region, f.period, f.product

-- question: Whose exports depend on the other as a market?
-- formula: exports of the seller region to the buyer region / exports of the seller region to outside itself
-- unit: USD, share 0 to 1
-- source: canonical table trade
-- inputs: flows, members, pairs, years
select
    s.region as seller,
    p.dependent as buyer,
    f.period,
    f.product,
    cast(sum(f.value_usd) as bigint) as exports_usd,
    cast(coalesce(sum(case when b.economy is not null then f.value_usd end), 0) as bigint) as exports_to_buyer_usd,
    coalesce(sum(case when b.economy is not null then cast(f.value_usd as double) end), 0)
        / sum(cast(f.value_usd as double)) as market_share_of_buyer
from pairs as p
join members as s on s.region = p.provider
join flows as f on f.exporter = s.economy and f.period between s.since and s.until
left join members as inside
    on inside.region = s.region and inside.economy = f.importer and f.period between inside.since and inside.until
left join members as b on b.region = p.dependent and b.economy = f.importer and f.period between b.since and b.until
where inside.economy is null
  and f.period in (select period from years)
group by s.region, p.dependent, f.period, f.product
order by f.product, s.region, p.dependent, f.period
